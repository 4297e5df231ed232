"""All that the dashboard shows of a period, in a handful of set-based queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import text

from plie_chassis.calendar import end_of_months
from plie_chassis.unit_of_work import UnitOfWork
from plie_reporting import sql
from plie_reporting.derivation import derived
from plie_reporting.domain.statistics import (
    DELAYS,
    FIGURES,
    Question,
    Result,
    Value,
    measure,
    month_key,
    results,
    whole_of_months,
)
from plie_reporting.domain.suppression import masked_counts, masked_value, suppress
from plie_reporting.queries.statistics import count, count_delays, parameters

Counts = Mapping[str, int | None]
"""By key; None is masked."""


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
    given = parameters(question)
    by_month = await count(replace(question, group_by="month"), work)
    months = [month_key(month) for month in question.months()]
    figures = results(FIGURES.values(), {**by_month, **whole_of_months(by_month, months[-1])}, months)
    funnel = (await work.session.execute(text(sql.funnel(tables, question.filters)), given)).one()
    entries = (await work.session.execute(text(sql.entries(tables, question.filters)), given)).all()
    exits = (await work.session.execute(text(sql.exits(tables, question.filters)), given)).all()
    residents = (await work.session.execute(text(sql.residents(tables, question.filters)), given)).all()
    delays = await _delays(question, work)

    if not real_numbers:
        figures = suppress(figures, "month")
        delays = {code: masked_value(FIGURES[code], value) for code, value in delays.items()}

    def shown(counts: Mapping[str, int], *, adds_up: bool = True) -> Counts:
        return counts if real_numbers else masked_counts(counts, adds_up=adds_up)

    reasons = shown({f"{row.kind} {row.reason}": row.n for row in exits})
    communes: dict[str, int] = {}
    active: dict[str, int] = {}
    for row in residents:
        communes[row.commune] = communes.get(row.commune, 0) + row.n
        active[row.maison] = active.get(row.maison, 0) + row.n
    maisons = [maison.organisation for maison in work.declaration.of_service("parcours")]
    loads = shown({maison: active.get(maison, 0) for maison in maisons})
    return Dashboard(
        question=question,
        figures={result.figure.code: result for result in figures},
        delays=delays,
        funnel=shown(dict(funnel._mapping), adds_up=False),
        entered=sum(row.n for row in entries if row.dimension == "rsa"),
        entries={
            dimension: shown(
                {row.key: row.n for row in entries if row.dimension == dimension}, adds_up=dimension != "barrier"
            )
            for dimension in ("sex", "age_band", "rsa", "qpv", "education", "long_term", "barrier")
        },
        exits=[Exit(row.kind, row.reason, reasons[f"{row.kind} {row.reason}"]) for row in exits],
        loads=[Load(maison, loads[maison], work.declaration.etp(maison)) for maison in maisons],
        communes=shown(communes),
    )


async def _delays(question: Question, work: UnitOfWork) -> Mapping[str, Value]:
    months = [month for month in question.months() if end_of_months(month, 1) < question.today]
    last = min(question.last, end_of_months(months[-1], 1)) if months else question.first
    tallies = await count_delays(replace(question, last=last), work) if months else {}
    return {figure.code: measure(figure, tallies) for figure in DELAYS}
