from datetime import date
from typing import Any
from uuid import UUID

import pytest

from plie_contracts.events import OrientationOutcomeNotified
from plie_orientation.domain import orientations
from plie_orientation.domain.orientations import AlreadyWithdrawn, Decided, Entry, Orientation

ID = UUID("01995b6e-7c00-7a31-9f55-0a1b2c3d4e01")
RECEIVED_ON, LATER = date(2026, 3, 2), date(2026, 3, 20)


def told(status: str, on: date = LATER, **more: Any) -> OrientationOutcomeNotified:
    return OrientationOutcomeNotified(orientation_id=ID, status=status, on=on, **more)


def after(*statuses: str) -> Orientation:
    orientation = orientations.received(ID, "centre-isere", RECEIVED_ON)
    for day, status in enumerate(statuses, start=3):
        on = date(2026, 3, day)
        if status == "withdrawn":
            orientation = orientations.withdraw(orientation, "demenagement", on)
        else:
            orientation = orientations.follow(orientation, told(status, on))
    return orientation


def statuses(orientation: Orientation) -> list[str]:
    return [entry.status for entry in orientation.history]


def test_an_orientation_begins_received() -> None:
    orientation = after()
    assert (orientation.status, orientation.history) == ("received", (Entry("received", RECEIVED_ON),))


@pytest.mark.parametrize("decision", ["admitted", "deferred", "refused"])
def test_the_commission_examines_then_decides(decision: str) -> None:
    decided = after("in-commission", decision)
    assert decided.status == decision
    assert statuses(decided) == ["received", "in-commission", decision]


def test_the_reason_the_session_and_the_reorientation_reach_the_prescriber() -> None:
    refusal = told("refused", session_on=date(2026, 3, 19), reason_code="deja-accompagne", reorientation="ml")
    history = orientations.follow(after(), refusal).history
    assert history[-1] == Entry("refused", LATER, "deja-accompagne", date(2026, 3, 19), "ml")


def test_a_deferred_orientation_comes_before_the_commission_again() -> None:
    assert after("in-commission", "deferred", "in-commission").status == "in-commission"
    assert after("in-commission", "deferred", "in-commission", "admitted").status == "admitted"


def test_an_older_notice_that_comes_later_is_remembered_and_leads_nowhere() -> None:
    orientation = orientations.follow(after("in-commission"), told("admitted"), 3)
    late = orientations.follow(orientation, told("refused", reason_code="sans-plus-value"), 2)
    assert (late.status, statuses(late)) == ("admitted", ["received", "in-commission", "admitted", "refused"])
    assert late.decision == Entry("admitted", LATER)
    deferred = orientations.follow(after(), told("deferred"), 2)
    assert orientations.follow(deferred, told("in-commission"), 1).status == "deferred"
    assert orientations.follow(late, told("deferred"), 4).status == "deferred"


def test_what_the_person_lives_later_supersedes_no_decision() -> None:
    lived = orientations.follow(after("in-commission"), told("first-interview-held"), 3)
    assert orientations.follow(lived, told("admitted"), 2).status == "admitted"
    crossed = orientations.follow(after("withdrawn"), told("withdrawal-too-late"), 3)
    decided = orientations.follow(crossed, told("admitted"), 2)
    assert (decided.status, statuses(decided).count("withdrawal-too-late")) == ("admitted", 1)


def test_a_rectified_decision_replaces_the_first_one() -> None:
    assert after("refused", "admitted").status == "admitted"


def test_a_session_told_late_does_not_undo_an_admission() -> None:
    orientation = after("admitted", "in-commission")
    assert orientation.status == "admitted"
    assert statuses(orientation) == ["received", "admitted", "in-commission"]


def test_what_the_person_lives_later_is_remembered_beside_the_admission() -> None:
    orientation = after("admitted", "first-interview-held", "job-started", "exited")
    assert orientation.status == "admitted"
    assert statuses(orientation)[2:] == ["first-interview-held", "job-started", "exited"]


def test_the_commission_s_receipt_and_repetitions_change_nothing() -> None:
    orientation = after("in-commission")
    assert orientations.follow(orientation, told("received")) == orientation
    assert orientations.follow(orientation, told("in-commission", date(2026, 3, 3))) == orientation


@pytest.mark.parametrize("so_far", [(), ("in-commission",)])
def test_one_withdraws_until_a_decision_is_known(so_far: tuple[str, ...]) -> None:
    withdrawn = orientations.withdraw(after(*so_far), "emploi-trouve", LATER)
    assert withdrawn.status == "withdrawn"
    assert withdrawn.history[-1] == Entry("withdrawn", LATER, "emploi-trouve")


@pytest.mark.parametrize("so_far", [("admitted",), ("refused",), ("deferred",), ("deferred", "in-commission")])
def test_one_does_not_withdraw_once_a_decision_is_known(so_far: tuple[str, ...]) -> None:
    with pytest.raises(Decided) as refused:
        orientations.withdraw(after(*so_far), "emploi-trouve", LATER)
    assert refused.value.code == "orientation.decided"


def test_one_withdraws_once() -> None:
    with pytest.raises(AlreadyWithdrawn):
        orientations.withdraw(after("withdrawn"), "erreur", LATER)


@pytest.mark.parametrize("decision", ["admitted", "deferred", "refused"])
def test_a_decision_that_crosses_the_withdrawal_wins_and_the_history_says_so(decision: str) -> None:
    crossed = after("withdrawn", decision)
    assert crossed.status == decision
    assert statuses(crossed) == ["received", "withdrawn", decision, "withdrawal-too-late"]


def test_too_late_is_written_once_whoever_says_it_first() -> None:
    decision_first = orientations.follow(after("withdrawn", "admitted"), told("withdrawal-too-late"))
    assert statuses(decision_first) == ["received", "withdrawn", "admitted", "withdrawal-too-late"]
    notice_first = after("withdrawn", "withdrawal-too-late", "admitted")
    assert statuses(notice_first) == ["received", "withdrawn", "withdrawal-too-late", "admitted"]
    assert notice_first.status == "admitted"


def test_a_session_that_crossed_the_withdrawal_leaves_it_withdrawn() -> None:
    orientation = after("withdrawn", "in-commission")
    assert orientation.status == "withdrawn"
    assert statuses(orientation)[-1] == "in-commission"


def test_a_withdrawal_reaching_the_commission_after_its_decision_is_told() -> None:
    assert statuses(after("admitted", "withdrawal-too-late"))[-1] == "withdrawal-too-late"
