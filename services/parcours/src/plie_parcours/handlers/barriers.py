"""Reviewing the barriers of a participant; the level of health stays in the Maison."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plie_chassis.unit_of_work import UnitOfWork
from plie_parcours import store
from plie_parcours.domain import barriers
from plie_parcours.domain.records import BarrierReview
from plie_parcours.store import Kept


@dataclass(frozen=True, slots=True)
class ReviewBarriers:
    """`levels` by barrier: 0 none, 1 light, 2 marked, 3 blocking."""

    participant_id: UUID
    reviewed_on: date
    levels: Mapping[str, int]
    version: int | None = None


async def review_barriers(command: ReviewBarriers, work: UnitOfWork) -> Kept[BarrierReview]:
    """Raises the refusals of `barriers.review`."""
    async with store.change(command.participant_id, command.version, work) as file:
        review = barriers.review(file.parcours, command.reviewed_on, command.levels, work.today)
        file.tell(review.event, levels=dict(review.withheld_levels))
        return file.kept(BarrierReview(command.reviewed_on, command.levels))
