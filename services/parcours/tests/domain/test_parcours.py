"""What a parcours forbids, and the stage that its facts give it."""

from datetime import date

import pytest

from plie_chassis.ids import new_id
from plie_parcours.domain import contacts, exits, jobs, referents
from plie_parcours.domain.parcours import (
    AdmissionRevoked,
    DateBeforeAdmission,
    DateInFuture,
    NotOpened,
    ParcoursIsEnded,
)

TODAY = date(2026, 6, 1)


def call(on: date) -> contacts.ContactDraft:
    return contacts.ContactDraft(on, "telephone", "honore")


def test_a_parcours_opens_with_its_first_referent(life):
    event = referents.assign(
        life().parcours, "referent-03", TODAY, reason_code="affectation", modality="emploi-renforce"
    )
    assert (event.name, event.referent_id, event.opened_on) == ("ParcoursOpened", "referent-03", TODAY)


def test_a_second_referent_takes_over_with_a_reason(life):
    event = referents.assign(
        life().opened().parcours, "referent-07", TODAY, reason_code="depart", modality="emploi-renforce"
    )
    assert (event.name, event.from_, event.to, event.reason_code) == (
        "ReferentChanged",
        "referent-03",
        "referent-07",
        "depart",
    )


def test_the_same_referent_is_not_assigned_twice(life):
    with pytest.raises(referents.ReferentUnchanged):
        referents.assign(life().opened().parcours, "referent-03", TODAY, reason_code="autre", modality="autre")


def test_nothing_is_noted_before_a_referent_is_assigned(life):
    with pytest.raises(NotOpened):
        contacts.log(life().parcours, new_id(), call(TODAY), TODAY)


def test_nothing_is_noted_in_the_future(life):
    with pytest.raises(DateInFuture) as refused:
        contacts.log(life().opened().parcours, new_id(), call(date(2026, 6, 2)), TODAY)
    assert [error.path for error in refused.value.errors] == ["occurred_on"]


def test_no_job_starts_before_the_admission(life):
    with pytest.raises(DateBeforeAdmission):
        jobs.start(life("2026-03-19").opened().parcours, new_id(), jobs.JobDraft(date(2026, 3, 18), "cdi"), TODAY)


def test_the_day_of_the_admission_counts(life):
    assert jobs.start(life("2026-03-19").opened().parcours, new_id(), jobs.JobDraft(date(2026, 3, 19), "cdi"), TODAY)


def test_nothing_is_noted_after_the_exit(life):
    ended = life().opened()
    ended.tells(exits.end(ended.parcours, TODAY, "sans-suite", "abandon", TODAY))
    for refused in (
        lambda: contacts.log(ended.parcours, new_id(), call(TODAY), TODAY),
        lambda: jobs.start(ended.parcours, new_id(), jobs.JobDraft(TODAY, "cdi"), TODAY),
        lambda: exits.end(ended.parcours, TODAY, "sans-suite", "abandon", TODAY),
        lambda: referents.assign(ended.parcours, "referent-07", TODAY, reason_code="autre", modality="autre"),
    ):
        with pytest.raises(ParcoursIsEnded):
            refused()


def test_once_the_commission_took_its_admission_back_only_the_exit_remains(life):
    revoked = life().opened().revoked("2026-05-04")
    with pytest.raises(AdmissionRevoked):
        contacts.log(revoked.parcours, new_id(), call(TODAY), TODAY)
    assert exits.end(revoked.parcours, TODAY, "sans-suite", "reorientation", TODAY)


def test_an_admission_taken_back_before_anybody_opened_it_closes_by_itself(life):
    assert life().revoked("2026-05-04").parcours.stage == "ended"


def test_a_new_admission_after_a_rectified_one_stands(life):
    again = life().revoked("2026-05-04")
    again.tells(again.admission.model_copy(update={"decision_number": 3}))
    assert again.parcours.stage == "welcome"


def test_the_welcome_ends_when_the_contract_is_signed(life):
    assert life().opened().interview("2026-04-07").parcours.stage == "welcome"
    assert life().welcomed("2026-04-07").parcours.stage == "accompaniment"


@pytest.mark.parametrize(
    ("kind", "siae_kind", "stage"),
    [
        ("qualifiant", None, "training"),
        ("pre-qualifiant", None, "training"),
        ("siae", "ACI", "siae"),
        ("geiq", None, "siae"),
        ("remobilisation", None, "accompaniment"),
    ],
)
def test_a_step_under_way_gives_the_stage(life, kind, siae_kind, stage):
    under_way = life().welcomed("2026-04-07").step("2026-04-20", kind, siae_kind=siae_kind)
    assert under_way.parcours.stage == stage
    assert under_way.step_ended("2026-05-20").parcours.stage == "accompaniment"


def test_a_job_comes_before_a_training_and_its_end_gives_way(life):
    working = life().welcomed("2026-04-07").step("2026-04-20", "qualifiant").job("2026-05-02", "interim")
    assert working.parcours.stage == "job"
    assert working.job_ended("2026-05-15").parcours.stage == "training"


def test_the_stage_of_a_past_day_is_what_ran_then(life):
    told = life().welcomed("2026-04-07").job("2026-05-02", "interim", until="2026-05-15")
    stages = [told.parcours.stage_on(date(2026, 5, n)) for n in (1, 2, 15, 16)]
    assert stages == ["accompaniment", "job", "job", "accompaniment"]
