"""Who our participants are: snapshots from the CLAS, before or after the admission; the page shows what it has."""

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import IdentityProvided
from plie_contracts.refusals import Refused
from plie_parcours.store import search_name, take_turn
from plie_parcours.tables import IdentityRow, ParticipantRow


async def keep(received: Received[IdentityProvided], work: UnitOfWork) -> None:
    """The last snapshot replaces the others. Raises Refused `ownership.not-owner`."""
    event = received.event
    our_clas = work.declaration.clas_of_maison(work.instance.organisation)
    if received.writer != f"{our_clas}.admission":
        raise Refused("ownership.not-owner", "$.subject_id", f"cette Maison relève de la CLAS {our_clas}")
    if event.subject_kind != "participant":
        return
    await take_turn(event.subject_id, work)
    snapshot = insert(IdentityRow).values(
        participant_id=event.subject_id,
        sequence=received.sequence or 0,
        last_name=event.last_name,
        first_name=event.first_name,
        birth_date=event.birth_date,
        commune_insee=event.commune_insee,
        snapshot=event.model_dump(mode="json", by_alias=True, exclude_none=True),
    )
    newer = snapshot.on_conflict_do_update(
        index_elements=[IdentityRow.participant_id],
        set_={column.name: column for column in snapshot.excluded if column.name != "participant_id"},
        where=IdentityRow.sequence < snapshot.excluded.sequence,
    )
    if (await work.session.execute(newer.returning(IdentityRow.participant_id))).first():
        await work.session.execute(
            update(ParticipantRow)
            .where(ParticipantRow.participant_id == event.subject_id)
            .values(search_name=search_name(event.last_name, event.first_name))
        )
