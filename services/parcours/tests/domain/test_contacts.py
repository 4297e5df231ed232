"""Contacts and the first interview in person."""

from datetime import date

import pytest

from plie_chassis.ids import new_id
from plie_parcours.domain import contacts
from plie_parcours.domain.contacts import ContactDraft

TODAY = date(2026, 6, 1)


def first_interviews(told):
    return [contact.occurred_on.isoformat() for contact in told.parcours.contacts.values() if contact.first_interview]


def test_the_first_honoured_contact_in_person_is_the_first_interview(life):
    told = life().opened().contact("2026-03-25").interview("2026-04-07").interview("2026-05-05")
    assert first_interviews(told) == ["2026-04-07"]


def test_a_call_in_the_welcome_stage_is_no_first_interview(life):
    event = contacts.log(life().opened().parcours, new_id(), ContactDraft(TODAY, "telephone", "honore"), TODAY)
    assert (event.stage, event.first_interview) == ("welcome", False)


@pytest.mark.parametrize("outcome", ["excuse", "absent", "annule-par-le-service"])
def test_a_meeting_that_was_not_honoured_is_no_first_interview(life, outcome):
    assert not first_interviews(life().opened().contact("2026-04-07", "presentiel", outcome))


def test_a_meeting_in_a_group_is_no_first_interview(life):
    assert not first_interviews(life().opened().contact("2026-04-07", "presentiel", format="collectif"))


def test_a_meeting_without_the_referent_is_no_first_interview(life):
    assert not first_interviews(life().opened().contact("2026-04-07", "presentiel", with_referent=False))


def test_an_earlier_interview_noted_later_becomes_the_first(life):
    told = life().opened().interview("2026-04-07").interview("2026-04-01")
    assert first_interviews(told) == ["2026-04-01"]


def test_the_contact_keeps_the_stage_of_its_day(life):
    told = life().welcomed("2026-04-07").job("2026-05-02")
    event = contacts.log(told.parcours, new_id(), ContactDraft(date(2026, 4, 20), "telephone", "honore"), TODAY)
    assert event.stage == "accompaniment"


def test_a_corrected_contact_is_the_full_new_state(life):
    told = life().opened().contact("2026-04-20")
    draft = ContactDraft(date(2026, 4, 21), "courriel", "honore", duration_minutes=15)
    event = contacts.correct(told.parcours, told.last_contact, draft, TODAY, reason_code="erreur-saisie")
    told.tells(event)
    contact = told.parcours.contacts[told.last_contact]
    assert (contact.occurred_on, contact.medium, contact.duration_minutes) == (date(2026, 4, 21), "courriel", 15)
    assert event.reason_code == "erreur-saisie"


def test_cancelling_the_first_interview_makes_the_next_one_first(life):
    told = life().opened().interview("2026-04-07")
    first = told.last_contact
    told.interview("2026-04-20").tells(contacts.cancel(told.parcours, first, reason_code="erreur-saisie"))
    for event in contacts.first_interviews_to_restate(told.parcours):
        told.tells(event)
    assert first_interviews(told) == ["2026-04-20"]


def test_the_interview_a_contract_rests_on_is_not_cancelled(life):
    told = life().welcomed("2026-04-07")
    with pytest.raises(contacts.ContractRestsOnContact):
        contacts.cancel(told.parcours, told.last_contact, reason_code="doublon")


def test_the_interview_a_contract_rests_on_does_not_become_a_call(life):
    told = life().welcomed("2026-04-07")
    draft = ContactDraft(date(2026, 4, 7), "telephone", "honore")
    with pytest.raises(contacts.ContractRestsOnContact):
        contacts.correct(told.parcours, told.last_contact, draft, TODAY, reason_code="erreur-saisie")


def test_a_cancelled_contact_is_not_corrected_any_more(life):
    told = life().opened().contact("2026-04-20")
    gone = told.last_contact
    told.tells(contacts.cancel(told.parcours, gone, reason_code="doublon"))
    with pytest.raises(contacts.ContactNotFound):
        contacts.cancel(told.parcours, gone, reason_code="doublon")
