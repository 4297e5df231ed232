"""The Maisons of this commission with the room each has."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from plie_admission.domain.capacity import Capacity, capacity
from plie_admission.domain.files import Status
from plie_admission.tables import FileRow
from plie_chassis.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Maison:
    slug: str
    title: str
    capacity: Capacity


async def maisons(work: UnitOfWork) -> Sequence[Maison]:
    """In the order of the declaration; a parcours that ended has given its place back."""
    active = await work.session.execute(
        select(FileRow.maison, func.count())
        .where(FileRow.status == Status.ADMITTED, FileRow.ended_on.is_(None))
        .group_by(FileRow.maison)
    )
    by_maison = {slug: number for slug, number in active if slug is not None}
    return [
        Maison(
            slug=slug,
            title=work.declaration.title_of(slug),
            capacity=capacity(work.declaration.etp(slug), by_maison.get(slug, 0)),
        )
        for slug in work.declaration.maisons_of(work.instance.organisation)
    ]
