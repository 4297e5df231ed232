"""A question about a period, what was counted for it, and the figures that follow.

Pure. Shares are in %, delays in days, quartiles by interpolation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil, floor
from typing import Literal

from plie_chassis.calendar import add_months, end_of_months, month_of
from plie_reporting.domain.figures import Figure, Measure

Grouping = Literal[
    "month", "territory", "commune", "clas", "maison", "prescriber_kind", "sex", "age_band", "rsa", "qpv", "education", "barrier"
]  # fmt: skip
FILTERS = ("territory", "commune", "clas", "maison", "prescriber_kind", "sex")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a period (both days included), filters, a grouping, and as known at which instant.

    `today` is the civil date of that instant: what falls due after it is not due, its month is partial.
    """

    first: date
    last: date
    today: date
    filters: Mapping[str, str] = field(default_factory=dict)
    group_by: Grouping | None = None
    as_known_at: datetime | None = None

    def months(self) -> Sequence[date]:
        """The first days of the months that the period touches."""
        months, month = [], month_of(self.first)
        while month <= self.last:
            months.append(month)
            month = add_months(month, 1)
        return months

    def complete_months(self) -> Sequence[date]:
        """Those that the period holds whole and that are over."""
        return [
            month
            for month in self.months()
            if month >= self.first and end_of_months(month, 1) <= min(self.last, self.today - timedelta(days=1))
        ]

    def is_partial(self, month: date) -> bool:
        return month not in self.complete_months()


def month_key(month: date) -> str:
    """The cell of a month: 2026-03."""
    return f"{month:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted under one name: how many, their sum, and for delays how many took how many days."""

    n: int = 0
    amount: float = 0.0
    by_days: Mapping[int, int] = field(default_factory=dict)

    def quantile(self, share: float) -> float | None:
        """The days within which `share` of the delays end, between two neighbours in proportion."""
        if not self.by_days:
            return None
        rank = share * (self.n - 1)
        low, high = self._ranked(floor(rank)), self._ranked(ceil(rank))
        return low + (high - low) * (rank - floor(rank))

    def _ranked(self, rank: int) -> int:
        for days in sorted(self.by_days):
            rank -= self.by_days[days]
            if rank < 0:
                return days
        raise IndexError(rank)


NOTHING = Tally()
Spot = tuple[str, str | None]
"""What is counted, or a figure's code, and the cell's key; None is the whole."""

Tallies = Mapping[Spot, Tally]


OF_A_DAY = frozenset({"parcours.active", "workload.entered", "workload.etp"})


def whole_of_months(tallies: Tallies, last: str) -> Tallies:
    """The whole of a period from its months: flows add up, what is of a day is that of the `last` month."""
    whole: dict[Spot, Tally] = {}
    for (name, key), tally in tallies.items():
        if name in OF_A_DAY:
            if key == last:
                whole[name, None] = tally
        else:
            so_far = whole.get((name, None), NOTHING)
            whole[name, None] = Tally(so_far.n + tally.n, so_far.amount + tally.amount)
    return whole


@dataclass(frozen=True, slots=True)
class Value:
    """One number with what stands behind it; `value` None: nothing to divide by, or masked."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    n: int | None = None
    q1: float | None = None
    q3: float | None = None
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    figure: Figure
    total: Value
    cells: Mapping[str, Value]


def measure(figure: Figure, tallies: Tallies, key: str | None = None) -> Value:
    """The value of one figure, for the whole (`key` None) or one cell."""
    above = [tallies.get((name, key), NOTHING) for name in figure.of]
    below = [tallies.get((name, key), NOTHING) for name in figure.over]
    n = sum(tally.n for tally in above)
    amount = sum(tally.amount for tally in above)
    match figure.measure:
        case Measure.COUNT:
            return Value(n, n=n)
        case Measure.SUM:
            return Value(round(amount, 2), n=n)
        case Measure.SHARE:
            whole = sum(tally.n for tally in below)
            return Value(_percent(n, whole), n, whole, whole)
        case Measure.KEPT:
            return Value(_percent(amount, n), round(amount), n, n)
        case Measure.LOAD:
            etp = sum(tally.amount for tally in below)
            return Value(round(n / etp, 1) if etp else None, n, round(etp, 2) if etp else None, n)
        case Measure.DELAY:
            q1, median, q3 = (above[0].quantile(share) for share in (0.25, 0.5, 0.75))
            return Value(median, n=n, q1=q1, q3=q3)


def results(figures: Iterable[Figure], tallies: Tallies, months: Sequence[str] | None = None) -> Sequence[Result]:
    """Each figure for the whole and for the cells that have something to it; every month where `months` are given."""
    keys = sorted({key for _, key in tallies if key is not None})

    def cells(figure: Figure) -> Mapping[str, Value]:
        names = (*figure.of, *figure.over)
        told = months or [key for key in keys if any((name, key) in tallies for name in names)]
        return {key: measure(figure, tallies, key) for key in told}

    return [Result(figure, measure(figure, tallies), cells(figure)) for figure in figures]


def _percent(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 1) if whole else None
