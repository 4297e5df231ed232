"""When things happen: seasons of orientation, sessions of the commissions, office hours."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from plie_chassis.calendar import PARIS, is_working_day

# Orientations by month, January first: high after the holidays, low in August.
SEASONS = (13, 11, 10, 8, 8, 8, 6, 3, 12, 12, 9, 6)


def day_of_orientation(random: Random, first: date, last: date) -> date:
    """A working day between the two, drawn with the seasons."""
    while True:
        day = first + timedelta(days=random.randrange((last - first).days + 1))
        if is_working_day(day) and random.random() * max(SEASONS) < SEASONS[day.month - 1]:
            return day


def office_hours(random: Random, day: date) -> datetime:
    return datetime.combine(day, time(8 + random.randrange(10), random.randrange(60), random.randrange(60)), PARIS)


def session_days(first: date, last: date, every_weeks: int) -> Iterator[date]:
    """Thursdays on which a commission meets; none in the first weeks of August nor at Christmas."""
    day = first + timedelta(days=(3 - first.weekday()) % 7)
    while day <= last:
        if is_working_day(day) and not (day.month == 8 and day.day <= 20) and not (day.month == 12 and day.day > 20):
            yield day
        day += timedelta(weeks=every_weeks)
