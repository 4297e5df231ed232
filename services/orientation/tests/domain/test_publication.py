from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from plie_contracts.events import IdentityProvided, OrientationReceived, OrientationSubmitted
from plie_orientation.domain import publication
from plie_orientation.domain.addressing import Address

Draft = Callable[..., OrientationSubmitted]

ID = UUID("01995b6e-7c00-7a31-9f55-0a1b2c3d4e01")
AT = datetime(2026, 3, 2, 8, 14, 5, tzinfo=UTC)


def fact(
    draft: OrientationSubmitted, at: datetime = AT, *, by_continuity: bool = False, structure_known: bool = True
) -> OrientationReceived:
    address = Address("centre-isere", by_continuity=by_continuity)
    return publication.fact(ID, draft, address, at, structure_known=structure_known)


def identity(draft: OrientationSubmitted) -> IdentityProvided:
    return publication.identity(ID, draft, "departement-38", date(2026, 3, 2))


def test_facts_name_nobody(draft: Draft) -> None:
    told = fact(draft(person__address="3 impasse Exemple", person__email="noemie@example.org")).model_dump_json()
    for secret in (
        "Bérard",
        "Noémie",
        "1983",
        "+33",
        "impasse",
        "@",
        "temps partiel",
        "prefer-not-to-say",
        "Conseillère",
    ):
        assert secret not in told


def test_facts_hold_the_age_and_the_months_without_employment_of_the_day(draft: Draft) -> None:
    told = fact(draft())
    assert (told.person.age, told.situation.unemployed_months) == (42, 22)


def test_the_age_is_that_of_the_day_in_paris(draft: Draft) -> None:
    late_evening = datetime(2026, 5, 3, 22, 30, tzinfo=UTC)  # 4 May in Paris: the birthday
    told = fact(draft(), late_evening)
    assert (told.person.age, told.situation.unemployed_months) == (43, 24)


def test_health_is_told_to_the_commission_and_not_in_facts(draft: Draft) -> None:
    assert fact(draft()).barriers == ("mobilite", "numerique")
    snapshot = identity(draft())
    assert snapshot.sensitive_barriers == ("sante",)
    assert snapshot.file is not None
    assert snapshot.file.barriers == ("mobilite", "numerique")


def test_disability_is_told_to_the_commission_only(draft: Draft) -> None:
    assert identity(draft(situation__disability="yes")).disability == "yes"
    assert "disability" not in fact(draft(situation__disability="yes")).model_dump_json()


@pytest.mark.parametrize("kind", ["CAP_EMPLOI", "CIDFF", "SPIP", "PJJ", "CHRS", "AUTRE"])
def test_a_prescriber_that_reveals_something_is_another_one_in_facts_as_any_other_is(draft: Draft, kind: str) -> None:
    revealing = draft(prescriber__kind=kind)
    assert fact(revealing).prescriber.model_dump() == {"kind": "AUTRE", "structure_code": None}
    snapshot = identity(revealing)
    assert snapshot.file is not None
    assert snapshot.file.prescriber.kind == kind


def test_a_structure_that_the_platform_does_not_know_is_not_in_facts(draft: Draft) -> None:
    typed = draft(prescriber__structure="Cabinet Marie Durand, assistante sociale")
    assert fact(typed, structure_known=False).prescriber.model_dump() == {"kind": "DEPT", "structure_code": None}


def test_a_structure_is_a_code_in_facts(draft: Draft) -> None:
    assert fact(draft()).prescriber.structure_code == "maison-du-departement-voiron"
    assert publication.structure_code("  L’Œuvre (Vinay) ") == "l-oeuvre-vinay"
    assert publication.structure_code("…") is None
    assert len(publication.structure_code("é" * 200) or "") == 64


def test_the_continuity_is_a_yes_in_facts_and_a_reason_for_the_commission(draft: Draft) -> None:
    moved = draft(continuity={"clas": "centre-isere", "reason": "suivie depuis un an"})
    told = fact(moved, by_continuity=True)
    assert told.continuity is True
    assert "suivie" not in told.model_dump_json()
    snapshot = identity(moved)
    assert snapshot.file is not None
    assert snapshot.file.continuity_reason == "suivie depuis un an"


def test_the_commission_receives_the_whole_file(draft: Draft) -> None:
    snapshot = identity(draft())
    assert (snapshot.last_name, snapshot.first_name, snapshot.birth_date) == ("Bérard", "Noémie", date(1983, 5, 4))
    assert snapshot.motivation == "Souhaite reprendre une activité à temps partiel."
    file = snapshot.file
    assert file is not None
    assert (file.external_reference, file.received_on, file.adhesion_on) == (
        "RSA-2026-000123",
        date(2026, 3, 2),
        date(2026, 3, 1),
    )
    assert file.situation.unemployed_since == date(2024, 5, 1)
    assert file.prescriber.organisation == "departement-38"


def test_an_adhesion_that_was_not_given_has_no_date(draft: Draft) -> None:
    snapshot = identity(draft(adhesion={"given": False, "on": "2026-03-01"}))
    assert snapshot.file is not None
    assert snapshot.file.adhesion_on is None
