import pytest

from plie_orientation.domain.authors import (
    Author,
    KindNotAllowed,
    Sight,
    StructureNotAllowed,
    orient_as,
    sight,
    structure_for,
)

VOIRON = Author("departement-38", "Maison du Département Voiron", frozenset({"DEPT"}))
EVERYWHERE = Author("departement-38", None, frozenset({"DEPT", "TRAVAILLEUR_SOCIAL"}))


def test_one_orients_only_in_a_quality_one_was_given() -> None:
    orient_as(EVERYWHERE, "TRAVAILLEUR_SOCIAL")
    with pytest.raises(KindNotAllowed) as refused:
        orient_as(VOIRON, "TRAVAILLEUR_SOCIAL")
    assert (refused.value.code, refused.value.errors[0].path) == ("prescriber.kind-not-allowed", "prescriber.kind")


def test_bound_to_a_structure_one_orients_for_that_one() -> None:
    assert structure_for(VOIRON, "Maison du Département Voiron") == "Maison du Département Voiron"
    with pytest.raises(StructureNotAllowed):
        structure_for(VOIRON, "Maison du Département Grenoble")


def test_holding_all_structures_one_names_the_structure_freely() -> None:
    assert structure_for(EVERYWHERE, "Maison du Département Grenoble") == "Maison du Département Grenoble"


def test_each_sees_its_own_structure() -> None:
    assert sight(VOIRON, "departement-38") == Sight("departement-38", "Maison du Département Voiron")


def test_the_host_holding_all_structures_sees_those_it_hosts() -> None:
    assert sight(EVERYWHERE, "departement-38") == Sight(None, None)


def test_a_hosted_organisation_sees_only_itself_even_with_all_its_structures() -> None:
    assert sight(EVERYWHERE, "metropole") == Sight("departement-38", None)
