"""Answers questions about a period: every figure, for the whole and for each cell of a grouping."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import text

from plie_chassis.calendar import end_of_months
from plie_chassis.unit_of_work import UnitOfWork
from plie_reporting import queries
from plie_reporting.domain.statistics import FIGURES, Question, Result, Tallies, Tally, month_key, results
from plie_reporting.handlers.journeys import derived

ACROSS_MAISONS = frozenset({"clas", "maison"})
"""Filters under which the référents of a Maison are still all of its référents."""


async def answer(question: Question, work: UnitOfWork) -> Sequence[Result]:
    """Every figure, in the order of their definitions."""
    tallies = await count(replace(question, group_by=None), work)
    if question.group_by is None:
        return results(FIGURES.values(), tallies)
    tallies = {**tallies, **await count(question, work)}
    months = [month_key(month) for month in question.months()] if question.group_by == "month" else None
    return results(FIGURES.values(), tallies, months)


async def count(question: Question, work: UnitOfWork, *, only: Sequence[str] | None = None) -> Tallies:
    """What was counted, by name and cell (None without a grouping); of the flows, `only` these where some are named."""
    tables = await derived(work, question.as_known_at)
    sql = queries.tallies(tables, question.filters, question.group_by)
    rows = await work.session.execute(text(sql), {**parameters(question), "codes": only})
    counted = {(row.code, row.key): Tally(row.n, row.amount, _quartiles(row.quartiles)) for row in rows}
    return {**counted, **_etp(question, work)}


def _quartiles(found: Sequence[float | None] | None) -> tuple[float, float, float] | None:
    match found:
        case [float(q1), float(median), float(q3)]:
            return q1, median, q3
        case _:
            return None


def parameters(question: Question) -> dict[str, Any]:
    """What every query about a period takes."""
    return {
        "first": question.first,
        "last": question.last,
        "today": question.today,
        "complete_months": question.complete_months(),
        "days": _days_of_presence(question),
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
