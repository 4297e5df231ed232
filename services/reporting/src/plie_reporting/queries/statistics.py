"""Answers questions about a period: every figure, for the whole and for each cell of a grouping."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import text

from plie_chassis.calendar import end_of_months
from plie_chassis.unit_of_work import UnitOfWork
from plie_reporting import sql
from plie_reporting.derivation import derived
from plie_reporting.domain.statistics import FIGURES, Question, Result, Spot, Tallies, Tally, month_key, results

ACROSS_MAISONS = frozenset({"clas", "maison"})
"""Filters under which the référents of a Maison are still all of its référents."""


async def answer(question: Question, work: UnitOfWork) -> Sequence[Result]:
    """Every figure, in the order of their definitions."""
    whole = replace(question, group_by=None)
    tallies = {**await count(whole, work), **await count_delays(whole, work)}
    if question.group_by is None:
        return results(FIGURES.values(), tallies)
    tallies |= {**await count(question, work), **await count_delays(question, work)}
    months = [month_key(month) for month in question.months()] if question.group_by == "month" else None
    return results(FIGURES.values(), tallies, months)


async def count(question: Question, work: UnitOfWork) -> Tallies:
    """What was counted but for delays, by name and cell; the cell is None without a grouping."""
    tables, given = await derived(work, question.as_known_at), parameters(question)
    counted: dict[Spot, Tally] = {}
    for query in (sql.tallies, sql.presences):
        rows = await work.session.execute(text(query(tables, question.filters, question.group_by)), given)
        counted |= {(code, key): Tally(int(n), float(amount)) for code, key, n, amount in rows.all()}
    return {**counted, **_etp(question, work)}


async def count_delays(question: Question, work: UnitOfWork) -> Tallies:
    """The delays that end in the period, in the same way."""
    tables, given = await derived(work, question.as_known_at), parameters(question)
    rows = await work.session.execute(text(sql.delays(tables, question.filters, question.group_by)), given)
    counted: dict[Spot, dict[int, int]] = {}
    for code, key, days, n in rows.all():
        counted.setdefault((code, key), {})[days] = n
    return {spot: Tally(sum(by_days.values()), by_days=by_days) for spot, by_days in counted.items()}


def parameters(question: Question) -> dict[str, Any]:
    """What every query about a period takes."""
    complete, days = question.complete_months(), _days_of_presence(question)
    return {
        "first": question.first,
        "last": question.last,
        "today": question.today,
        "complete_months": complete,
        "names_of_months": [month_key(month) for month in complete],
        "days": days,
        "months_of_days": [month_key(day) for day in days],
        **question.filters,
    }


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
