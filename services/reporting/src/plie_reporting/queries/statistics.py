"""Answers questions about a period: every figure, for the whole and for each cell of a grouping.

Months that a period holds whole are read from the roll-ups where they tell what is asked, other days from the detail.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, text

from plie_chassis.calendar import add_months, end_of_months
from plie_chassis.unit_of_work import UnitOfWork
from plie_reporting import sql
from plie_reporting.derivation import derived
from plie_reporting.domain.figures import FIGURES
from plie_reporting.domain.statistics import Question, Result, Spot, Tallies, Tally, month_key, results
from plie_reporting.domain.stocks import Stock, month_begun, year_before
from plie_reporting.sql import Derived

ACROSS_MAISONS = frozenset({"clas", "maison"})
"""Filters under which the référents of a Maison are still all of its référents."""

A_DAY = timedelta(days=1)


async def answer(question: Question, work: UnitOfWork) -> Sequence[Result]:
    """Every figure, in the order of their definitions."""
    tables = await derived(work, question.as_known_at)
    whole = replace(question, group_by=None)
    tallies = {**await count(whole, tables, work), **await count_delays(whole, tables, work)}
    if question.group_by is None:
        return results(FIGURES.values(), tallies)
    tallies |= {**await count(question, tables, work), **await count_delays(question, tables, work)}
    months = [month_key(month) for month in question.months()] if question.group_by == "month" else None
    return results(FIGURES.values(), tallies, months)


async def count(question: Question, tables: Derived, work: UnitOfWork) -> Tallies:
    """What was counted but for delays, by name and cell; the cell is None without a grouping."""
    rows = await of_period("activity", question, tables, work)
    done = {(row.code, row.key): Tally(int(row.n), float(row.amount)) for row in rows}
    return {**done, **await _stocks(question, tables, work), **_etp(question, work)}


async def count_delays(question: Question, tables: Derived, work: UnitOfWork) -> Tallies:
    """The delays that end in the period, in the same way."""
    counted: dict[Spot, dict[int, int]] = defaultdict(dict)
    for row in await of_period("delay", question, tables, work):
        counted[row.code, row.key][int(row.detail)] = int(row.n)
    return {spot: Tally(sum(by_days.values()), by_days=by_days) for spot, by_days in counted.items()}


async def of_period(series: str, question: Question, tables: Derived, work: UnitOfWork) -> Sequence[Row[Any]]:
    """(code, detail, key, n, amount) of all that the period holds of a series."""
    asked = (tables, question.filters, question.group_by)
    given = parameters(question, months_are_kept=sql.rolls_up(*asked))
    return (await work.session.execute(text(sql.period(series, *asked)), given)).all()


def parameters(question: Question, *, months_are_kept: bool) -> dict[str, Any]:
    """What the queries about a period take: its whole months, where these are kept, and all other days."""
    first, last, complete = question.first, question.last, question.complete_months()
    if complete and months_are_kept:
        kept = {"kept_from": complete[0], "kept_to": complete[-1]}
        others = {"before": complete[0] - A_DAY, "after": add_months(complete[-1], 1)}
    else:
        kept = {"kept_from": first, "kept_to": first - A_DAY}
        others = {"before": last, "after": last + A_DAY}
    return {
        "first": first,
        "last": last,
        "today": question.today,
        "complete_months": complete,
        **kept,
        **others,
        **question.filters,
    }


async def _stocks(question: Question, tables: Derived, work: UnitOfWork) -> Tallies:
    """The active file and a year's entries on the day of each cell, and the months that parcours were open all along."""
    by_month = question.group_by == "month"
    days, complete = _days_of_presence(question), question.complete_months()
    counted: dict[Spot, int] = defaultdict(int)
    for (code, key), stock in (await _moved(question, tables, work)).items():
        if code == "coverage.open_month":
            for month in complete:
                counted[code, month_key(month) if by_month else key] += stock.at_end_of(end_of_months(month, 1))
            continue
        for day in days:
            entered_before = stock.at_end_of(year_before(day)) if code == "workload.entered" else 0
            counted[code, month_key(day) if by_month else key] = stock.at_end_of(day) - entered_before
    return {spot: Tally(n, n) for spot, n in counted.items() if n}


async def _moved(question: Question, tables: Derived, work: UnitOfWork) -> Mapping[Spot, Stock]:
    query = sql.stocks(tables, question.filters, question.group_by)
    given = {"last": question.last, **_up_to(question.last), **question.filters}
    rows = (await work.session.execute(text(query), given)).all()
    by_month: dict[Spot, dict[date, int]] = defaultdict(dict)
    up_to_a_day: dict[Spot, dict[date, int]] = defaultdict(dict)
    for row in rows:
        (by_month if row.is_whole else up_to_a_day)[row.code, row.key][row.since] = int(row.n)
    return {spot: Stock(by_month[spot], up_to_a_day[spot]) for spot in by_month.keys() | up_to_a_day.keys()}


def _up_to(last: date) -> dict[str, date]:
    """The parts of two months that end with `last` and with the day a year before; none of a month that is over."""
    before = year_before(last)
    return {"month_of_last": month_begun(last), "month_of_year_before": month_begun(before), "year_before": before}


def _days_of_presence(question: Question) -> Sequence[date]:
    """The days on which the active file is counted: the last one, or the last of each month."""
    if question.group_by == "month":
        return [min(end_of_months(month, 1), question.last) for month in question.months()]
    return [question.last]


def _etp(question: Question, work: UnitOfWork) -> Tallies:
    """Full-time equivalents of the Maisons asked for; nothing where the question cuts across Maisons."""
    declared, filters = work.declaration, question.filters
    if not filters.keys() <= ACROSS_MAISONS:
        return {}
    maisons = [
        (maison.organisation, declared.clas_of_maison(maison.organisation), declared.etp(maison.organisation))
        for maison in declared.of_service("parcours")
    ]
    asked = [
        (maison, clas, etp)
        for maison, clas, etp in maisons
        if filters.get("maison", maison) == maison and filters.get("clas", clas) == clas
    ]

    def total(etps: Sequence[float]) -> Tally:
        return Tally(len(etps), sum(etps))

    cells: dict[str | None, Tally]
    match question.group_by:
        case None:
            cells = {None: total([etp for *_, etp in asked])}
        case "month":
            cells = {month_key(month): total([etp for *_, etp in asked]) for month in question.months()}
        case "maison":
            cells = {maison: total([etp]) for maison, _, etp in asked}
        case "clas":
            cells = {clas: total([etp for _, other, etp in asked if other == clas]) for _, clas, _ in asked}
        case _:
            cells = {}
    return {("workload.etp", key): tally for key, tally in cells.items()}
