"""Stocks at the end of a day."""

from datetime import date

import pytest

from plie_reporting.domain.stocks import Stock, month_begun, year_before


def test_a_stock_at_the_end_of_a_month_is_all_that_moved_up_to_it():
    stock = Stock({date(2026, 1, 1): 5, date(2026, 2, 1): -2, date(2026, 3, 1): 4})
    assert [stock.at_end_of(day) for day in (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28))] == [0, 5, 3]


def test_a_day_within_a_month_needs_what_moved_in_that_month_up_to_it():
    stock = Stock({date(2026, 1, 1): 5, date(2026, 2, 1): -2}, {date(2026, 2, 1): 1})
    assert stock.at_end_of(date(2026, 2, 10)) == 6
    assert stock.at_end_of(date(2026, 1, 31)) == 5
    assert stock.at_end_of(date(2026, 2, 28)) == 3


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 3, 10), date(2025, 3, 10)),
        (date(2025, 2, 28), date(2024, 2, 29)),
        (date(2024, 2, 29), date(2023, 2, 28)),
        (date(2024, 2, 28), date(2023, 2, 28)),
        (date(2026, 4, 30), date(2025, 4, 30)),
    ],
)
def test_the_year_before_a_whole_month_ends_with_a_whole_month(day, before):
    assert year_before(day) == before


def test_the_month_that_goes_on_after_a_last_day_is_the_next_one():
    assert month_begun(date(2026, 2, 28)) == date(2026, 3, 1)
    assert month_begun(date(2026, 2, 27)) == date(2026, 2, 1)
