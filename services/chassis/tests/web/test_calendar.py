from datetime import UTC, date, datetime

import pytest

from plie_chassis import calendar


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2026, 7, 1), date(2026, 12, 31), 6),
        (date(2026, 7, 1), date(2026, 12, 30), 5),
        (date(2025, 11, 3), date(2026, 5, 2), 6),
        (date(2025, 11, 3), date(2026, 5, 1), 5),
        (date(2025, 8, 31), date(2026, 2, 27), 6),
        (date(2024, 2, 29), date(2025, 2, 27), 12),
        (date(2026, 3, 1), date(2026, 2, 1), 0),
    ],
)
def test_months_count_both_days(first: date, last: date, months: int) -> None:
    assert calendar.months_inclusive(first, last) == months


def test_six_months_from_3_november_end_on_2_may() -> None:
    assert calendar.end_of_months(date(2025, 11, 3), 6) == date(2026, 5, 2)


def test_a_month_after_31_january_is_the_last_day_of_february() -> None:
    assert calendar.add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert calendar.add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert calendar.add_months(date(2026, 1, 15), -1) == date(2025, 12, 15)


def test_born_on_29_february_one_is_older_on_1_march() -> None:
    assert calendar.age_on(date(2026, 2, 28), date(2004, 2, 29)) == 21
    assert calendar.age_on(date(2026, 3, 1), date(2004, 2, 29)) == 22


@pytest.mark.parametrize(
    ("since", "today", "months"),
    [
        (date(2026, 1, 15), date(2026, 2, 14), 0),
        (date(2026, 1, 15), date(2026, 2, 15), 1),
        (date(2026, 1, 31), date(2026, 2, 28), 0),
        (date(2025, 3, 1), date(2026, 3, 1), 12),
        (date(2026, 3, 2), date(2026, 3, 1), 0),
    ],
)
def test_a_month_is_completed_on_its_day(since: date, today: date, months: int) -> None:
    assert calendar.completed_months(since, today) == months


def test_the_civil_date_is_that_of_paris() -> None:
    assert calendar.paris_date(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == date(2026, 7, 1)
    with pytest.raises(ValueError, match="offset"):
        calendar.paris_date(datetime(2026, 6, 30))  # noqa: DTZ001 - a naive instant is what must be refused


def test_holidays_are_those_of_the_independent_holidays_library() -> None:
    import holidays

    years = range(2008, 2060)  # from 2005 to 2007 Whit Monday was worked, the « journée de solidarité »
    theirs = holidays.country_holidays("FR", years=years)
    assert {day for year in years for day in calendar.public_holidays(year)} == set(theirs)


def test_working_days_leave_out_week_ends_and_holidays() -> None:
    assert not calendar.is_working_day(date(2026, 5, 14))  # Ascension
    assert calendar.next_working_day(date(2026, 5, 1)) == date(2026, 5, 4)
    assert calendar.working_days_between(date(2026, 4, 30), date(2026, 5, 8)) == 4


def test_dates_are_written_in_french() -> None:
    assert calendar.long_date(date(2026, 3, 10)) == "10\N{NO-BREAK SPACE}mars\N{NO-BREAK SPACE}2026"
    assert calendar.long_date(date(2026, 8, 1)) == "1er\N{NO-BREAK SPACE}août\N{NO-BREAK SPACE}2026"
    assert calendar.short_date(date(2026, 2, 28)) == "28\N{NO-BREAK SPACE}févr.\N{NO-BREAK SPACE}2026"
    assert calendar.weekday_date(date(2026, 3, 10)) == "mardi 10\N{NO-BREAK SPACE}mars\N{NO-BREAK SPACE}2026"
    assert calendar.clock_time(datetime(2026, 3, 10, 8, 5, tzinfo=UTC)) == "9\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}05"
