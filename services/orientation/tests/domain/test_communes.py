import pytest

from plie_orientation.domain.communes import NotOneCommune, insee_of, shown


@pytest.mark.parametrize(
    ("typed", "insee"),
    [
        ("Voiron", "38563"),
        ("  voiron ", "38563"),
        ("Voiron (38500)", "38563"),
        ("st laurent du pont", "38412"),
        ("SAINT ÉGRÈVE", "38382"),
        ("saint-egreve", "38382"),
        ("38563", "38563"),
        ("69123", "69123"),
    ],
)
def test_a_name_or_a_code_leads_to_the_commune(typed: str, insee: str) -> None:
    assert insee_of(typed) == insee


def test_what_a_form_shows_leads_back_to_the_same_commune() -> None:
    from plie_contracts.territory import COMMUNES

    assert [insee for insee in COMMUNES if insee_of(shown(insee)) != insee] == []


def test_a_postal_code_of_several_communes_asks_which_one() -> None:
    with pytest.raises(NotOneCommune) as several:
        insee_of("38500")
    assert "Voiron" in {commune.name for commune in several.value.candidates}


def test_a_full_name_wins_over_longer_ones() -> None:
    assert insee_of("Vinay") == "38559"


def test_an_unknown_name_is_nobody_s() -> None:
    with pytest.raises(NotOneCommune) as none:
        insee_of("Bordeaux")
    assert not none.value.candidates
