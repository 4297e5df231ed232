"""What the driver was told against what is found: lost, doubled, unasked."""

from collections.abc import Mapping

import pytest

from .history import Effect, History, Outcome
from .world import NotLoopback, refuse_others

NOTE = Effect("ContactLogged", "note 1")


def contradictions(*outcomes: Outcome, found: Mapping[Effect, int]) -> list[str]:
    history = History()
    for outcome in outcomes:
        history.begin(NOTE).outcome = outcome
    return list(history.contradictions(found))


@pytest.mark.parametrize(
    ("outcomes", "times"),
    [
        ([Outcome.OK], 1),
        ([Outcome.FAILED], 0),
        ([Outcome.UNKNOWN], 0),
        ([Outcome.UNKNOWN], 1),
        ([Outcome.FAILED, Outcome.OK], 1),
        ([Outcome.OK, Outcome.UNKNOWN], 2),
    ],
)
def test_what_was_told_is_what_is_there(outcomes: list[Outcome], times: int) -> None:
    assert not contradictions(*outcomes, found={NOTE: times} if times else {})


@pytest.mark.parametrize(
    ("outcomes", "times"),
    [
        ([Outcome.OK], 0),
        ([Outcome.OK], 2),
        ([Outcome.FAILED], 1),
        ([Outcome.UNKNOWN], 2),
        ([Outcome.OK, Outcome.OK], 1),
    ],
)
def test_an_effect_that_is_lost_doubled_or_there_although_it_failed_is_found(
    outcomes: list[Outcome], times: int
) -> None:
    assert len(contradictions(*outcomes, found={NOTE: times} if times else {})) == 1


def test_an_effect_that_nobody_asked_for_is_found() -> None:
    assert contradictions(found={NOTE: 1}) == ["ContactLogged of note 1 is there 1 times and nobody asked for it"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:8101", "localhost:9092", "http://[::1]:80"])
def test_this_machine_may_be_broken(address: str) -> None:
    refuse_others(address)


@pytest.mark.parametrize("address", ["http://plie.example.org", "10.0.0.12:9092", "http://127.0.0.1.example.org:80"])
def test_no_other_machine_is_ever_broken(address: str) -> None:
    with pytest.raises(NotLoopback):
        refuse_others(address)
