from datetime import date

from plie_admission.domain.completeness import missing
from plie_admission.domain.orientations import known, snapshot_for_the_maison
from plie_contracts.records import encode

from .givens import ORIENTATION, PARTICIPANT, TODAY, facts, orientation, snapshot


def test_facts_alone_already_make_a_file():
    there = known(ORIENTATION, facts(), None)
    assert there.facts_known
    assert there.identity is None
    assert there.unemployed_months == 22
    assert there.age(TODAY) == 42


def test_an_identity_alone_already_makes_a_file():
    there = known(ORIENTATION, None, snapshot())
    assert not there.facts_known
    assert there.identity is not None
    assert there.identity.full_name == "Noémie Bérard"
    assert there.employment == "unemployed"
    assert there.adhesion is True


def test_the_file_is_the_same_whichever_half_comes_first():
    assert known(ORIENTATION, facts(), snapshot()).structure == "Maison du Département Voiron"
    assert known(ORIENTATION, facts(), snapshot()).barriers == ("mobilite", "numerique", "sante")


def test_the_prescriber_kind_of_the_snapshot_is_the_fuller_one():
    sensitive = snapshot()
    assert sensitive.file is not None
    prescriber = sensitive.file.prescriber.model_copy(update={"kind": "CAP_EMPLOI"})
    there = known(ORIENTATION, facts(), snapshot(file=sensitive.file.model_copy(update={"prescriber": prescriber})))
    assert there.prescriber_kind == "CAP_EMPLOI"


def test_an_agreement_refused_in_the_facts_is_not_turned_by_a_date():
    assert known(ORIENTATION, facts(adhesion=False), snapshot()).adhesion is False


def test_a_birthday_counts_from_its_day():
    there = known(ORIENTATION, None, snapshot())
    assert there.age(date(2026, 5, 3)) == 42
    assert there.age(date(2026, 5, 4)) == 43


def test_the_maison_gets_the_whole_file_under_the_participant():
    handed = snapshot_for_the_maison(PARTICIPANT, snapshot(), facts(), "departement-38")
    assert (handed.subject_kind, handed.subject_id) == ("participant", PARTICIPANT)
    assert handed.file == snapshot().file


def test_the_maison_gets_a_file_even_when_the_prescriber_sent_none():
    handed = snapshot_for_the_maison(PARTICIPANT, snapshot(file=None), facts(), "departement-38")
    assert handed.file is not None
    assert handed.file.orientation_id == ORIENTATION
    assert handed.file.prescriber.organisation == "departement-38"


def test_codes_of_a_newer_prescriber_do_not_stop_the_handover():
    newer = snapshot(sensitive_barriers=("sante", "addiction"))
    assert newer.file is not None
    prescriber = newer.file.prescriber.model_copy(update={"kind": "GUICHET_UNIQUE"})
    file = newer.file.model_copy(update={"prescriber": prescriber, "barriers": ("mobilite", "garde-animaux")})
    handed = snapshot_for_the_maison(PARTICIPANT, newer.model_copy(update={"file": file}), None, "departement-38")
    assert handed.file is not None
    assert (handed.file.barriers, handed.sensitive_barriers) == (("mobilite",), ("sante",))
    assert handed.file.prescriber.kind == "AUTRE"
    encode(handed)


def test_a_full_file_lacks_nothing():
    assert missing(orientation()) == ()


def test_what_a_file_lacks_is_named():
    lacking = missing(known(ORIENTATION, facts(), None))
    assert [one.code for one in lacking] == ["identity", "adhesion"]
    lacking = missing(known(ORIENTATION, None, snapshot(phone=None, motivation=None)))
    assert [one.code for one in lacking] == ["facts", "contact", "motivation"]


def test_a_person_who_did_not_agree_is_not_asked_for_the_date():
    assert missing(orientation(adhesion=False, adhesion_on=None)) == ()
