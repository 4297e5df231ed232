"""How many are there at the end of a day: all who came until then, less all who left.

Pure. A stock is told by month; a day within a month needs what moved in that month up to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from plie_chassis.calendar import add_months, end_of_months, month_of


@dataclass(frozen=True, slots=True)
class Stock:
    """What moved, by the first day of its month: `by_month` all of it, `up_to_a_day` up to the day that is asked for."""

    by_month: Mapping[date, int] = field(default_factory=dict)
    up_to_a_day: Mapping[date, int] = field(default_factory=dict)

    def at_end_of(self, day: date) -> int:
        begun = month_begun(day)
        since = 0 if is_end_of_month(day) else self.up_to_a_day.get(begun, 0)
        return sum(n for month, n in self.by_month.items() if month < begun) + since


def month_begun(day: date) -> date:
    """The first day of the month that is not over at the end of `day`."""
    return add_months(month_of(day), 1) if is_end_of_month(day) else month_of(day)


def is_end_of_month(day: date) -> bool:
    return day == end_of_months(month_of(day), 1)


def year_before(day: date) -> date:
    """The day that ends the year before: of the end of a month, the end of that month."""
    if is_end_of_month(day):
        return end_of_months(add_months(month_of(day), -12), 1)
    return add_months(day, -12)
