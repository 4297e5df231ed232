"""A territory is a set of communes, known by INSEE code."""

import pytest

from plie_contracts.territory import COMMUNES, TERRITORIES, search


def test_the_five_territories_hold_the_177_communes_of_isere() -> None:
    assert {slug: len(t.communes) for slug, t in TERRITORIES.items()} == {
        "chartreuse": 7,
        "gresivaudan": 43,
        "metropole": 49,
        "sud-gresivaudan": 47,
        "voironnais": 31,
    }
    assert len(COMMUNES) == 177
    assert all(insee.startswith("38") for insee in COMMUNES)


def test_sud_gresivaudan_is_saint_marcellin_and_not_le_gresivaudan() -> None:
    assert COMMUNES["38416"].name == "Saint-Marcellin"
    assert COMMUNES["38416"].territory == "sud-gresivaudan"
    assert COMMUNES["38140"].territory == "gresivaudan"


def test_a_postal_code_does_not_tell_the_territory() -> None:
    spanning = {
        code
        for code in ("38134", "38210", "38410", "38420")
        if len({c.epci for c in COMMUNES.values() if code in c.postal_codes}) > 1
    }
    assert spanning == {"38134", "38210", "38410", "38420"}


@pytest.mark.parametrize(
    "typed",
    ["Saint-Étienne-de-Crossey", "saint etienne de cr", "St Etienne", "SAINT ETIENNE DE CROSSEY", "crossey", "38383"],
)
def test_a_commune_is_found_however_it_is_typed(typed: str) -> None:
    assert COMMUNES["38383"] in search(typed)


def test_an_exact_beginning_comes_first_and_a_list_has_an_end() -> None:
    assert search("Voiron")[0].insee == "38563"
    assert len(search("saint", limit=5)) == 5
    assert search("") == []
    assert search("…") == []
    assert search("marseille") == []
