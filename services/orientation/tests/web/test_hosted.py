"""What a direct producer submitted over Kafka, at the instance that hosts it: its own token acts on it, the host only looks."""

from typing import Any
from uuid import UUID

import pytest

from plie_chassis.ids import new_id
from plie_contracts.events import InformationRequested
from plie_orientation.handlers import information, submissions

PRODUCER = "mission-locale-voiron"
STRUCTURE = "Mission Locale du Voironnais"
PATH = "/api/v1/orientations"


@pytest.fixture
async def host(new_site: Any) -> Any:
    return await new_site("metropole.orientation")


@pytest.fixture
async def asked(host: Any, draft: Any, from_kafka: Any) -> str:
    """An orientation of the producer's, under another spelling of its structure; the commission asks for something."""
    event = draft(prescriber__kind="ML", prescriber__structure="ML VOIRON")
    await host.side.run(submissions.take, from_kafka(event, PRODUCER))
    (fact,) = await host.side.emitted("OrientationReceived")
    orientation_id = UUID(fact.data["orientation_id"])
    question = InformationRequested(request_id=new_id(), orientation_id=orientation_id, asked=("coordonnees",))
    await host.side.run(information.keep_request, from_kafka(question, "centre-isere.admission"))
    return str(question.orientation_id)


async def test_a_producer_answers_and_withdraws_with_a_token_of_its_own_at_its_host(host: Any, asked: str) -> None:
    async with host.api(await host.token(organisation=PRODUCER, structure=STRUCTURE)) as producer:
        (known,) = (await producer.get(PATH)).json()["items"]
        told = (await producer.get(f"{PATH}/{asked}")).json()
        assert (known["orientation_id"], told["prescriber"]["structure"]) == (asked, STRUCTURE)
        (question,) = told["waiting_for"]
        answer = {"request_id": question["request_id"], "phone": "0476112233"}
        answered = await producer.post(f"{PATH}/{asked}/information", json=answer)
        assert (answered.status_code, answered.json()["left"]) == (201, [])
        withdrawn = await producer.post(f"{PATH}/{asked}/withdraw", json={"reason_code": "erreur"})
        assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")


async def test_the_host_is_refused_both_and_told_who_may(host: Any, asked: str) -> None:
    async with host.api(await host.token()) as here:
        (question,) = (await here.get(f"{PATH}/{asked}")).json()["waiting_for"]
        answer = {"request_id": question["request_id"], "phone": "0476112233"}
        answered = await here.post(f"{PATH}/{asked}/information", json=answer)
        withdrawn = await here.post(f"{PATH}/{asked}/withdraw", json={"reason_code": "erreur"})
    assert (answered.status_code, answered.json()["code"]) == (403, "information.answered-by-producer")
    assert (withdrawn.status_code, withdrawn.json()["code"]) == (403, "orientation.withdrawn-by-producer")
    helene = await host.browser(structure=None)
    assert "Ce qui vous attend" not in await helene.open("/")
    page = await helene.open(f"/orientations/{asked}")
    assert "seul ce prescripteur y répond" in page
    assert "seul ce prescripteur peut la retirer" in page
    assert "Envoyer la réponse" not in page
    assert "Retirer l’orientation" not in page
