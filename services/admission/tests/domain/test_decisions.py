from datetime import date, timedelta

import pytest

from plie_admission.domain import decisions, outcomes
from plie_admission.domain.criteria import Residence
from plie_admission.domain.decisions import (
    CodeUnknown,
    DecisionSuperseded,
    DeferralDayMissing,
    DeferralDayPast,
    Draft,
    FieldNotForDecision,
    Kind,
    MaisonMissing,
    MaisonNotOurs,
    NothingToRectify,
    OverrideReasonMissing,
    Place,
    PlusValueMissing,
    ReasonMissing,
    ReasonOnlyToDefer,
    RectificationReasonMissing,
)
from plie_admission.domain.files import FileWithdrawn, NotOnAgenda, Status
from plie_admission.domain.sessions import SessionClosed, SessionStillOpen
from plie_chassis.problems import Invalid
from plie_contracts.events import AdmissionDeferred, AdmissionRefused, AdmissionValidated

from .givens import (
    OTHER_SESSION,
    PARTICIPANT,
    SESSION,
    TODAY,
    admission,
    assessment,
    deferral,
    file,
    ground,
    refusal,
    session,
)

OFF_TERRITORY = assessment(Residence(None, None, served=False))
CLOSED = session(closed_on=TODAY)
ADMITTED = file(status=Status.ADMITTED, session_id=None, decisions=1, decided_in=SESSION)
PLACE = Place(PARTICIPANT, 1)


@pytest.mark.parametrize("stated", [admission(), deferral(), refusal(), refusal(reorientation="ml")])
def test_a_complete_decision_is_taken_as_a_draft(stated: Draft):
    assert decisions.draft(file(), session(), stated, ground()) == stated


@pytest.mark.parametrize(
    ("stated", "broken", "path"),
    [
        (admission(maison=None), MaisonMissing, "maison"),
        (admission(maison="mde-grenoble-nord"), MaisonNotOurs, "maison"),
        (admission(plus_value_code=None), PlusValueMissing, "plus_value_code"),
        (admission(plus_value_code="beaucoup"), CodeUnknown, "plus_value_code"),
        (deferral(reason_code=None), ReasonMissing, "reason_code"),
        (deferral(defer_until=None), DeferralDayMissing, "defer_until"),
        (deferral(defer_until=TODAY), DeferralDayPast, "defer_until"),
        (deferral(defer_until=TODAY - timedelta(days=1)), DeferralDayPast, "defer_until"),
        (refusal(reason_code=None), ReasonMissing, "reason_code"),
        (refusal(reason_code="dossier-incomplet"), ReasonOnlyToDefer, "reason_code"),
        (refusal(reorientation="ailleurs"), CodeUnknown, "reorientation"),
        (refusal(maison="centre-isere"), FieldNotForDecision, "maison"),
        (admission(reason_code="autre"), FieldNotForDecision, "reason_code"),
        (deferral(same_person_as=PARTICIPANT), FieldNotForDecision, "same_person_as"),
    ],
)
def test_a_decision_that_breaks_a_rule_is_refused_with_its_field(stated: Draft, broken: type[Invalid], path: str):
    with pytest.raises(broken) as refused:
        decisions.draft(file(), session(), stated, ground())
    assert [error.path for error in refused.value.errors] == [path]


def test_every_field_in_error_is_marked_at_once():
    with pytest.raises(MaisonMissing) as refused:
        decisions.draft(file(), session(), Draft(Kind.ADMIT), ground())
    assert {error.path for error in refused.value.errors} == {"maison", "plus_value_code"}


def test_a_deferral_comes_back_after_the_session_it_is_decided_in():
    planned = ground(held_on=date(2026, 4, 9))
    with pytest.raises(DeferralDayPast):
        decisions.draft(file(), session(held_on=date(2026, 4, 9)), deferral(defer_until=date(2026, 4, 1)), planned)


def test_admission_against_a_criterion_says_why():
    against = ground(OFF_TERRITORY)
    with pytest.raises(OverrideReasonMissing, match="territoire"):
        decisions.draft(file(), session(), admission(), against)
    decisions.draft(file(), session(), admission(override_reason="déménage à Voiron en avril"), against)


def test_an_unknown_criterion_needs_no_override():
    decisions.draft(file(), session(), admission(), ground(assessment(adhesion_on=None)))


def test_a_person_who_refuses_in_session_is_only_admitted_with_a_reason():
    with pytest.raises(OverrideReasonMissing, match="adhésion"):
        decisions.draft(file(), session(), admission(adhesion_confirmed=False), ground())


