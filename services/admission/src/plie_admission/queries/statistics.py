"""The commission's own statistics: what waits, how long decisions take, their reasons, and what each prescriber sends.

A file counts by the day it was received, a decision by the day it was taken; a transferred file counts where it went.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Date, Float, Integer, Select, and_, cast, func, literal, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute

from plie_admission.domain.decisions import Kind
from plie_admission.domain.figures import WAITING_BANDS, Period, Spread
from plie_admission.domain.files import Status
from plie_admission.queries.files import stands
from plie_admission.tables import FileRow, InformationRequestRow
from plie_chassis.calendar import PARIS
from plie_chassis.unit_of_work import UnitOfWork

PRESCRIBERS_SHOWN = 40
PLANNED_FOR_THE_PERIOD = text("set local plan_cache_mode = force_custom_plan")
"""A plan made once for any period takes it for a short one, and reads several years row by row."""
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
    """`decided` are the decisions of the period that count today, `requests` (asked, answered).

    `shown` is how many prescribers are listed, where there are more.
    """

    waiting: Sequence[tuple[int, int | None, int]]
    received: int
    decided: dict[Kind, int]
    delay: Spread
    answer: Spread
    requests: tuple[int, int]
    reasons: Sequence[Reason]
    prescribers: Sequence[PrescriberFigures]
    shown: int | None


async def figures(period: Period, work: UnitOfWork) -> Figures:
    await work.session.execute(PLANNED_FOR_THE_PERIOD)
    received, prescribers = await _by_prescriber(period, work)
    decided, reasons = await _decisions(period, work)
    return Figures(
        waiting=await _waiting(work),
        received=received,
        decided=decided,
        delay=await _delay(period, work),
        answer=await _answers(period, work),
        requests=await _requests(period, work),
        reasons=reasons,
        prescribers=prescribers[:PRESCRIBERS_SHOWN],
        shown=PRESCRIBERS_SHOWN if len(prescribers) > PRESCRIBERS_SHOWN else None,
    )


async def _waiting(work: UnitOfWork) -> list[tuple[int, int | None, int]]:
    """How many files wait for a session today, for how many days since they were received: (from, to, files)."""

    def received(low: int, high: int | None) -> ColumnElement[bool]:
        first = work.today - timedelta(days=high) if high else None
        return _within(FileRow.received_at, first, work.today - timedelta(days=low))

    counts = [func.count().filter(received(low, high)) for low, high in WAITING_BANDS]
    row = (await work.session.execute(select(*counts).where(stands(Status.PENDING, today=work.today)))).one()
    return [(low, high, number) for (low, high), number in zip(WAITING_BANDS, row, strict=True)]


async def _decisions(period: Period, work: UnitOfWork) -> tuple[dict[Kind, int], list[Reason]]:
    """Those of the period that count today, which is the last one of each file, and why they were not admissions."""
    rows = await work.session.execute(
        select(FileRow.last_decision, FileRow.last_reason, func.count())
        .where(FileRow.last_decided_on.between(period.first, period.last))
        .group_by(FileRow.last_decision, FileRow.last_reason)
        .order_by(func.count().desc(), FileRow.last_reason)
    )
    found = [(Kind(kind), code, number) for kind, code, number in rows if kind]
    decided = {kind: sum(number for one, _, number in found if one is kind) for kind in Kind}
    return decided, [Reason(kind, code, number) for kind, code, number in found if kind is not Kind.ADMIT and code]


async def _delay(period: Period, work: UnitOfWork) -> Spread:
    """From reception to the first decision, for the first decisions of the period."""
    decided = FileRow.first_decided_on.between(period.first, period.last)
    return await _spread(select(FileRow.days_to_decide.label("days")).where(decided), work)


async def _answers(period: Period, work: UnitOfWork) -> Spread:
    """From a request to the prescriber to its whole answer."""
    days = cast(_day(InformationRequestRow.answered_at) - _day(InformationRequestRow.asked_at), Integer)
    asked = _asked(period)
    return await _spread(select(days.label("days")).where(asked, InformationRequestRow.answered_at.is_not(None)), work)


async def _requests(period: Period, work: UnitOfWork) -> tuple[int, int]:
    found = await work.session.execute(
        select(func.count(), func.count(InformationRequestRow.answered_at)).where(_asked(period))
    )
    asked, answered = found.one()
    return asked, answered


async def _by_prescriber(period: Period, work: UnitOfWork) -> tuple[int, list[PrescriberFigures]]:
    """What was received of all of them; those that send most first, and one more than are shown."""

    def standing(*statuses: Status) -> ColumnElement[Any]:
        return func.count().filter(or_(*(stands(status, today=work.today) for status in statuses)))

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
            func.percentile_cont(0.5).within_group(FileRow.days_to_decide),
            func.sum(func.count()).over(),
        )
        .where(_received(period))
        .group_by(FileRow.prescriber_kind, FileRow.structure)
        .order_by(func.count().desc(), FileRow.structure)
        .limit(PRESCRIBERS_SHOWN + 1)
    )
    found = [(PrescriberFigures(*figures), received) for *figures, received in rows]
    return int(found[0][1]) if found else 0, [prescriber for prescriber, _ in found]


async def _spread(days: Select[Any], work: UnitOfWork) -> Spread:
    found = days.subquery()
    quartiles = func.percentile_cont(literal([0.25, 0.5, 0.75], ARRAY(Float()))).within_group(found.c.days)
    number, shares = (await work.session.execute(select(func.count(found.c.days), quartiles))).one()
    return Spread(number, *(shares or ()))


def _received(period: Period) -> ColumnElement[bool]:
    return and_(_within(FileRow.received_at, period.first, period.last), FileRow.status.not_in(ELSEWHERE))


def _asked(period: Period) -> ColumnElement[bool]:
    return _within(InformationRequestRow.asked_at, period.first, period.last)


def _within(moment: InstrumentedAttribute[datetime], first: date | None, last: date) -> ColumnElement[bool]:
    """From the beginning of the first day, if any, to the end of the last one."""
    before_its_end = moment < datetime.combine(last + timedelta(days=1), time(), PARIS)
    return and_(moment >= datetime.combine(first, time(), PARIS), before_its_end) if first else before_its_end


def _day(moment: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The civil day in Paris, whatever the connection's time zone."""
    return cast(func.timezone(PARIS.key, moment), Date)
