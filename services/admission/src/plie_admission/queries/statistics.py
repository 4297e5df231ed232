"""The commission's own statistics: what waits, how long decisions take, their reasons, and what each prescriber sends.

A file counts by the day it was received, a decision by the day it was taken; a transferred file counts where it went.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, and_, cast, func, or_, select

from plie_admission.domain.decisions import Kind
from plie_admission.domain.figures import Period, Spread, bands
from plie_admission.domain.files import Status
from plie_admission.tables import DecisionRow, FileRow, InformationRequestRow
from plie_chassis.calendar import PARIS
from plie_chassis.unit_of_work import UnitOfWork

PRESCRIBERS_SHOWN = 40
ELSEWHERE = (Status.REDIRECTED, Status.TRANSFERRED)


@dataclass(frozen=True)
class Reason:
    kind: Kind
    code: str
    number: int


@dataclass(frozen=True)
class PrescriberFigures:
    """Files received in the period, by where they stand; `delay` from reception to the first decision."""

    kind: str | None
    structure: str | None
    received: int
    admitted: int
    deferred: int
    refused: int
    withdrawn: int
    pending: int
    delay: float | None


@dataclass(frozen=True)
class Figures:
    """`decided` are the decisions of the period that count today, `requests` (asked, answered)."""

    waiting: Sequence[tuple[int, int | None, int]]
    received: int
    decided: dict[Kind, int]
    delay: Spread
    answer: Spread
    requests: tuple[int, int]
    reasons: Sequence[Reason]
    prescribers: Sequence[PrescriberFigures]


async def figures(period: Period, work: UnitOfWork) -> Figures:
    prescribers = await _by_prescriber(period, work)
    return Figures(
        waiting=bands(await _waiting(work), work.today),
        received=await work.session.scalar(select(func.count()).where(_received(period))) or 0,
        decided=await _decided(period, work),
        delay=await _delay(period, work),
        answer=await _answers(period, work),
        requests=await _requests(period, work),
        reasons=await _reasons(period, work),
        prescribers=prescribers,
    )


async def _waiting(work: UnitOfWork) -> list[date]:
    """The day of reception of every file that waits for a session today."""
    due = and_(FileRow.status == Status.DEFERRED, FileRow.defer_until <= work.today)
    rows = await work.session.scalars(select(FileRow.received_at).where(or_(FileRow.status == Status.PENDING, due)))
    return [at.astimezone(PARIS).date() for at in rows]


async def _decided(period: Period, work: UnitOfWork) -> dict[Kind, int]:
    counts = select(DecisionRow.decision, func.count()).where(_in(period), _counts()).group_by(DecisionRow.decision)
    found = {Kind(kind): number for kind, number in await work.session.execute(counts)}
    return {kind: found.get(kind, 0) for kind in Kind}


async def _delay(period: Period, work: UnitOfWork) -> Spread:
    """From reception to the first decision, for the first decisions of the period."""
    days = cast(DecisionRow.decided_on - cast(FileRow.received_at, Date), Integer)
    return await _spread(
        select(days.label("days"))
        .join(FileRow, FileRow.orientation_id == DecisionRow.orientation_id)
        .where(DecisionRow.decision_number == 1, _in(period)),
        work,
    )


async def _answers(period: Period, work: UnitOfWork) -> Spread:
    """From a request to the prescriber to its whole answer."""
    days = cast(cast(InformationRequestRow.answered_at, Date) - cast(InformationRequestRow.asked_at, Date), Integer)
    asked = _asked(period)
    return await _spread(select(days.label("days")).where(asked, InformationRequestRow.answered_at.is_not(None)), work)


async def _requests(period: Period, work: UnitOfWork) -> tuple[int, int]:
    found = await work.session.execute(
        select(func.count(), func.count(InformationRequestRow.answered_at)).where(_asked(period))
    )
    asked, answered = found.one()
    return asked, answered


async def _reasons(period: Period, work: UnitOfWork) -> list[Reason]:
    rows = await work.session.execute(
        select(DecisionRow.decision, DecisionRow.reason_code, func.count())
        .where(_in(period), _counts(), DecisionRow.decision != Kind.ADMIT, DecisionRow.reason_code.is_not(None))
        .group_by(DecisionRow.decision, DecisionRow.reason_code)
        .order_by(func.count().desc(), DecisionRow.reason_code)
    )
    return [Reason(Kind(kind), code or "", number) for kind, code, number in rows]


async def _by_prescriber(period: Period, work: UnitOfWork) -> list[PrescriberFigures]:
    """Those that send most first."""

    def standing(*status: Status) -> ColumnElement[Any]:
        return func.count().filter(FileRow.status.in_(status))

    first = (DecisionRow.orientation_id == FileRow.orientation_id) & (DecisionRow.decision_number == 1)
    days = cast(DecisionRow.decided_on - cast(FileRow.received_at, Date), Integer)
    rows = await work.session.execute(
        select(
            FileRow.prescriber_kind,
            FileRow.structure,
            func.count(),
            standing(Status.ADMITTED),
            standing(Status.DEFERRED),
            standing(Status.REFUSED),
            standing(Status.WITHDRAWN),
            standing(Status.PENDING, Status.IN_COMMISSION),
            func.percentile_cont(0.5).within_group(days),
        )
        .outerjoin(DecisionRow, first)
        .where(_received(period))
        .group_by(FileRow.prescriber_kind, FileRow.structure)
        .order_by(func.count().desc(), FileRow.structure)
        .limit(PRESCRIBERS_SHOWN)
    )
    return [PrescriberFigures(*row) for row in rows]


async def _spread(days: Select[Any], work: UnitOfWork) -> Spread:
    found = days.subquery()
    quartiles = [func.percentile_cont(share).within_group(found.c.days) for share in (0.25, 0.5, 0.75)]
    row = (await work.session.execute(select(func.count(found.c.days), *quartiles))).one()
    return Spread(*row)


def _received(period: Period) -> ColumnElement[Any]:
    first = datetime.combine(period.first, time(), PARIS)
    after = datetime.combine(period.last + timedelta(days=1), time(), PARIS)
    return and_(FileRow.received_at >= first, FileRow.received_at < after, FileRow.status.not_in(ELSEWHERE))


def _asked(period: Period) -> ColumnElement[Any]:
    first = datetime.combine(period.first, time(), PARIS)
    after = datetime.combine(period.last + timedelta(days=1), time(), PARIS)
    return and_(InformationRequestRow.asked_at >= first, InformationRequestRow.asked_at < after)


def _in(period: Period) -> ColumnElement[Any]:
    return DecisionRow.decided_on.between(period.first, period.last)


def _counts() -> ColumnElement[Any]:
    """The last decision of a file is the one that counts."""
    last = select(FileRow.decisions).where(FileRow.orientation_id == DecisionRow.orientation_id).scalar_subquery()
    return DecisionRow.decision_number == last
