"""Asking the prescriber for what is missing, and its answers."""

from typing import Any

import pytest

from plie_admission.domain.requests import AlreadyAsked, InformationUnknown, NothingAsked, TooLateToAsk
from plie_admission.handlers.requests import AskPrescriber, ask_prescriber, keep_answer
from plie_contracts.events import InformationProvided
from plie_contracts.refusals import Refused

PRESCRIBER = "departement-38.orientation"


async def test_the_prescriber_is_asked_in_codes(commission: Any) -> None:
    orientation_id = await commission.receives(phone=None)
    request = await commission.run(ask_prescriber, AskPrescriber(orientation_id, ["coordonnees", "motivation"]))
    (asked,) = await commission.emitted("InformationRequested")
    assert asked.topic == "plie.notice.v1.centre-isere.admission.to.departement-38.orientation"
    assert asked.value == {
        "request_id": str(request.request_id),
        "orientation_id": str(orientation_id),
        "asked": ["coordonnees", "motivation"],
    }
    assert (await commission.file(orientation_id)).asked_on == commission.now.date()


async def test_a_file_waits_until_everything_asked_is_answered(commission: Any) -> None:
    orientation_id = await commission.receives()
    request = await commission.run(ask_prescriber, AskPrescriber(orientation_id, ["coordonnees", "motivation"]))
    for answered, waits in ((("motivation",), True), (("coordonnees",), False)):
        event = InformationProvided(request_id=request.request_id, orientation_id=orientation_id, answered=answered)
        await commission.hears(keep_answer, event, PRESCRIBER)
        assert ((await commission.file(orientation_id)).asked_on is not None) is waits


async def test_what_waits_for_an_answer_is_not_asked_twice(commission: Any) -> None:
    orientation_id = await commission.receives()
    await commission.run(ask_prescriber, AskPrescriber(orientation_id, ["motivation"]))
    with pytest.raises(AlreadyAsked):
        await commission.run(ask_prescriber, AskPrescriber(orientation_id, ["coordonnees", "motivation"]))
    assert len(await commission.emitted("InformationRequested")) == 1


@pytest.mark.parametrize(("asked", "refusal"), [([], NothingAsked), (["nir"], InformationUnknown)])
async def test_only_known_information_is_asked(commission: Any, asked: list[str], refusal: type[Exception]) -> None:
    orientation_id = await commission.receives()
    with pytest.raises(refusal):
        await commission.run(ask_prescriber, AskPrescriber(orientation_id, asked))


async def test_nothing_is_asked_of_a_decided_file(commission: Any, given: Any) -> None:
    orientation_id = await commission.admits(given.admission())
    with pytest.raises(TooLateToAsk):
        await commission.run(ask_prescriber, AskPrescriber(orientation_id, ["motivation"]))


async def test_only_the_prescriber_answers(commission: Any) -> None:
    orientation_id = await commission.receives()
    request = await commission.run(ask_prescriber, AskPrescriber(orientation_id, ["motivation"]))
    event = InformationProvided(request_id=request.request_id, orientation_id=orientation_id, answered=("motivation",))
    with pytest.raises(Refused):
        await commission.hears(keep_answer, event, "pole-emploi-38.orientation")
