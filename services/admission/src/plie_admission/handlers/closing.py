"""Closing a session: all its decisions become known at once, or none does."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from plie_admission.domain import files, sessions
from plie_admission.domain.files import Status
from plie_admission.domain.sessions import QUORUM, Quorum
from plie_admission.handlers import decisions
from plie_admission.store import session_for_update
from plie_admission.tables import AgendaItemRow, FileRow, SessionRow
from plie_chassis.problems import Conflict, Invalid
from plie_chassis.unit_of_work import UnitOfWork


class DraftOutdated(Conflict):
    """A draft was right when it was stated and no longer is: the file has been corrected, or its day has passed."""

    code = "session.draft-outdated"
    title = "Décision à revoir avant la clôture"


@dataclass(frozen=True)
class CloseSession:
    session_id: UUID
    quorum: Quorum = QUORUM
    version: int | None = None


@dataclass(frozen=True)
class Closed:
    """`not_examined` files went back to the inbox."""

    session: SessionRow
    admitted: int
    deferred: int
    refused: int
    not_examined: int
    prescribers: int


async def close_session(command: CloseSession, work: UnitOfWork) -> Closed:
    """Publish every decision with its outcome and, for an admission, the file to the Maison, in one transaction.

    Files without a decision go back to the inbox.
    Raises UnknownSession, StaleVersion, SessionClosed, NoQuorum, NothingDecided, DraftOutdated.
    """
    row = await session_for_update(command.session_id, command.version, work)
    session = row.state
    sessions.is_still_open(session)
    sessions.reaches_its_quorum(session, command.quorum)
    agenda = (
        await work.session.execute(
            select(AgendaItemRow, FileRow)
            .join(FileRow, FileRow.orientation_id == AgendaItemRow.orientation_id)
            .where(AgendaItemRow.session_id == row.session_id, AgendaItemRow.left_because.is_(None))
            .order_by(AgendaItemRow.rank)
        )
    ).all()
    drafted = [(item, file, item.draft) for item, file in agenda]
    sessions.has_decided_something(sum(draft is not None for _, _, draft in drafted))
    for item, file, draft in drafted:
        if draft is None:
            item.left_because, file.agenda_of, file.status = (
                "not-examined",
                None,
                files.status_off_the_agenda(file.state),
            )
            continue
        try:
            await decisions.publish(draft, file, session, work)
        except Invalid as broken:
            raise DraftOutdated(f"{file.name} : {broken.detail}", orientation_id=str(file.orientation_id)) from broken
        item.left_because, file.agenda_of = "decided", None
    row.closed_on, row.closed_by = work.today, work.actor.display_name if work.actor else None
    await work.session.flush()
    decided = [file for _, file, draft in drafted if draft is not None]
    return Closed(
        session=row,
        admitted=sum(file.status == Status.ADMITTED for file in decided),
        deferred=sum(file.status == Status.DEFERRED for file in decided),
        refused=sum(file.status == Status.REFUSED for file in decided),
        not_examined=len(drafted) - len(decided),
        prescribers=len({file.writer for file in decided}),
    )
