from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from plie_chassis.ids import new_id
from plie_contracts.events import InformationProvided, InformationRequested, OrientationOutcomeNotified
from plie_contracts.refusals import Refused
from plie_orientation import queries
from plie_orientation.domain.authors import Author
from plie_orientation.domain.information import AlreadyAnswered, Answer, EmptyAnswer, NoLongerAsked, UnknownRequest
from plie_orientation.domain.rules import AdhesionInFuture
from plie_orientation.handlers import information, outcomes, submissions
from plie_orientation.handlers.information import AnsweredByProducer, AnswerRequest, answer_request
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
PRODUCER = "mission-locale-voiron"
METROPOLE = Author("metropole", None, frozenset({"ML"}))


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
    await here.run(answer_request, AnswerRequest(orientation_id, answer, HERE, request_id))
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
    await here.run(answer_request, AnswerRequest(orientation_id, Answer(employment="inactive"), HERE, request_id))
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
            await here.run(answer_request, AnswerRequest(orientation_id, answer, HERE, request_id))
    assert await here.stored() == before


async def test_nothing_is_answered_for_somebody_else_or_to_another_question(
    here: Any, draft: Any, from_kafka: Any
) -> None:
    orientation_id = await received(here, draft)
    request_id = await asked(here, from_kafka, orientation_id)
    stranger = Author("departement-38", "Ailleurs", frozenset({"DEPT"}))
    with pytest.raises(UnknownOrientation):
        await here.run(answer_request, AnswerRequest(orientation_id, Answer(text="x"), stranger, request_id))
    with pytest.raises(UnknownRequest):
        await here.run(answer_request, AnswerRequest(orientation_id, Answer(text="x"), HERE, uuid4()))


async def test_once_decided_or_withdrawn_nothing_is_waited_for(here: Any, draft: Any, from_kafka: Any) -> None:
    orientation_id = await received(here, draft)
    request_id = await asked(here, from_kafka, orientation_id)
    await here.run(withdraw_orientation, WithdrawOrientation(orientation_id, "erreur", HERE))
    with pytest.raises(NoLongerAsked):
        await here.run(answer_request, AnswerRequest(orientation_id, Answer(text="x"), HERE, request_id))


async def test_a_deferred_orientation_still_waits_for_its_answer(here: Any, draft: Any, from_kafka: Any) -> None:
    orientation_id = await received(here, draft)
    request_id = await asked(here, from_kafka, orientation_id)
    notice = OrientationOutcomeNotified(orientation_id=orientation_id, status="deferred", on=here.now.date())
    await here.run(outcomes.follow, from_kafka(notice, CLAS))
    await here.run(answer_request, AnswerRequest(orientation_id, Answer(text="x"), HERE, request_id))
    assert len(await here.emitted("InformationProvided")) == 1


async def test_what_was_answered_does_not_make_the_first_submission_another_one(
    here: Any, draft: Any, from_kafka: Any
) -> None:
    orientation_id = await received(here, draft)
    request_id = await asked(here, from_kafka, orientation_id)
    await here.run(answer_request, AnswerRequest(orientation_id, Answer(text="x"), HERE, request_id))
    with pytest.raises(DuplicateReference) as again:
        await received(here, draft)
    assert again.value.identical


async def test_a_request_stays_open_for_what_is_left_of_it(here: Any, draft: Any, from_kafka: Any) -> None:
    orientation_id = await received(here, draft)
    request_id = await asked(here, from_kafka, orientation_id, "coordonnees", "adhesion", "autre")
    first = AnswerRequest(orientation_id, Answer(phone="0476112233"), HERE, request_id)
    told = await here.run(answer_request, first)
    assert (told.answered, told.left) == (["coordonnees"], ["adhesion", "autre"])
    rest = AnswerRequest(orientation_id, Answer(adhesion_given=False, text="Rien de plus."), HERE, request_id)
    assert (await here.run(answer_request, rest)).left == []
    with pytest.raises(AlreadyAnswered):
        await here.run(answer_request, rest)
    provided = await here.emitted("InformationProvided")
    assert [one.data["answered"] for one in provided] == [["coordonnees"], ["adhesion", "autre"]]


