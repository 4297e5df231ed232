from datetime import date, timedelta

import pytest

from plie_admission.domain import sessions
from plie_admission.domain.sessions import Member, MemberTwice, NoQuorum, NothingDecided, Quorum, SessionClosed

from .givens import TODAY, members, session


def test_three_members_of_two_organisations_reach_the_quorum():
    sessions.reaches_its_quorum(session(), Quorum())


@pytest.mark.parametrize(("present", "organisations"), [(2, 2), (3, 1), (0, 1)])
def test_fewer_members_or_one_organisation_do_not_reach_the_quorum(present: int, organisations: int):
    with pytest.raises(NoQuorum):
        sessions.reaches_its_quorum(session(members=members(present=present, organisations=organisations)), Quorum())


def test_an_absent_member_does_not_count():
    absent = Member("Pôle emploi", "Paul Roux", present=False)
    with pytest.raises(NoQuorum, match="2 membres présents"):
        sessions.reaches_its_quorum(session(members=(*members(present=2), absent)), Quorum())


def test_the_same_organisation_written_with_other_accents_counts_once():
    written = [
        Member(name, f"Membre {rank}", True) for rank, name in enumerate(("Département", "DEPARTEMENT", "departement"))
    ]
    assert session(members=tuple(written)).attendance.organisations == 1


def test_a_settings_quorum_of_five_is_obeyed():
    with pytest.raises(NoQuorum, match="5 membres présents d’au moins 3 organisations"):
        sessions.reaches_its_quorum(session(), Quorum(members=5, organisations=3))


def test_nobody_is_named_twice():
    with pytest.raises(MemberTwice) as refused:
        sessions.each_member_is_named_once([Member("CCAS", "Léa Roux", True), Member("ccas", "Lea ROUX", True)])
    assert refused.value.errors[0].path == "members[1].name"


def test_a_closed_session_is_no_longer_open():
    sessions.is_still_open(session())
    with pytest.raises(SessionClosed):
        sessions.is_still_open(session(closed_on=TODAY))


def test_a_session_without_any_decision_does_not_close():
    sessions.has_decided_something(1)
    with pytest.raises(NothingDecided):
        sessions.has_decided_something(0)


def test_decisions_bear_the_day_of_their_session():
    assert sessions.decision_day(session(), TODAY + timedelta(days=2)) == TODAY


def test_decisions_of_a_session_closed_ahead_of_its_date_bear_the_day_it_closes():
    assert sessions.decision_day(session(held_on=date(2026, 4, 9)), TODAY) == TODAY
