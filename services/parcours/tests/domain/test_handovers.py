"""The working file: all that the next Maison needs, taken over without losing or telling anything twice."""

from datetime import date

import pytest

from plie_chassis.ids import new_id
from plie_contracts.events import ActionAttended, ContactCorrected, ContactLogged, ResidenceChanged
from plie_contracts.records import encode
from plie_parcours.domain import exits, handovers, history, moves, referents
from plie_parcours.domain.handovers import NoHandoverPlanned
from plie_parcours.domain.parcours import HandedOver
from plie_parcours.domain.records import Assignment, Fact, Move, Note

DAY = date(2027, 3, 1)
TO_SUD, FROM_NORD = Move("sud", DAY, leaves=True), Move("nord", DAY, leaves=False)
NAMES = {"referent-03": "Denis Royer"}


@pytest.fixture
def lived(life):
    """Of everything one, and what stays in a Maison."""
    told = life("2026-03-19").welcomed("2026-04-07").contact("2026-05-04")
    told.contact("2026-06-01", "courriel", "absent")
    told.step("2026-05-04", "qualifiant", "2026-09-30").step_ended("2026-09-30").qualified("2026-09-30")
    told.step("2026-06-01", "siae", siae_kind="ACI")
    told.job("2026-07-01", "interim", until="2026-08-31").job("2026-10-01", "cdi", weekly_hours=28.0)
    told.attested(3, "2027-01-04").reviewed("2026-04-08", mobilite=2, sante=3)
    subject = told.parcours.subject
    told.tells(
        ActionAttended(
            **subject,
            action_id=new_id(),
            action_kind="atelier-numerique",
            held_on=date(2026, 5, 5),
            hours=3.5,
            present=True,
        )
    )
    return told.tells(ResidenceChanged(**subject, commune_insee="38563", changed_on=date(2026, 9, 1)))


def handed(parcours, *written):
    return handovers.working_file(parcours, NAMES, written, DAY)


def arrived(life, file):
    """The same person in the other Maison, with the file of this one."""
    start = moves.decided(life.of(file).parcours, FROM_NORD, ahead=True)
    facts = handovers.facts_to_keep(start, file, "nord")
    parcours = start
    for fact in [*facts, Fact(file, {handovers.TOLD_BY: "nord"})]:
        parcours = history.after(parcours, fact)
    return parcours, facts


THINGS = ("contacts", "contracts", "steps", "jobs", "follow_ups", "attendances", "reviews", "residence", "exit")


def test_the_next_maison_knows_all_that_the_one_before_knew(life, lived):
    parcours, _ = arrived(life, handed(lived.parcours))
    for thing in THINGS:
        assert getattr(parcours, thing) == getattr(lived.parcours, thing), thing
    assert (parcours.number, parcours.opened_on, parcours.modality) == (1, date(2026, 3, 19), "emploi-renforce")


def test_months_go_on_where_they_were(life, lived):
    parcours, _ = arrived(life, handed(lived.parcours))
    assert exits.positive_exit(parcours, DAY) == exits.positive_exit(lived.parcours, DAY)
    assert parcours.stage == lived.parcours.stage == "job"


def test_the_file_may_be_sent_and_says_what_the_streams_of_facts_never_say(lived):
    value = encode(handed(lived.parcours)).decode()
    assert '"sante"' in value


def test_a_note_of_a_contact_stays_and_what_is_written_for_the_next_maison_goes(life, lived):
    contact = next(iter(lived.parcours.contacts.values()))
    lived.tells(ContactLogged(**lived.parcours.subject, **_stated(contact)), note="Entre nous")
    parcours, _ = arrived(life, handed(lived.parcours, Note(DAY, "Rappeler le bailleur")))
    assert {each.note for each in parcours.contacts.values()} == {None}
    assert parcours.notes == (Note(DAY, "Rappeler le bailleur"),)


def _stated(contact):
    names = set(ContactLogged.model_fields) - {"participant_id", "parcours_no"}
    return {name: getattr(contact, name) for name in names}


