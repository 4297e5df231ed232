"""What the commission's own statistics mean; every figure says what it is divided by."""

from dataclasses import dataclass
from datetime import date, timedelta

WAITING_BANDS: tuple[tuple[int, int | None], ...] = ((0, 30), (31, 60), (61, 90), (91, None))


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
