"""Reviews of barriers, collective actions, residence, and which decision of the commission counts."""

from datetime import date

import pytest

from plie_chassis.ids import new_id
from plie_parcours.domain import actions, admissions, barriers, history, residence
from plie_parcours.domain.records import Fact

TODAY = date(2026, 6, 1)


def test_the_health_barrier_never_leaves_the_maison(life):
    told = life().opened()
    review = barriers.review(told.parcours, TODAY, {"mobilite": 2, "sante": 3}, TODAY)
    assert [barrier.code for barrier in review.event.barriers] == ["mobilite"]
    told.tells(review.event, levels=review.withheld_levels)
    assert told.parcours.reviews[-1].levels == {"mobilite": 2, "sante": 3}


def test_a_review_rates_at_least_one_barrier(life):
    with pytest.raises(barriers.ReviewIsEmpty):
        barriers.review(life().opened().parcours, TODAY, {}, TODAY)


def test_a_second_review_of_a_day_replaces_the_first(life):
    told = life().opened().reviewed("2026-05-04", mobilite=3).reviewed("2026-05-04", mobilite=1)
    assert [review.levels for review in told.parcours.reviews] == [{"mobilite": 1}]


WORKSHOP = actions.Action(new_id(), "atelier-numerique", "Atelier numérique", date(2026, 5, 12), 3.0)


def test_who_was_not_there_has_no_hours(life):
    told = life().opened()
    present = actions.attend(told.parcours, WORKSHOP, present=True, today=TODAY)
    absent = actions.attend(told.parcours, WORKSHOP, present=False, today=TODAY)
    assert (present.hours, absent.hours) == (3.0, 0.0)


def test_an_attendance_is_corrected_by_the_other_answer_only(life):
    told = life().opened()
    told.tells(actions.attend(told.parcours, WORKSHOP, present=True, today=TODAY))
    with pytest.raises(actions.AttendanceKnown):
        actions.attend(told.parcours, WORKSHOP, present=True, today=TODAY)
    assert actions.attend(told.parcours, WORKSHOP, present=False, today=TODAY).present is False


def test_moving_off_the_territory_needs_a_reason(life):
    told = life().opened()

    def move(on_territory, reason):
        return residence.move(
            told.parcours, "73065", TODAY, on_territory=on_territory, continuity_reason_code=reason, today=TODAY
        )

    with pytest.raises(residence.OffTerritory):
        move(on_territory=False, reason=None)
    assert move(on_territory=False, reason="proximite").continuity_reason_code == "proximite"
    assert move(on_territory=True, reason="proximite").continuity_reason_code is None


def test_the_highest_decision_number_counts_whatever_the_order():
    assert not admissions.counts(2, 1)
    assert not admissions.counts(2, 2)
    assert admissions.counts(2, 3)
    assert admissions.counts(None, 1)


def test_only_our_clas_admits_to_our_maison():
    assert admissions.may_decide("centre-isere.admission", "centre-isere", "centre-isere")
    assert not admissions.may_decide("metropole.admission", "centre-isere", "metropole")
    assert not admissions.may_decide("metropole.admission", "centre-isere", "centre-isere")


def test_a_parcours_begins_with_its_admission(life):
    told = life().opened()
    event = barriers.review(told.parcours, TODAY, {"mobilite": 2}, TODAY).event
    with pytest.raises(TypeError):
        history.told_by([Fact(event)])
