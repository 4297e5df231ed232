"""Reading files: the inbox with its filters, and one file with everything that ever happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import defer

from plie_admission.domain.files import Status
from plie_admission.domain.people import folded
from plie_admission.queries.duplicates import with_open_question
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
    """Newest first."""
    wanted = _matching(search, work.today).options(defer(FileRow.facts), defer(FileRow.snapshot))
    rows = (await work.session.scalars(paging.cut(wanted, FileRow.received_at, FileRow.orientation_id))).all()
    return paging.page(rows, lambda row: (row.received_at, row.orientation_id))


async def counted(work: UnitOfWork) -> Mapping[Status, int]:
    """How many files stand in each status today."""
    counts = [func.count().filter(stands(status, today=work.today)) for status in Status]
    row = (await work.session.execute(select(*counts).select_from(FileRow))).one()
    return {status: number for status, number in zip(Status, row, strict=True) if number}


async def waiting(work: UnitOfWork) -> int:
    """How many files wait for a session."""
    counted = select(func.count()).select_from(FileRow).where(stands(Status.PENDING, today=work.today))
    return await work.session.scalar(counted) or 0


async def count_of(search: Search, work: UnitOfWork) -> int:
    return await work.session.scalar(select(func.count()).select_from(_matching(search, work.today).subquery())) or 0


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


def _matching(search: Search, today: date) -> Select[FileRow]:
    wanted = select(FileRow)
    if search.status is not None:
        wanted = wanted.where(stands(search.status, today=today))
    for word in folded(search.text).split():
        wanted = wanted.where(FileRow.searchable.contains(word, autoescape=True))
    if search.complete is not None:
        complete = func.jsonb_array_length(FileRow.missing) == 0
        wanted = wanted.where(complete if search.complete else ~complete)
    if search.prescriber_kind is not None:
        wanted = wanted.where(FileRow.prescriber_kind == search.prescriber_kind)
    if search.asked:
        wanted = wanted.where(FileRow.asked_on.is_not(None))
    if search.alike:
        wanted = wanted.where(FileRow.orientation_id.in_(with_open_question()))
    return wanted


def stands(*statuses: Status, today: date) -> ColumnElement[bool]:
    """As `File.status_on` says it, wherever files are listed or counted: a deferred one is pending again from its day."""
    back = and_(FileRow.status == Status.DEFERRED, FileRow.defer_until <= today)
    standing = {
        Status.PENDING: or_(FileRow.status == Status.PENDING, back),
        Status.DEFERRED: and_(
            FileRow.status == Status.DEFERRED, or_(FileRow.defer_until > today, FileRow.defer_until.is_(None))
        ),
    }
    return or_(*(standing.get(status, FileRow.status == status) for status in statuses))
