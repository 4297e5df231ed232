"""Charts say what their figures say: from zero, masked is never zero, an unfinished month looks unfinished."""

import re
from datetime import date
from decimal import Decimal

import pytest

from plie_chassis.web import charts
from plie_chassis.web.charts import Bar, Quartiles, Series
from plie_chassis.web.navigation import initials
from plie_chassis.web.typography import count, number, percent

MONTHS = [date(2025, month, 1) for month in (10, 11, 12)] + [date(2026, month, 1) for month in (1, 2, 3)]


@pytest.mark.parametrize(
    ("end", "steps"),
    [
        (92, [0, 25, 50, 75, 100]),
        (100, [0, 25, 50, 75, 100]),
        (3, [0, 1, 2, 3]),
        (1, [0, 0.25, 0.5, 0.75, 1]),
        (0, [0, 0.25, 0.5, 0.75, 1]),
        (7, [0, 2, 4, 6, 8]),
        (1114, [0, 500, 1000, 1500]),
    ],
)
def test_scales_start_at_zero_and_go_by_round_steps(end: float, steps: list[float]) -> None:
    assert list(charts.scale(end)) == steps


def test_a_bar_is_as_long_as_its_value() -> None:
    rows = [Bar("Reçues", 842), Bar("Admises", 421)]
    assert 'width="50.0%"' in charts.bar(rows[1], charts.largest(rows))
    assert "rect" not in charts.bar(Bar("Aucune", 0), 842)


def test_a_masked_cell_is_neither_zero_nor_empty() -> None:
    assert "masked-bar" in charts.bar(Bar("Retraite", None), 100)
    drawn = charts.columns(MONTHS, [Series("sorties", "a", [5, None, 7, 8, 9, 3])], title="Sorties")
    assert drawn.count("url(#hatch-q)") == 1
    assert charts.series_foot([Series("sorties", "a", [5, None])]) == ["Total", None]


def test_a_share_is_of_the_whole() -> None:
    assert [row.note for row in charts.parts([Bar("Admises", 548), Bar("Retraite", None)], 842)] == [
        "65,1\N{NO-BREAK SPACE}%",
        "",
    ]


def test_the_month_that_is_not_over_is_hatched_and_says_so() -> None:
    series = [Series("reçues", "b", [1, 2, 3, 4, 5, 6]), Series("ouverts", "a", [1, 2, 3, 4, 5, 6])]
    drawn = charts.columns(MONTHS, series, partial=date(2026, 3, 10), title="Flux")
    assert drawn.count("url(#hatch-b)") == drawn.count("url(#hatch)") == 1
    assert drawn.count("partiel") == 1
    assert "url(#hatch" not in charts.columns(MONTHS, series, title="Flux")
    assert "jusqu’au 10" in str(charts.series_rows(MONTHS, series, date(2026, 3, 10))[-1][0])


def test_delays_show_the_middle_half_its_median_and_the_target() -> None:
    drawn = charts.quartile_bar(Quartiles("Décision à contrat", 10, 20, 30, 99, target=30), 40)
    assert '<rect class="box" x="25.0%" width="50.0%"' in drawn
    assert 'class="median" x1="50.0%"' in drawn
    assert 'class="target" x1="75.0%"' in drawn


def test_what_goes_beyond_the_whole_is_drawn_as_excess() -> None:
    assert "meter-over" in charts.meter(112, 105)
    assert "meter-over" not in charts.meter(105, 105)
    assert "meter-fill" not in charts.meter(0, 0)


def test_labels_cannot_break_out_of_a_chart() -> None:
    drawn = charts.columns(MONTHS, [Series("s", "a", [1] * 6)], title='"><script>')
    assert "<script>" not in drawn
    assert not re.search(r"style=|<script", str(drawn))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.5, "1 234,5"),
        (12, "12"),
        (-3, "−3"),
        (1_000_000, "1 000 000"),
        (Decimal("3.50"), "3,5"),
        (0.1 + 0.2, "0,3"),
        (10, "10"),
    ],
)
def test_numbers_are_written_in_french(value: float, text: str) -> None:
    assert number(value) == text.replace(" ", "\N{NARROW NO-BREAK SPACE}")


def test_percentages_and_counts_are_written_in_french() -> None:
    assert percent(0.824) == "82,4\N{NO-BREAK SPACE}%"
    assert percent(1.07, 0) == "107\N{NO-BREAK SPACE}%"
    assert percent(0.1235, 1) == "12,4\N{NO-BREAK SPACE}%"
    assert [count(n, "dossier") for n in (0, 1, 2)] == [
        f"{n}\N{NO-BREAK SPACE}{w}" for n, w in ((0, "dossier"), (1, "dossier"), (2, "dossiers"))
    ]


def test_initials_are_of_the_first_and_last_names() -> None:
    assert initials("Claire Montagnon") == "CM"
    assert initials("Hélène Brun-Picard") == "HP"
    assert initials("Cher") == "C"
    assert initials("") == ""
