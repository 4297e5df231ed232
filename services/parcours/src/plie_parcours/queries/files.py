"""A participant's whole file, and the files of the Maison one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from plie_chassis.paging import Paging
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import IdentityProvided
from plie_parcours import settings, store
from plie_parcours.domain.deadlines import Deadline, deadlines
from plie_parcours.domain.parcours import Parcours
from plie_parcours.store import ParticipantNotFound, Recorded
from plie_parcours.tables import HandoverNoteRow, IdentityRow, ParticipantRow


@dataclass(frozen=True, slots=True)
class ParticipantFile:
    """All that is known of a participant; `identity` may not have arrived yet, `handover_note` waits to leave."""

    row: ParticipantRow
    identity: IdentityProvided | None
    commune_insee: str | None
    facts: Sequence[Recorded]
    every: Mapping[int, Parcours]
    handover_note: str | None

    @property
    def parcours(self) -> Parcours:
        return store.current(self.every)

    @property
    def owed(self) -> Sequence[Deadline]:
        return deadlines(self.parcours, settings.policy())


async def file_of(participant_id: UUID, work: UnitOfWork) -> ParticipantFile:
    """Raises ParticipantNotFound."""
    query = (
        select(ParticipantRow, IdentityRow)
        .outerjoin(IdentityRow, IdentityRow.participant_id == ParticipantRow.participant_id)
        .where(ParticipantRow.participant_id == participant_id)
    )
    found = (await work.session.execute(query)).one_or_none()
    if found is None:
        raise ParticipantNotFound
    row, known = found
    facts = await store.facts_of(participant_id, work)
    every = store.parcours_by_number(facts)
    note = await work.session.get(HandoverNoteRow, (participant_id, store.current(every).number))
    return ParticipantFile(
        row=row,
        identity=IdentityProvided.model_validate(known.snapshot, strict=False) if known else None,
        commune_insee=row.commune_insee or (known.commune_insee if known else None),
        facts=facts,
        every=every,
        handover_note=note.text if note else None,
    )


async def newest_files(
    paging: Paging, work: UnitOfWork, *, stage: str | None, referent_id: str | None
) -> tuple[Sequence[ParticipantRow], str | None]:
    """A page of files, the newest first."""
    query = select(ParticipantRow)
    if stage is not None:
        query = query.where(ParticipantRow.stage == stage)
    if referent_id is not None:
        query = query.where(ParticipantRow.referent_id == referent_id)
    cut = paging.cut(query, ParticipantRow.created_at, ParticipantRow.participant_id)
    rows = (await work.session.scalars(cut)).all()
    return paging.page(rows, lambda row: (row.created_at, row.participant_id))
