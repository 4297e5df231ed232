from collections.abc import Callable
from datetime import date

import pytest

from plie_contracts.events import OrientationSubmitted
from plie_orientation.domain import rules

Draft = Callable[..., OrientationSubmitted]
TODAY = date(2026, 3, 2)


def refusals(draft: OrientationSubmitted) -> list[tuple[str, str]]:
    return [(error.path, error.code) for refusal in rules.broken_by(draft, TODAY) for error in refusal.errors]


def test_a_complete_orientation_is_acceptable(draft: Draft) -> None:
    assert refusals(draft()) == []


def test_nobody_is_born_tomorrow(draft: Draft) -> None:
    assert refusals(draft(person__birth_date="2026-03-03", situation__unemployed_since=None)) == [
        ("person.birth_date", "person.birth-date-in-future")
    ]


@pytest.mark.parametrize("birth_date", ["2012-03-02", "1926-03-03"])
def test_from_the_fourteenth_birthday_to_the_day_before_the_hundredth(draft: Draft, birth_date: str) -> None:
    assert refusals(draft(person__birth_date=birth_date, situation__unemployed_since=None)) == []


@pytest.mark.parametrize("birth_date", ["2012-03-03", "1926-03-02"])
def test_neither_younger_than_14_nor_older_than_99(draft: Draft, birth_date: str) -> None:
    found = refusals(draft(person__birth_date=birth_date, situation__unemployed_since=None))
    assert found == [("person.birth_date", "person.age-out-of-range")]


def test_nobody_is_unemployed_since_tomorrow(draft: Draft) -> None:
    assert refusals(draft(situation__unemployed_since="2026-03-02")) == []
    assert refusals(draft(situation__unemployed_since="2026-03-03")) == [
        ("situation.unemployed_since", "situation.unemployed-since-in-future")
    ]


def test_nobody_is_unemployed_since_before_their_birth(draft: Draft) -> None:
    assert refusals(draft(situation__unemployed_since="1983-05-04")) == []
    assert refusals(draft(situation__unemployed_since="1983-05-03")) == [
        ("situation.unemployed_since", "situation.unemployed-before-birth")
    ]


def test_the_adhesion_is_given_by_today(draft: Draft) -> None:
    assert refusals(draft(adhesion__on="2026-03-02")) == []
    assert refusals(draft(adhesion__on="2026-03-03")) == [("adhesion.on", "adhesion.in-future")]
