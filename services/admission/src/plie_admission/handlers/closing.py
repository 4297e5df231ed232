"""Closing a session: all its decisions become known at once, or none does."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from plie_admission.domain import files, interests, sessions
from plie_admission.domain.files import Status
from plie_admission.domain.follow_ups import ParcoursOver
from plie_admission.domain.interests import NobodyLeft
from plie_admission.domain.sessions import QUORUM, Quorum, Session
from plie_admission.handlers import decisions, follow_ups
from plie_admission.store import prescriber_names, session_for_update
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
    opinions: int
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
    sessions.has_decided_something(sum(item.is_drafted for item, _ in agenda))
    settled = [(item, file) for item, file in agenda if item.is_drafted]
    for item, file in agenda:
        if not item.is_drafted:
            file.status, file.agenda_of = files.status_off_the_agenda(file.state), None
            item.left_because = "not-examined"
            continue
        try:
            await _publish(item, file, session, work)
        except (Invalid, NobodyLeft, ParcoursOver) as broken:
            raise DraftOutdated(f"{file.name} : {broken.detail}", orientation_id=str(file.orientation_id)) from broken
        item.left_because, file.agenda_of = "decided", None
    row.closed_on, row.closed_by = work.today, work.author
    await work.session.flush()
    decided = [file for item, file in settled if not item.subject]
    return Closed(
        session=row,
        admitted=sum(file.status == Status.ADMITTED for file in decided),
        deferred=sum(file.status == Status.DEFERRED for file in decided),
        refused=sum(file.status == Status.REFUSED for file in decided),
        opinions=len(settled) - len(decided),
        not_examined=len(agenda) - len(settled),
        prescribers=len({file.writer for file in decided}),
    )


async def _publish(item: AgendaItemRow, file: FileRow, session: Session, work: UnitOfWork) -> None:
    aside = interests.standing_aside(session, prescriber_names(file, work.declaration), frozenset(item.declared))
    interests.somebody_decides(session, aside, file.name)
    if item.draft is not None:
        await decisions.publish(item.draft, file, session, work, aside=aside)
    elif item.follows is not None and item.opinion_draft is not None:
        follow_ups.publish(item.follows, item.opinion_draft, file, session, aside, work)
