"""Changes of Maison: which one comes next, what takes one back, and who accompanies meanwhile."""

from dataclasses import replace
from datetime import date

import pytest

from plie_parcours.domain import exits, handovers, moves, referents
from plie_parcours.domain.deadlines import Policy, deadlines
from plie_parcours.domain.parcours import HandedOver, under_way
from plie_parcours.domain.records import Assignment, Elsewhere, Move
from plie_parcours.domain.referents import NotYetHere

DAY = date(2026, 7, 1)
TO_SUD, FROM_SUD = Move("sud", DAY, leaves=True), Move("sud", DAY, leaves=False)
LATER = date(2026, 7, 15)
AT_SUD = Elsewhere("sud", LATER, handed_over=False, admitted=True)


def decided(parcours, move, *, ahead=True):
    return moves.decided(parcours, move, ahead=ahead)


def test_until_its_day_a_change_leaves_the_parcours_as_it_is(life):
    told = life().welcomed("2026-04-07").parcours
    leaving = decided(told, TO_SUD)
    assert leaving.leaving == TO_SUD
    assert replace(leaving, moves=()) == told
    assert under_way(leaving) == "referent-03"


def test_what_is_handed_over_is_closed_and_its_referent_accompanies_no_more(life):
    told = moves.handed_over(decided(life().opened().parcours, TO_SUD), "sud", DAY)
    assert told.elsewhere == Elsewhere("sud", DAY, handed_over=True)
    assert told.referents == (Assignment("referent-03", date(2026, 3, 19), DAY),)
    assert (told.stage, told.moves) == ("ended", ())
    with pytest.raises(HandedOver):
        under_way(told)


def test_who_arrives_has_no_referent_and_owes_nothing_before_the_file_is_here(life):
    arriving = decided(life().parcours, FROM_SUD)
    assert arriving.referent_id is None
    assert deadlines(arriving, Policy()) == []
    assert deadlines(moves.taken_over(arriving), Policy())


def test_a_referent_is_assigned_from_the_day_of_the_arrival(life):
    arriving = decided(life().parcours, FROM_SUD)
    referents.has_arrived(arriving, DAY)
    with pytest.raises(NotYetHere):
        referents.has_arrived(arriving, date(2026, 6, 30))


def test_a_change_taken_back_before_its_day_leaves_the_person_where_they_are(life):
    told = life().opened().parcours
    assert decided(decided(told, TO_SUD), FROM_SUD) == told


def test_who_was_to_come_and_stays_is_not_here(life):
    told = decided(decided(life().parcours, FROM_SUD), TO_SUD)
    assert (told.moves, told.elsewhere) == ((), Elsewhere("sud", DAY, handed_over=False))
    with pytest.raises(HandedOver):
        under_way(told)


@pytest.mark.parametrize("back", [replace(FROM_SUD, on=LATER), replace(FROM_SUD, maison="ouest")])
def test_another_day_or_another_maison_takes_nothing_back(life, back):
    assert decided(decided(life().opened().parcours, TO_SUD), back).moves == (TO_SUD, back)


def test_a_return_decided_on_the_day_itself_comes_after_the_departure(life):
    told = decided(decided(life().opened().parcours, TO_SUD), FROM_SUD, ahead=False)
    assert told.leaving == TO_SUD
    away = moves.handed_over(told, "sud", DAY)
    assert (away.arriving, away.elsewhere, away.referent_id) == (FROM_SUD, None, None)


def test_what_a_maison_has_not_received_it_does_not_hand_over(life):
    told = decided(decided(life().parcours, FROM_SUD), Move("ouest", DAY, leaves=True))
    assert told.leaving is None
    assert moves.taken_over(told).leaving == Move("ouest", DAY, leaves=True)


def test_who_comes_back_is_here_again_and_gets_a_referent_anew(life):
    away = moves.handed_over(decided(life().opened().parcours, TO_SUD), "sud", DAY)
    back = decided(away, replace(FROM_SUD, on=LATER))
    assert (back.elsewhere, back.referent_id) == (None, None)


def admitted_again(parcours, elsewhere=None, on=LATER):
    return moves.admitted_again(parcours, elsewhere, on)


def test_who_left_or_is_to_leave_for_the_maison_that_a_repeated_admission_names_is_not_taken_back(life):
    leaving = decided(life().opened().parcours, TO_SUD)
    away = moves.handed_over(leaving, "sud", DAY)
    assert [admitted_again(told, "sud") for told in (leaving, away)] == [leaving, away]
    assert admitted_again(leaving, on=date(2026, 6, 15)) == leaving


def test_who_comes_back_was_not_taken_back_by_an_admission_repeated_meanwhile(life):
    away = admitted_again(moves.handed_over(decided(life().opened().parcours, TO_SUD), "sud", DAY), "sud", DAY)
    back = moves.taken_over(decided(away, replace(FROM_SUD, on=LATER)))
    assert (back.revoked_on, back.is_closed, back.admitted_on) == (None, False, date(2026, 3, 19))


def test_an_admission_repeated_before_the_arrival_leaves_who_is_to_come_whenever_it_is_read(life):
    arriving = decided(life().parcours, FROM_SUD)
    arrived = moves.taken_over(arriving)
    before = date(2026, 6, 15)
    assert [admitted_again(told, "sud", before) for told in (arriving, arrived)] == [arriving, arrived]
    assert admitted_again(arrived, "sud", LATER).elsewhere == AT_SUD


def test_an_admission_to_another_maison_that_no_change_explains_leaves_the_parcours_to_that_one(life):
    told = admitted_again(life().opened().parcours, "sud")
    assert (told.elsewhere, deadlines(told, Policy())) == (AT_SUD, [])
    with pytest.raises(HandedOver):
        exits.end(told, LATER, "sans-suite", "autre", LATER)
    to_leave = decided(life().opened().parcours, TO_SUD)
    assert admitted_again(to_leave, "ouest").elsewhere == replace(AT_SUD, maison="ouest")


def test_the_maison_that_a_rectified_admission_names_is_the_last_one_and_since_when_it_did(life):
    told = admitted_again(life().opened().parcours, "sud")
    assert admitted_again(told, "sud", date(2026, 8, 1)) == told
    assert admitted_again(told, "ouest").elsewhere == replace(AT_SUD, maison="ouest")


@pytest.mark.parametrize("taken_back", [False, True])
def test_who_is_admitted_here_after_another_maison_is_here_again_from_that_day(life, taken_back):
    told = life().opened()
    if taken_back:
        told.revoked("2026-04-01")
    again = admitted_again(admitted_again(told.parcours, "sud"), on=date(2026, 8, 1))
    assert (again.elsewhere, again.revoked_on, again.admitted_on) == (None, None, date(2026, 8, 1))
    assert under_way(again) == "referent-03"


def test_who_was_admitted_elsewhere_comes_with_the_file_of_that_maison_whenever_it_is_read(life):
    away = admitted_again(life().opened().parcours, "sud")
    assert (handovers.goes_back(away, "sud"), handovers.came_early(away)) == (False, True)
    assert handovers.expects(decided(away, replace(FROM_SUD, on=LATER)), "sud")


def test_who_was_to_come_and_is_then_admitted_here_is_here(life):
    told = admitted_again(decided(decided(life().parcours, FROM_SUD), TO_SUD))
    assert (told.elsewhere, told.is_closed) == (None, False)
