from plie_admission.domain.capacity import capacity
from plie_admission.domain.people import folded


def test_search_ignores_accents_case_and_hyphens():
    assert folded("Kovačević-Brun") == "kovacevic brun"
    assert folded("  D’ŒUVRE  ") == "d oeuvre"


def test_a_maison_has_seventy_places_for_one_full_time_referent():
    assert capacity(3.5, 231).places == 245
    assert capacity(3.5, 231).free == 14
    assert capacity(1.5, 112).free == -7