def test_a_refusal_needs_no_criterion():
    decisions.draft(file(), session(), refusal(reason_code="hors-territoire"), ground(OFF_TERRITORY))


def test_a_withdrawn_file_is_not_decided():
    with pytest.raises(FileWithdrawn):
        decisions.draft(file(status=Status.WITHDRAWN, session_id=None), session(), admission(), ground())


def test_a_file_of_another_agenda_is_not_decided_here():
    with pytest.raises(NotOnAgenda):
        decisions.draft(file(session_id=OTHER_SESSION), session(), admission(), ground())


def test_a_closed_session_decides_no_more():
    with pytest.raises(SessionClosed):
        decisions.draft(ADMITTED, CLOSED, refusal(), ground())


def test_a_rectification_has_its_reason():
    decisions.rectify(ADMITTED, CLOSED, refusal(), ground())
    decisions.rectify(ADMITTED, CLOSED, admission(override_reason="erreur de Maison"), ground())
    decisions.rectify(ADMITTED, CLOSED, admission(reason_code="autre"), ground())
    with pytest.raises(RectificationReasonMissing):
        decisions.rectify(ADMITTED, CLOSED, admission(), ground())


def test_an_open_session_has_nothing_to_rectify():
    with pytest.raises(SessionStillOpen):
        decisions.rectify(file(), session(), refusal(), ground())


def test_an_undecided_file_has_nothing_to_rectify():
    with pytest.raises(NothingToRectify):
        decisions.rectify(file(session_id=None), CLOSED, refusal(), ground())


@pytest.mark.parametrize(
    "since",
    [
        file(status=Status.ADMITTED, session_id=None, decisions=2, decided_in=OTHER_SESSION),
        file(status=Status.IN_COMMISSION, session_id=OTHER_SESSION, decisions=1, decided_in=SESSION),
    ],
)
def test_only_the_last_decision_is_rectified(since):
    with pytest.raises(DecisionSuperseded):
        decisions.rectify(since, CLOSED, refusal(), ground())


def test_an_admission_is_published_with_its_criteria_and_the_person():
    published = decisions.publish(admission(), file(), session(), ground(), place=PLACE)
    assert isinstance(published, AdmissionValidated)
    assert (published.decision_number, published.decided_on, published.clas) == (1, TODAY, "centre-isere")
    assert (published.participant_id, published.parcours_no, published.maison) == (PARTICIPANT, 1, "centre-isere")
    assert set(published.criteria.model_dump().values()) == {"met"}
    assert published.overridden is False
    assert published.rectifies is None


def test_an_admission_against_a_criterion_is_published_as_overridden():
    stated = admission(override_reason="continuité")
    published = decisions.publish(stated, file(), session(), ground(OFF_TERRITORY), place=PLACE)
    assert isinstance(published, AdmissionValidated)
    assert published.overridden is True
    assert published.criteria.territory == "not-met"


def test_what_the_person_told_the_session_is_published():
    asked = ground(assessment(adhesion_on=None))
    published = decisions.publish(admission(adhesion_confirmed=True), file(), session(), asked, place=PLACE)
    assert isinstance(published, AdmissionValidated)
    assert published.criteria.adhesion == "met"


def test_decisions_of_a_file_are_numbered_on():
    published = decisions.publish(deferral(), file(decisions=2), session(), ground(), place=None)
    assert isinstance(published, AdmissionDeferred)
    assert (published.decision_number, published.defer_until) == (3, date(2026, 4, 9))


def test_a_rectification_bears_its_own_day():
    later = ground(today=TODAY + timedelta(days=5))
    published = decisions.publish(refusal(), ADMITTED, CLOSED, later, place=None, rectifies=True)
    assert isinstance(published, AdmissionRefused)
    assert (published.decision_number, published.rectifies) == (2, True)
    assert published.decided_on == TODAY + timedelta(days=5)


def test_the_prescriber_is_told_the_status_and_the_reason():
    published = decisions.publish(refusal(reorientation="ml"), file(), session(), ground(), place=None)
    told = outcomes.decided(published, session(), "RSA-2026-000123", "ml")
    assert (told.status, told.reason_code, told.reorientation) == ("refused", "deja-accompagne", "ml")
    assert (told.on, told.session_on, told.external_reference) == (TODAY, TODAY, "RSA-2026-000123")


def test_the_prescriber_of_an_admitted_person_is_told_no_reason():
    told = outcomes.decided(decisions.publish(admission(), file(), session(), ground(), place=PLACE), session(), None)
    assert (told.status, told.reason_code) == ("admitted", None)
