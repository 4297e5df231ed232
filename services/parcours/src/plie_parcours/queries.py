"""What pages and API read: files one by one, and lists over the columns that follow from their facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Paging
from plie_contracts.events import IdentityProvided
from plie_parcours import settings
from plie_parcours.domain.deadlines import Deadline, deadlines
from plie_parcours.domain.parcours import Parcours
from plie_parcours.handlers import files
from plie_parcours.handlers.files import ParticipantNotFound
from plie_parcours.tables import (
    FactRow,
    IdentityRow,
    ParticipantRow,
)


@dataclass(frozen=True, slots=True)
class ParticipantFile:
    """All that is known of a participant; `identity` may not have arrived yet."""

    row: ParticipantRow
    identity: IdentityProvided | None
    commune_insee: str | None
    facts: Sequence[FactRow]
    every: Mapping[int, Parcours]

    @property
    def parcours(self) -> Parcours:
        return files.current(self.every)

    @property
    def owed(self) -> Sequence[Deadline]:
        return deadlines(self.parcours, settings.policy())


async def file_of(work: UnitOfWork, participant_id: UUID) -> ParticipantFile:
    """Raises ParticipantNotFound, NotOfThisMaison."""
    files.refuse_strangers(work)
    query = (
        select(ParticipantRow, IdentityRow)
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(ParticipantRow.participant_id == participant_id)
    )
    found = (await work.session.execute(query)).one_or_none()
    if found is None:
        raise ParticipantNotFound
    row, known = found
    facts = await files.facts_of(work, participant_id)
    return ParticipantFile(
        row=row,
        identity=IdentityProvided.model_validate(known.snapshot, strict=False) if known else None,
        commune_insee=known.commune_insee if known else None,
        facts=facts,
        every=files.parcours_by_number(facts),
    )


async def newest_files(
    work: UnitOfWork, paging: Paging, *, stage: str | None, referent_id: str | None
) -> tuple[Sequence[ParticipantRow], str | None]:
    """A page of files, the newest first."""
    files.refuse_strangers(work)
    query = select(ParticipantRow)
    if stage is not None:
        query = query.where(ParticipantRow.stage == stage)
    if referent_id is not None:
        query = query.where(ParticipantRow.referent_id == referent_id)
    cut = paging.cut(query, ParticipantRow.created_at, ParticipantRow.participant_id)
    rows = (await work.session.scalars(cut)).all()
    return paging.page(rows, lambda row: (row.created_at, row.participant_id))
