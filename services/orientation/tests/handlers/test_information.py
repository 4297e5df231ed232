from typing import Any
from uuid import UUID, uuid4

import pytest

from plie_chassis.ids import new_id
from plie_contracts.events import InformationProvided, InformationRequested, OrientationOutcomeNotified
from plie_contracts.refusals import Refused
from plie_orientation.domain.authors import Author
from plie_orientation.domain.information import Answer, EmptyAnswer, NoLongerAsked, UnknownRequest
from plie_orientation.domain.rules import AdhesionInFuture
from plie_orientation.handlers import information, outcomes
from plie_orientation.handlers.information import AnswerRequest, answer_request
from plie_orientation.handlers.orientations import (
    DuplicateReference,
    ReceiveOrientation,
    WithdrawOrientation,
    receive_orientation,
    withdraw_orientation,
)
from plie_orientation.store import UnknownOrientation

VOIRON = "Maison du Département Voiron"
HERE = Author("departement-38", VOIRON, frozenset({"DEPT"}))
CLAS = "centre-isere.admission"


@pytest.fixture
async def here(side: Any) -> Any:
    return await side()


async def received(here: Any, draft: Any, **more: Any) -> UUID:
    stored = await here.run(receive_orientation, ReceiveOrientation(draft(), HERE, **more))
    return stored.orientation.id


async def asked(here: Any, from_kafka: Any, orientation_id: UUID, *codes: str, writer: str = CLAS) -> UUID:
    event = InformationRequested(request_id=new_id(), orientation_id=orientation_id, asked=codes or ("coordonnees",))
    await here.run(information.keep_request, from_kafka(event, writer))
    return event.request_id


async def test_only_the_commission_addressed_may_ask(here: Any, draft: Any, from_kafka: Any) -> None:
    orientation_id = await received(here, draft)
    with pytest.raises(Refused, match=r"ownership\.not-owner"):
        await asked(here, from_kafka, orientation_id, writer="metropole.admission")
    with pytest.raises(Refused, match=r"ownership\.not-owner"):
        await asked(here, from_kafka, uuid4())


async def test_an_answer_sends_the_whole_person_and_the_codes(here: Any, draft: Any, from_kafka: Any) -> None:
    orientation_id = await received(here, draft)
    request_id = await asked(here, from_kafka, orientation_id, "coordonnees", "motivation")
    answer = Answer(phone="0476112233", text="Projet de vente.")
    await here.run(answer_request, AnswerRequest(orientation_id, request_id, answer, HERE))
    _, identity = await here.emitted("IdentityProvided")
    assert identity.topic.endswith("departement-38.orientation.to.centre-isere.admission")
    assert identity.data["phone"] == "0476112233"
    assert identity.data["motivation"].startswith("Souhaite reprendre")
    assert identity.data["motivation"].endswith("Projet de vente.")
    (provided,) = await here.emitted("InformationProvided")
    assert provided.data["answered"] == ["coordonnees", "motivation"]
    assert "0476112233" not in str(provided.data)
    assert await here.emitted("OrientationCorrected") == []


async def test_an_answer_that_changes_the_facts_corrects_them(here: Any, draft: Any, from_kafka: Any) -> None:
    orientation_id = await received(here, draft)
    request_id = await asked(here, from_kafka, orientation_id, "situation-emploi")
    await here.run(answer_request, AnswerRequest(orientation_id, request_id, Answer(employment="inactive"), HERE))
    (corrected,) = await here.emitted("OrientationCorrected")
    assert corrected.data["situation"]["employment"] == "inactive"
    assert corrected.data["reason_code"] == "changement-situation"
    assert corrected.data["addressed_to"] == "centre-isere"


async def test_an_answer_obeys_the_rules_and_says_something(here: Any, draft: Any, from_kafka: Any) -> None:
    orientation_id = await received(here, draft)
    request_id = await asked(here, from_kafka, orientation_id, "adhesion")
    before = await here.stored()
    for answer, refusal in (
        (Answer(), EmptyAnswer),
        (Answer(adhesion_given=True, adhesion_on=here.now.date().replace(year=2031)), AdhesionInFuture),
    ):
        with pytest.raises(refusal):
            await here.run(answer_request, AnswerRequest(orientation_id, request_id, answer, HERE))
    assert await here.stored() == before


async def test_nothing_is_answered_for_somebody_else_or_to_another_question(
    here: Any, draft: Any, from_kafka: Any
) -> None:
    orientation_id = await received(here, draft)
    request_id = await asked(here, from_kafka, orientation_id)
    stranger = Author("departement-38", "Ailleurs", frozenset({"DEPT"}))
    with pytest.raises(UnknownOrientation):
        await here.run(answer_request, AnswerRequest(orientation_id, request_id, Answer(text="x"), stranger))
    with pytest.raises(UnknownRequest):
        await here.run(answer_request, AnswerRequest(orientation_id, uuid4(), Answer(text="x"), HERE))


async def test_once_decided_or_withdrawn_nothing_is_waited_for(here: Any, draft: Any, from_kafka: Any) -> None:
    orientation_id = await received(here, draft)
    request_id = await asked(here, from_kafka, orientation_id)
    await here.run(withdraw_orientation, WithdrawOrientation(orientation_id, "erreur", HERE))
    with pytest.raises(NoLongerAsked):
        await here.run(answer_request, AnswerRequest(orientation_id, request_id, Answer(text="x"), HERE))


async def test_a_deferred_orientation_still_waits_for_its_answer(here: Any, draft: Any, from_kafka: Any) -> None:
    orientation_id = await received(here, draft)
    request_id = await asked(here, from_kafka, orientation_id)
    notice = OrientationOutcomeNotified(orientation_id=orientation_id, status="deferred", on=here.now.date())
    await here.run(outcomes.follow, from_kafka(notice, CLAS))
    await here.run(answer_request, AnswerRequest(orientation_id, request_id, Answer(text="x"), HERE))
    assert len(await here.emitted("InformationProvided")) == 1


async def test_what_was_answered_does_not_make_the_first_submission_another_one(
    here: Any, draft: Any, from_kafka: Any
) -> None:
    orientation_id = await received(here, draft)
    request_id = await asked(here, from_kafka, orientation_id)
    await here.run(answer_request, AnswerRequest(orientation_id, request_id, Answer(text="x"), HERE))
    with pytest.raises(DuplicateReference) as again:
        await received(here, draft)
    assert again.value.identical


async def test_a_direct_producer_is_asked_and_its_answer_goes_on(side: Any, draft: Any, from_kafka: Any) -> None:
    here = await side("metropole.orientation")
    producer = "mission-locale-voiron"
    ml = Author(producer, None, frozenset({"ML"}))
    command = ReceiveOrientation(draft(prescriber__kind="ML"), ml, producer=producer)
    orientation_id = (await here.run(receive_orientation, command)).orientation.id
    request_id = await asked(here, from_kafka, orientation_id)
    (passed_on,) = await here.emitted("InformationRequested")
    assert passed_on.topic == "plie.notice.v1.metropole.orientation.to.mission-locale-voiron"
    provided = InformationProvided(request_id=request_id, orientation_id=orientation_id, answered=("coordonnees",))
    with pytest.raises(Refused, match=r"ownership\.not-owner"):
        await here.run(information.pass_answer_on, from_kafka(provided, CLAS))
    await here.run(information.pass_answer_on, from_kafka(provided, producer))
    (answered,) = await here.emitted("InformationProvided")
    assert answered.topic == "plie.notice.v1.metropole.orientation.to.centre-isere.admission"
