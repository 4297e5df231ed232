"""All that the dashboard shows of a period, in a handful of set-based queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import text

from plie_chassis.calendar import end_of_months
from plie_chassis.unit_of_work import UnitOfWork
from plie_reporting import sql
from plie_reporting.derivation import derived
from plie_reporting.domain.figures import DELAYS, FIGURES
from plie_reporting.domain.statistics import (
    NOTHING,
    Question,
    Result,
    Value,
    measure,
    month_key,
    results,
    whole_of_months,
)
from plie_reporting.domain.stocks import month_begun
from plie_reporting.domain.suppression import masked_counts, masked_value, suppress
from plie_reporting.queries.statistics import count, count_delays, of_period
from plie_reporting.sql import Derived

Counts = Mapping[str, int | None]
"""By key; None is masked."""

FUNNEL = ("decided", "interviewed", "signed")
"""How far those received went, besides being admitted."""

ENTRIES = ("sex", "age_band", "rsa", "qpv", "education", "long_term", "barrier")


@dataclass(frozen=True, slots=True)
class Load:
    """A Maison's active file and its référents' full-time equivalents."""

    maison: str
    active: int | None
    etp: float


@dataclass(frozen=True, slots=True)
class Exit:
    kind: str
    reason: str
    n: int | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`figures` have a cell for each month; `delays` look at complete months only; `entries` are by dimension."""

    question: Question
    figures: Mapping[str, Result]
    delays: Mapping[str, Value]
    funnel: Counts
    entered: int
    entries: Mapping[str, Counts]
    exits: Sequence[Exit]
    loads: Sequence[Load]
    communes: Counts

    def month_of_coverage(self) -> str | None:
        """The last month that is over."""
        months = self.question.complete_months()
        return month_key(months[-1]) if months else None


async def read(question: Question, work: UnitOfWork, *, real_numbers: bool) -> Dashboard:
    """`real_numbers` shows counts of 1 to 4 as they are."""
    tables = await derived(work, question.as_known_at)
    by_month = await count(replace(question, group_by="month"), tables, work)
    months = [month_key(month) for month in question.months()]
    figures = results(FIGURES.values(), {**by_month, **whole_of_months(by_month, months[-1])}, months)
    received, admitted = (
        sum(by_month.get((f"orientations.{name}", month), NOTHING).n for month in months)
        for name in ("received", "admitted")
    )
    profile = await _profile(question, tables, work)
    active = await _active_by_place(question, tables, work)
    delays = await _delays(question, tables, work)

    if not real_numbers:
        figures = suppress(figures, "month")
        delays = {code: masked_value(FIGURES[code], value) for code, value in delays.items()}

    def shown(counts: Mapping[str, int], *, adds_up: bool = True) -> Counts:
        return counts if real_numbers else masked_counts(counts, adds_up=adds_up)

    left = {
        (code.removeprefix("left."), reason): n
        for code, reasons in profile.items()
        if code.startswith("left.")
        for reason, n in reasons.items()
    }
    exits = shown({f"{kind} {reason}": n for (kind, reason), n in left.items()})
    maisons = [maison.organisation for maison in work.declaration.of_service("parcours")]
    loads = shown({maison: active["maison"].get(maison, 0) for maison in maisons})
    return Dashboard(
        question=question,
        figures={result.figure.code: result for result in figures},
        delays=delays,
        funnel=shown(
            {
                "received": received,
                "admitted": admitted,
                **{step: sum(profile.get(f"funnel.{step}", {}).values()) for step in FUNNEL},
            },
            adds_up=False,
        ),
        entered=sum(profile.get("entered.rsa", {}).values()),
        entries={
            dimension: shown(profile.get(f"entered.{dimension}", {}), adds_up=dimension != "barrier")
            for dimension in ENTRIES
        },
        exits=[
            Exit(kind, reason, exits[f"{kind} {reason}"])
            for (kind, reason), _ in sorted(left.items(), key=lambda item: (-item[1], item[0][1]))
        ],
        loads=[Load(maison, loads[maison], work.declaration.etp(maison)) for maison in maisons],
        communes=shown(active["commune"]),
    )


async def _profile(question: Question, tables: Derived, work: UnitOfWork) -> Mapping[str, Mapping[str, int]]:
    """By what is told of people, and by what of it holds."""
    told: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await of_period("profile", replace(question, group_by=None), tables, work):
        told[row.code][row.detail] = int(row.n)
    return told


async def _active_by_place(question: Question, tables: Derived, work: UnitOfWork) -> Mapping[str, Mapping[str, int]]:
    """The active file of the last day, by `commune` and by `maison`."""
    active: dict[str, dict[str, int]] = {"commune": {}, "maison": {}}
    given = {"last": question.last, "told_from": month_begun(question.last), **question.filters}
    for row in await work.session.execute(text(sql.places(tables, question.filters)), given):
        active[row.code][row.detail] = int(row.n)
    return active


async def _delays(question: Question, tables: Derived, work: UnitOfWork) -> Mapping[str, Value]:
    months = [month for month in question.months() if end_of_months(month, 1) < question.today]
    last = min(question.last, end_of_months(months[-1], 1)) if months else question.first
    whole = replace(question, last=last, group_by=None)
    tallies = await count_delays(whole, tables, work) if months else {}
    return {figure.code: measure(figure, tallies) for figure in DELAYS}
