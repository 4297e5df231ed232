"""Reading files: the inbox with its filters, one file with its decisions, and who may be the same person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import defer

from plie_admission.domain.files import Status
from plie_admission.domain.people import folded
from plie_admission.tables import DecisionRow, FileRow, SessionRow
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Paging


@dataclass(frozen=True)
class Search:
    """`text` is part of a name; accents and the order of name and first name do not count."""

    status: Status | None = None
    text: str = ""
    complete: bool | None = None
    prescriber_kind: str | None = None


@dataclass(frozen=True)
class Duplicate:
    """A file of somebody with the same name and birth date; `participant_id` is None where nobody was admitted."""

    orientation_id: UUID
    name: str
    birth_date: date
    received_on: date
    status: Status
    participant_id: UUID | None
    parcours_no: int | None
    maison: str | None
    ended_on: date | None


async def listed(search: Search, paging: Paging, work: UnitOfWork) -> tuple[Sequence[FileRow], str | None]:
    """Newest first."""
    wanted = _matching(search, work.today).options(defer(FileRow.facts), defer(FileRow.snapshot))
    rows = (await work.session.scalars(paging.cut(wanted, FileRow.received_at, FileRow.orientation_id))).all()
    return paging.page(rows, lambda row: (row.received_at, row.orientation_id))


async def counted(work: UnitOfWork) -> Mapping[Status, int]:
    """How many files stand in each status today."""
    due = func.coalesce(FileRow.defer_until <= work.today, literal(value=False))
    rows = await work.session.execute(select(FileRow.status, due, func.count()).group_by(FileRow.status, due))
    standing: dict[Status, int] = {}
    for name, is_due, number in rows:
        status = Status.PENDING if is_due and name == Status.DEFERRED else Status(name)
        standing[status] = standing.get(status, 0) + number
    return standing


async def waiting(work: UnitOfWork) -> int:
    """How many files wait for a session."""
    counted = select(func.count()).select_from(FileRow).where(_stands(Status.PENDING, work.today))
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


async def possible_duplicates(row: FileRow, work: UnitOfWork) -> Sequence[Duplicate]:
    """Same words in the name and same birth date, newest first; the commission says whether it is the same person."""
    if row.same_name is None:
        return ()
    same = await work.session.scalars(
        select(FileRow)
        .options(defer(FileRow.facts), defer(FileRow.snapshot))
        .where(
            FileRow.same_name == row.same_name,
            FileRow.birth_date == row.birth_date,
            FileRow.orientation_id != row.orientation_id,
        )
        .order_by(FileRow.received_at.desc())
        .limit(20)
    )
    return [_duplicate(other, work.today) for other in same]


def _duplicate(row: FileRow, today: date) -> Duplicate:
    if row.birth_date is None:
        raise ValueError("only a named file can be a duplicate")
    admitted = row.parcours_no is not None
    return Duplicate(
        orientation_id=row.orientation_id,
        name=row.name,
        birth_date=row.birth_date,
        received_on=row.received_on,
        status=row.state.status_on(today),
        participant_id=row.participant_id if admitted else None,
        parcours_no=row.parcours_no,
        maison=row.maison,
        ended_on=row.ended_on,
    )


def _matching(search: Search, today: date) -> Select[FileRow]:
    wanted = select(FileRow)
    if search.status is not None:
        wanted = wanted.where(_stands(search.status, today))
    for word in folded(search.text).split():
        wanted = wanted.where(FileRow.searchable.contains(word, autoescape=True))
    if search.complete is not None:
        complete = func.jsonb_array_length(FileRow.missing) == 0
        wanted = wanted.where(complete if search.complete else ~complete)
    if search.prescriber_kind is not None:
        wanted = wanted.where(FileRow.prescriber_kind == search.prescriber_kind)
    return wanted


def _stands(status: Status, today: date) -> ColumnElement[bool]:
    """As `File.status_on` says it: a deferred file is pending again from its day."""
    due = and_(FileRow.status == Status.DEFERRED, FileRow.defer_until <= today)
    if status is Status.PENDING:
        return or_(FileRow.status == Status.PENDING, due)
    if status is Status.DEFERRED:
        return and_(FileRow.status == Status.DEFERRED, FileRow.defer_until > today)
    return FileRow.status == status
