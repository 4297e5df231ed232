"""Civil dates of the field: Europe/Paris, inclusive months, French working days and how dates are written in French.

Pure, so that the domain may use it.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from plie_chassis.typesetting import NBSP

PARIS = ZoneInfo("Europe/Paris")

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
SHORT_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def paris_date(instant: datetime) -> date:
    """The civil date in Paris of an aware instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return instant.astimezone(PARIS).date()


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of a shorter month: 31 January + 1 = 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_inclusive(first: date, last: date) -> int:
    """Whole months from `first` to `last`, both days included: 1 July to 31 December = 6. Never negative."""
    after = last + timedelta(days=1)
    months = (after.year - first.year) * 12 + after.month - first.month
    if add_months(first, months) > after:
        months -= 1
    return max(months, 0)


def completed_months(since: date, today: date) -> int:
    """Months that are over on `today`, each on its day of the month: from 31 January none in February. Never negative."""
    return max((today.year - since.year) * 12 + today.month - since.month - (today.day < since.day), 0)


def age_on(day: date, birth_date: date) -> int:
    """Completed years; whoever was born on 29 February is a year older from 1 March."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def end_of_months(first: date, months: int) -> date:
    """The last day of the `months` inclusive months that begin on `first`: 3 November + 6 months = 2 May."""
    return add_months(first, months) - timedelta(days=1)


def month_of(day: date) -> date:
    """The first day of the civil month."""
    return day.replace(day=1)


@lru_cache(maxsize=64)
def public_holidays(year: int) -> frozenset[date]:
    """The eleven legal holidays of mainland France (Code du travail, art. L3133-1)."""
    easter = _easter(year)
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    movable = (easter + timedelta(days=days) for days in (1, 39, 50))
    return frozenset([*(date(year, month, day) for month, day in fixed), *movable])


def _easter(year: int) -> date:
    """Gregorian Easter Sunday (the anonymous algorithm of 1876, as in Meeus)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * weekday) // 433
    month = (h + weekday - 7 * m + 90) // 25
    return date(year, month, (h + weekday - 7 * m + 33 * month + 19) % 32)


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in public_holidays(day.year)


def next_working_day(day: date) -> date:
    """`day` itself when it is one."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def working_days_between(first: date, last: date) -> int:
    """Working days after `first`, up to `last` included; 0 when `last` is not after `first`."""
    return sum(is_working_day(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


def long_date(day: date) -> str:
    """« 10 mars 2026 », with no-break spaces."""
    return f"{_ordinal(day)}{NBSP}{MONTHS[day.month - 1]}{NBSP}{day.year}"


def short_date(day: date) -> str:
    """« 10 févr. 2026 », for tables."""
    return f"{_ordinal(day)}{NBSP}{SHORT_MONTHS[day.month - 1]}{NBSP}{day.year}"


def weekday_date(day: date) -> str:
    """« mardi 10 mars 2026 »."""
    return f"{DAYS[day.weekday()]} {long_date(day)}"


def long_month(day: date) -> str:
    """« mars 2026 »."""
    return f"{MONTHS[day.month - 1]}{NBSP}{day.year}"


def clock_time(instant: datetime) -> str:
    """« 9 h 30 », in Paris."""
    local = instant.astimezone(PARIS)
    return f"{local.hour}{NBSP}h{NBSP}{local.minute:02d}"


def _ordinal(day: date) -> str:
    return "1er" if day.day == 1 else str(day.day)
