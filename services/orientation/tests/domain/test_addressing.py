from collections.abc import Callable
from datetime import date

import pytest

from plie_contracts.events import OrientationSubmitted
from plie_orientation.domain.addressing import Address, NotCovered, Territory, UnknownCommission, accept, address
from plie_orientation.domain.rules import BirthDateInFuture

Draft = Callable[..., OrientationSubmitted]

TODAY = date(2026, 3, 2)
VOIRON, GRENOBLE, CROLLES = "38563", "38185", "38140"
TERRITORY = Territory(
    clas_of={VOIRON: "centre-isere", GRENOBLE: "metropole"}.get, commissions=frozenset({"centre-isere", "metropole"})
)


def test_the_commune_leads_to_its_clas(draft: Draft) -> None:
    assert address(draft(), TERRITORY) == Address("centre-isere", by_continuity=False)
    assert address(draft(person__commune_insee=GRENOBLE), TERRITORY) == Address("metropole", by_continuity=False)


def test_a_commune_that_no_clas_covers_is_refused(draft: Draft) -> None:
    refused = address(draft(person__commune_insee=CROLLES), TERRITORY)
    assert isinstance(refused, NotCovered)
    assert [(error.path, error.code) for error in refused.errors] == [("person.commune_insee", "territory.not-covered")]


def test_a_continuity_reason_opens_the_territory(draft: Draft) -> None:
    moved = draft(
        person__commune_insee=CROLLES, continuity={"clas": "centre-isere", "reason": "suivie depuis un an à Voiron"}
    )
    assert address(moved, TERRITORY) == Address("centre-isere", by_continuity=True)


def test_a_continuity_reason_keeps_somebody_with_the_clas_they_moved_away_from(draft: Draft) -> None:
    moved = draft(person__commune_insee=GRENOBLE, continuity={"clas": "centre-isere", "reason": "formation en cours"})
    assert address(moved, TERRITORY) == Address("centre-isere", by_continuity=True)


def test_a_continuity_towards_the_clas_of_the_commune_is_none(draft: Draft) -> None:
    at_home = draft(continuity={"clas": "centre-isere", "reason": "formation en cours"})
    assert address(at_home, TERRITORY) == Address("centre-isere", by_continuity=False)


def test_a_continuity_names_a_clas_there_is(draft: Draft) -> None:
    refused = address(draft(continuity={"clas": "centre-drome", "reason": "formation en cours"}), TERRITORY)
    assert isinstance(refused, UnknownCommission)
    assert refused.errors[0].path == "continuity.clas"


def test_an_acceptable_orientation_goes_to_its_clas(draft: Draft) -> None:
    assert accept(draft(), TERRITORY, TODAY).clas == "centre-isere"


def test_all_that_is_wrong_is_told_at_once_and_the_first_rule_gives_the_code(draft: Draft) -> None:
    wrong = draft(person__birth_date="2030-01-01", person__commune_insee=CROLLES, adhesion__on="2027-01-01")
    with pytest.raises(BirthDateInFuture) as refused:
        accept(wrong, TERRITORY, TODAY)
    assert [error.path for error in refused.value.errors] == [
        "person.birth_date",
        "situation.unemployed_since",
        "adhesion.on",
        "person.commune_insee",
    ]


def test_outside_the_territory_the_territory_gives_the_code(draft: Draft) -> None:
    with pytest.raises(NotCovered):
        accept(draft(person__commune_insee=CROLLES), TERRITORY, TODAY)
