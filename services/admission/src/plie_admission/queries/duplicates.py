"""Who may be the same person as whom, why, and what somebody said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import case, or_, select, union_all
from sqlalchemy.orm import defer

from plie_admission import store
from plie_admission.domain.files import Status
from plie_admission.domain.likeness import Contribution
from plie_admission.tables import FileRow, RecognitionRow, ResemblanceRow
from plie_chassis.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Duplicate:
    """Another file that looks alike; `participant_id` is None where nobody was admitted, `said` where nobody answered."""

    orientation_id: UUID
    name: str
    birth_date: date | None
    received_on: date
    status: Status
    participant_id: UUID | None
    parcours_no: int | None
    maison: str | None
    ended_on: date | None
    score: int
    contributions: tuple[Contribution, ...]
    said: RecognitionRow | None


async def possible_duplicates(row: FileRow, work: UnitOfWork) -> Sequence[Duplicate]:
    """The likeliest first; those that somebody set apart come last. Also who was recognised and no longer looks alike."""
    mine = row.orientation_id
    said = {one.besides(mine): one for one in await store.standing_recognitions(row, work)}
    alike = {
        (one.other if one.one == mine else one.one): one
        for one in await work.session.scalars(
            select(ResemblanceRow).where(or_(ResemblanceRow.one == mine, ResemblanceRow.other == mine))
        )
    }
    others = await work.session.scalars(
        select(FileRow)
        .options(defer(FileRow.facts), defer(FileRow.snapshot))
        .where(FileRow.orientation_id.in_([*said, *alike]))
    )
    found = [
        _duplicate(other, alike.get(other.orientation_id), said.get(other.orientation_id), work) for other in others
    ]
    return sorted(found, key=lambda one: (one.said is not None and not one.said.same, -one.score))


async def recognitions_of(orientation_id: UUID, work: UnitOfWork) -> Sequence[tuple[RecognitionRow, str]]:
    """Everything that was ever said of this file and another one, with the name of the other, newest first."""
    mine = or_(RecognitionRow.one == orientation_id, RecognitionRow.other == orientation_id)
    besides = case((RecognitionRow.one == orientation_id, RecognitionRow.other), else_=RecognitionRow.one)
    rows = await work.session.execute(
        select(RecognitionRow, FileRow)
        .join(FileRow, FileRow.orientation_id == besides)
        .options(defer(FileRow.facts), defer(FileRow.snapshot))
        .where(mine)
        .order_by(RecognitionRow.recognition_id.desc())
        .limit(50)
    )
    return [(said, other.name) for said, other in rows]


async def recognised_among(orientation_ids: Sequence[UUID], work: UnitOfWork) -> frozenset[UUID]:
    """Which of these files somebody recognised as a person this commission has admitted."""
    ends = ((RecognitionRow.one, RecognitionRow.other), (RecognitionRow.other, RecognitionRow.one))
    found = union_all(
        *(
            select(mine)
            .join(FileRow, FileRow.orientation_id == theirs)
            .where(mine.in_(orientation_ids), RecognitionRow.same, RecognitionRow.undone_on.is_(None))
            .where(FileRow.parcours_no.is_not(None))
            for mine, theirs in ends
        )
    )
    return frozenset(one for (one,) in await work.session.execute(found))


def _duplicate(row: FileRow, alike: ResemblanceRow | None, said: RecognitionRow | None, work: UnitOfWork) -> Duplicate:
    admitted = row.parcours_no is not None
    return Duplicate(
        orientation_id=row.orientation_id,
        name=row.name,
        birth_date=row.birth_date,
        received_on=row.received_on,
        status=row.state.status_on(work.today),
        participant_id=row.participant_id if admitted else None,
        parcours_no=row.parcours_no,
        maison=row.maison,
        ended_on=row.ended_on,
        score=alike.score if alike else 0,
        contributions=tuple(Contribution(points, why) for points, why in alike.contributions) if alike else (),
        said=said,
    )