async def test_one_answer_goes_to_all_the_requests_it_answers(here: Any, draft: Any, from_kafka: Any) -> None:
    orientation_id = await received(here, draft)
    one = await asked(here, from_kafka, orientation_id, "coordonnees")
    other = await asked(here, from_kafka, orientation_id, "motivation", "autre")
    answer = Answer(phone="0476112233", text="Projet de vente.")
    told = await here.run(answer_request, AnswerRequest(orientation_id, answer, HERE))
    assert told.left == ["autre"]
    provided = {one.data["request_id"]: one.data["answered"] for one in await here.emitted("InformationProvided")}
    assert provided == {str(one): ["coordonnees"], str(other): ["motivation"]}


async def test_where_nothing_is_asked_nothing_is_answered(here: Any, draft: Any) -> None:
    orientation_id = await received(here, draft)
    with pytest.raises(UnknownRequest):
        await here.run(answer_request, AnswerRequest(orientation_id, Answer(text="x"), HERE))


@dataclass
class Host:
    """The instance that hosts a direct producer, and what this one submits under one reference."""

    side: Any
    from_kafka: Any
    draft: Any

    async def submits(self, **changes: Any) -> None:
        event = self.draft(prescriber__kind="ML", **changes)
        await self.side.run(submissions.take, self.from_kafka(event, PRODUCER))

    async def asked(self, *codes: str) -> UUID:
        fact, *_ = await self.side.emitted("OrientationReceived")
        return await asked(self.side, self.from_kafka, UUID(fact.data["orientation_id"]), *codes)

    async def names(self, request_id: UUID, *codes: str, writer: str = PRODUCER) -> None:
        fact, *_ = await self.side.emitted("OrientationReceived")
        orientation_id = UUID(fact.data["orientation_id"])
        event = InformationProvided(request_id=request_id, orientation_id=orientation_id, answered=codes)
        await self.side.run(information.pass_answer_on, self.from_kafka(event, writer))

    async def provided(self) -> list[list[str]]:
        return [one.data["answered"] for one in await self.side.emitted("InformationProvided")]


@pytest.fixture
async def host(side: Any, draft: Any, from_kafka: Any) -> Host:
    return Host(await side("metropole.orientation"), from_kafka, draft)


async def test_a_direct_producer_is_asked_and_the_codes_it_names_go_on(host: Host) -> None:
    await host.submits()
    request_id = await host.asked("coordonnees")
    (passed_on,) = await host.side.emitted("InformationRequested")
    assert passed_on.topic == "plie.notice.v1.metropole.orientation.to.mission-locale-voiron"
    with pytest.raises(Refused, match=r"ownership\.not-owner"):
        await host.names(request_id, "coordonnees", writer=CLAS)
    await host.names(request_id, "coordonnees")
    (answered,) = await host.side.emitted("InformationProvided")
    assert answered.topic == "plie.notice.v1.metropole.orientation.to.centre-isere.admission"


async def test_a_corrected_submission_is_the_answer_to_what_the_commission_asks(host: Host) -> None:
    await host.submits()
    await host.asked("coordonnees", "situation-emploi", "adhesion")
    await host.submits(person__phone="0476112233", situation__employment="inactive")
    _, identity = await host.side.emitted("IdentityProvided")
    assert identity.topic == "plie.identity.v1.metropole.orientation.to.centre-isere.admission"
    assert identity.data["phone"] == "0476112233"
    (corrected,) = await host.side.emitted("OrientationCorrected")
    assert corrected.data["situation"]["employment"] == "inactive"
    assert await host.provided() == [["coordonnees", "situation-emploi"]]
    await host.submits(person__phone="0476112233", situation__employment="inactive", adhesion={"given": False})
    assert (await host.provided())[1:] == [["adhesion"]]


async def test_a_corrected_submission_that_spells_its_structure_otherwise_is_still_the_answer(host: Host) -> None:
    await host.submits(prescriber__structure="Mission Locale du Voironnais")
    await host.asked("coordonnees")
    await host.submits(person__phone="0476112233", prescriber__structure="ML Voiron")
    assert await host.provided() == [["coordonnees"]]


