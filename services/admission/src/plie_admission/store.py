"""Loading, locking and opening what the commission keeps; no rule and no event.

One commission does one thing at a time: who changes something takes a turn first, and sees nothing half done.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from plie_admission.domain.files import LABELS, Status
from plie_admission.tables import ClaimRow, FileRow, SessionRow
from plie_chassis.calendar import long_date
from plie_chassis.problems import NotFound, StaleVersion
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.refusals import Refused

TURN = text("select pg_advisory_xact_lock(hashtext('plie_admission'))")


class UnknownFile(NotFound):
    code = "file.not-found"
    title = "Dossier introuvable"


class UnknownSession(NotFound):
    code = "session.not-found"
    title = "Séance introuvable"


async def take_turn(work: UnitOfWork) -> None:
    """The lock ends with the transaction; what waits behind it is one secretariat and one consumer."""
    with work.session.no_autoflush:
        await work.session.execute(TURN)


async def file(orientation_id: UUID, work: UnitOfWork) -> FileRow:
    """Raises UnknownFile."""
    row = await work.session.get(FileRow, orientation_id)
    if row is None:
        raise UnknownFile("Aucun dossier à cette adresse dans cette commission. Cherchez-le parmi les dossiers reçus.")
    return row


async def file_for_update(orientation_id: UUID, version: int | None, work: UnitOfWork) -> FileRow:
    """In a turn already taken. `version` None does not ask whether the file changed. Raises UnknownFile, StaleVersion."""
    row = await file(orientation_id, work)
    if version is not None and version != row.version:
        raise StaleVersion(
            f"Le dossier de {row.name} a changé depuis que vous l’avez ouvert ; il est maintenant "
            f"« {LABELS[row.state.status_on(work.today)]} ». Rechargez la page pour voir ce qui a changé.",
            version=row.version,
        )
    return row


async def session(session_id: UUID, work: UnitOfWork) -> SessionRow:
    """Raises UnknownSession."""
    row = await work.session.get(SessionRow, session_id)
    if row is None:
        raise UnknownSession("Aucune séance à cette adresse. Revenez à la liste des séances.")
    return row


async def session_for_update(session_id: UUID, version: int | None, work: UnitOfWork) -> SessionRow:
    """`version` None does not ask whether the session changed. Raises UnknownSession, StaleVersion."""
    await take_turn(work)
    row = await session(session_id, work)
    if version is not None and version != row.version:
        raise StaleVersion(
            f"La séance du {long_date(row.held_on)} a changé depuis que vous l’avez ouverte : ordre du jour, présences "
            "ou décisions. Rechargez la page pour voir ce qui a changé.",
            version=row.version,
        )
    return row


async def claim(orientation_id: UUID, writer: str, work: UnitOfWork) -> ClaimRow:
    """Refuses `ownership.not-owner` for any writer but the first."""
    statement = (
        insert(ClaimRow)
        .values(orientation_id=orientation_id, writer=writer)
        .on_conflict_do_update(index_elements=[ClaimRow.orientation_id], set_={"writer": ClaimRow.writer})
        .returning(ClaimRow)
    )
    claimed = (await work.session.scalars(statement, execution_options={"populate_existing": True})).one()
    if claimed.writer != writer:
        raise Refused("ownership.not-owner", "orientation_id", "un autre prescripteur tient cette orientation")
    return claimed


def open_file(orientation_id: UUID, writer: str, received_at: datetime, work: UnitOfWork) -> FileRow:
    row = FileRow(
        orientation_id=orientation_id, writer=writer, status=Status.PENDING, received_at=received_at, decisions=0
    )
    work.session.add(row)
    return row
