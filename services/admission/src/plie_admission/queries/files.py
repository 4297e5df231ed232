"""Reading files: the inbox with its filters, and one file with everything that ever happened to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import defer

from plie_admission.domain.files import Status
from plie_admission.domain.people import folded
from plie_admission.tables import DecisionRow, FileRow, InformationRequestRow, OpinionRow, SessionRow, TransferRow
from plie_chassis.paging import Paging
from plie_chassis.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Search:
    """`text` is part of a name; accents and the order of name and first name do not count.

    `asked`: those that wait for the prescriber's answer; `alike`: those that may be a person already known.
    """

    status: Status | None = None
    text: str = ""
    complete: bool | None = None
    prescriber_kind: str | None = None
    asked: bool = False
    alike: bool = False


async def listed(search: Search, paging: Paging, work: UnitOfWork) -> tuple[Sequence[FileRow], str | None]:
    """Newest first: chosen by an index that holds what is searched for, then only those of the page are read."""
    chosen = paging.cut(_matching(search, work.today), FileRow.received_at, FileRow.orientation_id)
    wanted = (
        select(FileRow)
        .options(defer(FileRow.facts), defer(FileRow.snapshot))
        .where(FileRow.orientation_id.in_(chosen))
        .order_by(FileRow.received_at.desc(), FileRow.orientation_id.desc())
    )
    return paging.page((await work.session.scalars(wanted)).all(), lambda row: (row.received_at, row.orientation_id))


async def count_of(search: Search, work: UnitOfWork) -> int:
    return await work.session.scalar(select(func.count()).select_from(_matching(search, work.today).subquery())) or 0


async def waiting(work: UnitOfWork) -> int:
    """How many files wait for a session."""
    return await count_of(Search(Status.PENDING), work)


async def decisions_of(orientation_id: UUID, work: UnitOfWork) -> Sequence[tuple[DecisionRow, SessionRow]]:
    """Every decision ever published on a file with its session, newest first."""
    rows = await work.session.execute(
        select(DecisionRow, SessionRow)
        .join(SessionRow, SessionRow.session_id == DecisionRow.session_id)
        .where(DecisionRow.orientation_id == orientation_id)
        .order_by(DecisionRow.decision_number.desc())
    )
    return [(decision, session) for decision, session in rows]


async def opinions_of(orientation_id: UUID, work: UnitOfWork) -> Sequence[tuple[OpinionRow, SessionRow]]:
    """Every opinion given on the parcours that a file opened, newest first."""
    rows = await work.session.execute(
        select(OpinionRow, SessionRow)
        .join(SessionRow, SessionRow.session_id == OpinionRow.session_id)
        .where(OpinionRow.orientation_id == orientation_id)
        .order_by(OpinionRow.opinion_number.desc())
    )
    return [(opinion, session) for opinion, session in rows]


async def requests_of(orientation_id: UUID, work: UnitOfWork) -> Sequence[InformationRequestRow]:
    """What its prescriber was asked, newest first."""
    wanted = select(InformationRequestRow).where(InformationRequestRow.orientation_id == orientation_id)
    return (await work.session.scalars(wanted.order_by(InformationRequestRow.asked_at.desc()).limit(50))).all()


async def transfers_of(orientation_id: UUID, work: UnitOfWork) -> Sequence[TransferRow]:
    """Between commissions, newest first."""
    wanted = select(TransferRow).where(TransferRow.orientation_id == orientation_id)
    return (await work.session.scalars(wanted.order_by(TransferRow.number.desc()).limit(50))).all()


def _matching(search: Search, today: date) -> Select[UUID]:
    wanted = select(FileRow.orientation_id)
    if search.status is not None:
        wanted = wanted.where(stands(search.status, today=today))
    for word in folded(search.text).split():
        wanted = wanted.where(FileRow.searchable.contains(word, autoescape=True))
    if search.complete is not None:
        wanted = wanted.where(FileRow.complete if search.complete else ~FileRow.complete)
    if search.prescriber_kind is not None:
        wanted = wanted.where(FileRow.prescriber_kind == search.prescriber_kind)
    if search.asked:
        wanted = wanted.where(FileRow.asked_on.is_not(None))
    if search.alike:
        wanted = wanted.where(FileRow.open_questions > 0)
    return wanted


def stands(status: Status, *, today: date) -> ColumnElement[bool]:
    """As `File.status_on` says it, wherever files are listed or counted: a deferred one is pending again from its day."""
    if status is Status.PENDING:
        return FileRow.pending_from <= today
    if status is Status.DEFERRED:
        return and_(FileRow.status == status, or_(FileRow.pending_from.is_(None), FileRow.pending_from > today))
    return FileRow.status == status
