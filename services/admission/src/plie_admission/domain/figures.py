"""What the commission's own statistics mean; every figure says what it is divided by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WAITING_BANDS = ((0, 30), (31, 60), (61, 90), (91, None))


@dataclass(frozen=True)
class Period:
    """Civil days, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class Spread:
    """Days: quartiles of `n` files, None where there are none."""

    n: int
    q1: float | None = None
    median: float | None = None
    q3: float | None = None


def twelve_months(today: date) -> Period:
    """The statistics open at the last 365 days, today included."""
    return Period(today - timedelta(days=364), today)


def bands(received: Sequence[date], today: date) -> list[tuple[int, int | None, int]]:
    """How many files wait for how many days since they were received: (from, to, files)."""
    ages = [(today - day).days for day in received]
    return [
        (low, high, sum(low <= age and (high is None or age <= high) for age in ages)) for low, high in WAITING_BANDS
    ]
