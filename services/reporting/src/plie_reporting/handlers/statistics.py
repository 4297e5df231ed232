"""Answers questions about a period: figures, their cells, and the events behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from plie_chassis.calendar import end_of_months
from plie_chassis.unit_of_work import UnitOfWork
from sqlalchemy import text

from plie_reporting.domain.statistics import FIGURES, Question, Result, Tallies, Tally, results
from plie_reporting.handlers.journeys import PLACES, settle
from plie_reporting.queries import statistics as queries

ETP_FILTERS = frozenset({"clas", "maison"})


async def answer(question: Question, work: UnitOfWork) -> Sequence[Result]:
    """Every figure for the whole period, and for each cell of the grouping."""
    await settle(work)
    tallies = await count(replace(question, group_by=None), work)
    if question.group_by is None:
        return results(FIGURES.values(), tallies, ())
    by_cell = await count(question, work)
    keys = sorted({key for _, key in by_cell if key is not None})
    return results(FIGURES.values(), {**tallies, **by_cell}, keys)


async def count(question: Question, work: UnitOfWork) -> Tallies:
    """What was counted, by name and cell; the cell is None without a grouping."""
    sql = queries.tallies(question.filters, question.group_by, as_known=question.as_known_at is not None)
    rows = await work.session.execute(text(sql), parameters(question))
    tallies = {
        (row.code, row.key): Tally(row.n, float(row.amount), tuple(row.quartiles) if row.quartiles else None)
        for row in rows
    }
    return {**tallies, **_etp(question, work)}


def parameters(question: Question) -> dict[str, Any]:
    return {
        "first": question.first,
        "last": question.last,
        "today": question.today,
        "complete_months": question.complete_months(),
        "days": _days_of_presence(question),
        **question.filters,
        **({"known_at": question.as_known_at, **PLACES} if question.as_known_at else {}),
    }


def _days_of_presence(question: Question) -> Sequence[date]:
    """The days on which the active file is counted: the last one, or the last of each month."""
    if question.group_by == "month":
        return [min(end_of_months(month, 1), question.last) for month in question.months()]
    return [question.last]


def _etp(question: Question, work: UnitOfWork) -> Tallies:
    """Full-time equivalents of the Maisons asked for; nothing where the question cuts across Maisons."""
    declared = work.declaration
    if not question.filters.keys() <= ETP_FILTERS:
        return {}
    etp = {
        maison.organisation: Tally(1, declared.etp(maison.organisation))
        for maison in declared.of_service("parcours")
        if question.filters.get("maison", maison.organisation) == maison.organisation
        and question.filters.get("clas", clas := declared.clas_of_maison(maison.organisation)) == clas
    }
    match question.group_by:
        case None:
            return {("workload.etp", None): Tally(len(etp), sum(tally.amount for tally in etp.values()))}
        case "maison":
            return {("workload.etp", maison): tally for maison, tally in etp.items()}
        case _:
            return {}