async def test_a_corrected_submission_gives_what_the_same_answer_over_the_api_gives(
    host: Host, side: Any, draft: Any, from_kafka: Any
) -> None:
    await host.submits()
    await host.asked("coordonnees", "adhesion")
    await host.submits(person__phone="0476112233", adhesion={"given": True, "on": "2026-02-27"})
    other = await side("metropole.orientation")
    author = Author(PRODUCER, None, frozenset({"ML"}))
    submitted = draft(prescriber__kind="ML", prescriber__structure="Mission Locale du Voironnais")
    new = ReceiveOrientation(submitted, author, producer=PRODUCER)
    orientation_id = (await other.run(receive_orientation, new)).orientation.id
    await asked(other, from_kafka, orientation_id, "coordonnees", "adhesion")
    answer = Answer(phone="0476112233", adhesion_given=True, adhesion_on=date(2026, 2, 27))
    await other.run(answer_request, AnswerRequest(orientation_id, answer, author))

    def told(emitted: Any) -> list[Any]:
        ids = {"orientation_id", "subject_id", "request_id", "file"}
        return [(one.topic, one.type, {**one.data, **dict.fromkeys(ids & one.data.keys())}) for one in emitted]

    assert told(await host.side.emitted()) == told(await other.emitted())


async def test_nobody_else_answers_what_a_direct_producer_is_asked(host: Host) -> None:
    await host.submits()
    await host.asked("coordonnees")
    (fact,) = await host.side.emitted("OrientationReceived")
    answer = AnswerRequest(UUID(fact.data["orientation_id"]), Answer(phone="0476112233"), METROPOLE)
    before = await host.side.stored()
    with pytest.raises(AnsweredByProducer, match="Mission Locale du Voironnais"):
        await host.side.run(answer_request, answer)
    assert await host.side.stored() == before
    async with host.side.units.begin() as work:
        assert await queries.waiting_count(METROPOLE, work) == 0
        assert await queries.waiting_count(Author(PRODUCER, None, frozenset()), work) == 1
    await host.side.run(answer_request, replace(answer, author=Author(PRODUCER, None, frozenset())))
    assert await host.provided() == [["coordonnees"]]


async def test_the_same_correction_again_is_a_silent_success(host: Host) -> None:
    await host.submits()
    await host.asked("coordonnees")
    await host.submits(person__phone="0476112233")
    before = await host.side.stored()
    await host.submits(person__phone="0476112233")
    await host.submits()
    assert await host.side.stored() == before


@pytest.mark.parametrize("change", [{"person__last_name": "Traoré"}, {"person__birth_date": "1990-01-01"}])
async def test_another_person_under_the_same_reference_is_no_answer(host: Host, change: dict[str, Any]) -> None:
    await host.submits()
    await host.asked("coordonnees")
    with pytest.raises(Refused, match=r"orientation\.duplicate-reference"):
        await host.submits(person__phone="0476112233", **change)
    assert await host.provided() == []


async def test_once_all_is_answered_a_correction_is_a_duplicate_again(host: Host) -> None:
    await host.submits()
    await host.asked("coordonnees")
    await host.submits(person__phone="0476112233")
    with pytest.raises(Refused, match=r"orientation\.duplicate-reference"):
        await host.submits(person__phone="0476445566")


async def test_a_correction_of_what_nobody_asks_is_refused_as_an_empty_answer(host: Host) -> None:
    await host.submits()
    await host.asked("coordonnees")
    with pytest.raises(Refused) as refused:
        await host.submits(motivation="Un autre projet.")
    assert (refused.value.code, refused.value.path) == ("information.empty-answer", "motivation")


async def test_a_correction_obeys_the_rules_of_a_submission(host: Host) -> None:
    await host.submits()
    await host.asked("adhesion")
    with pytest.raises(Refused, match=r"adhesion\.in-future"):
        await host.submits(adhesion={"given": True, "on": "2031-01-01"})


@pytest.mark.parametrize("named_first", [True, False])
async def test_the_codes_and_the_corrected_submission_may_come_in_any_order(host: Host, named_first: bool) -> None:
    await host.submits()
    request_id = await host.asked("justificatif-domicile", "autre")
    if named_first:
        await host.names(request_id, "justificatif-domicile", "autre")
    await host.submits(motivation="Quittance vue ; habite chez sa sœur.")
    if not named_first:
        await host.names(request_id, "justificatif-domicile", "autre")
    assert await host.provided() == [["justificatif-domicile", "autre"]]
    assert len(await host.side.emitted("IdentityProvided")) == 2
    with pytest.raises(Refused, match=r"orientation\.duplicate-reference"):
        await host.submits(motivation="Encore autre chose.")