def test_each_fact_says_which_maison_told_it_and_health_stays_beside(life, lived):
    _, facts = arrived(life, handed(lived.parcours))
    assert {fact.withheld[handovers.TOLD_BY] for fact in facts} == {"nord"}
    (review,) = [fact for fact in facts if fact.event.name == "BarriersReviewed"]
    assert [barrier.code for barrier in review.event.barriers] == ["mobilite"]
    assert review.withheld["levels"] == {"sante": 3}


def test_the_referents_before_keep_their_names_and_their_days(life, lived):
    parcours, _ = arrived(life, handed(lived.parcours))
    assert parcours.referents == (Assignment("referent-03", date(2026, 3, 19), DAY, "Denis Royer"),)
    assert parcours.referent_id is None


def test_the_first_referent_of_the_next_maison_opens_nothing_again(life, lived):
    parcours, _ = arrived(life, handed(lived.parcours))
    told = referents.assign(parcours, "referent-03", DAY, reason_code="charge", modality="emploi-renforce")
    assert (told.name, told.from_, told.to, told.reason_code) == (
        "ReferentChanged",
        None,
        "referent-03",
        "affectation",
    )


def test_a_parcours_that_nobody_opened_is_opened_by_the_next_maison(life):
    parcours, facts = arrived(life, handed(life().parcours))
    assert facts == []
    told = referents.assign(parcours, "referent-03", DAY, reason_code="charge", modality="emploi-renforce")
    assert told.name == "ParcoursOpened"


def test_an_exit_noted_before_the_handover_goes_with_the_file(life):
    told = life().welcomed("2026-04-07")
    told.tells(exits.end(told.parcours, date(2026, 6, 1), "sans-suite", "sante", DAY), reason_code="sante")
    parcours, facts = arrived(life, handed(told.parcours))
    assert (parcours.exit.reason_code, parcours.is_closed) == ("sante", True)
    assert facts[-1].event.reason_code == "autre"


def test_a_file_that_tells_nothing_new_adds_no_fact(life, lived):
    away = moves.handed_over(moves.decided(lived.parcours, TO_SUD, ahead=True), "sud", DAY)
    assert handovers.facts_to_keep(away, handed(lived.parcours), "sud") == []


def test_who_comes_back_brings_what_the_other_maison_noted_and_finds_what_was_kept(life):
    told = life().welcomed("2026-04-07").contact("2026-05-04")
    contact = told.parcours.contacts[told.last_contact]
    told.tells(ContactLogged(**told.parcours.subject, **_stated(contact)), note="Entre nous")
    elsewhere, _ = arrived(life, handed(told.parcours))
    corrected = {**_stated(contact), "duration_minutes": 45}
    elsewhere = history.after(
        elsewhere, Fact(ContactCorrected(**elsewhere.subject, **corrected, reason_code="erreur-saisie"))
    )
    (back,) = handovers.facts_to_keep(told.parcours, handed(elsewhere), "sud")
    assert (back.event.duration_minutes, back.withheld["note"]) == (45, "Entre nous")


def test_a_file_is_handed_over_on_its_day_or_later(life):
    leaving = moves.decided(life().opened().parcours, TO_SUD, ahead=True)
    assert [handovers.is_due(leaving, on) for on in (date(2027, 2, 28), DAY, date(2027, 3, 2))] == [False, True, True]
    assert not handovers.is_due(life().parcours, DAY)


def test_one_writes_to_the_next_maison_only_while_a_change_is_to_come(life):
    told = life().opened().parcours
    with pytest.raises(NoHandoverPlanned):
        handovers.leaves(told)
    leaving = moves.decided(told, TO_SUD, ahead=True)
    handovers.leaves(leaving)
    with pytest.raises(HandedOver):
        handovers.leaves(moves.handed_over(leaving, "sud", DAY))


def test_a_file_waits_for_the_decision_of_the_clas_and_is_taken_once(life):
    told = life().parcours
    arriving = moves.decided(told, FROM_NORD, ahead=True)
    assert handovers.expects(arriving, "nord")
    assert not handovers.expects(arriving, "ouest")
    assert not handovers.expects(moves.taken_over(arriving), "nord")
    assert handovers.came_early(None)
    assert not handovers.came_early(moves.taken_over(arriving))
