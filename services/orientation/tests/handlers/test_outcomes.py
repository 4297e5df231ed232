from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from plie_chassis.ids import new_id
from plie_contracts.events import InformationRequested, OrientationOutcomeNotified
from plie_contracts.refusals import Refused
from plie_orientation import queries, store
from plie_orientation.domain.authors import EVERYTHING, Author
from plie_orientation.handlers import information, outcomes, submissions
from plie_orientation.handlers.orientations import (
    ReceiveOrientation,
    WithdrawOrientation,
    receive_orientation,
    withdraw_orientation,
)
from plie_orientation.handlers.webhooks import RegisterWebhook, register_webhook
from plie_orientation.store import Stored
from plie_orientation.tables import Orientation, WebhookDelivery

CLAS = "centre-isere.admission"
PRODUCER = "mission-locale-voiron"
DEPARTEMENT = Author("departement-38", None, frozenset({"DEPT"}))


def told(orientation_id: UUID, status: str, **more: Any) -> OrientationOutcomeNotified:
    return OrientationOutcomeNotified(orientation_id=orientation_id, status=status, on=date(2026, 3, 20), **more)


async def history(side: Any, orientation_id: UUID) -> list[str]:
    async with side.units.begin() as work:
        stored = await store.find(orientation_id, EVERYTHING, work)
    assert stored is not None
    return [stored.orientation.status, *(entry.status for entry in stored.orientation.history)]


@pytest.fixture
async def here(side: Any) -> Any:
    return await side()


@pytest.fixture
async def received(here: Any, draft: Any) -> UUID:
    stored: Stored = await here.run(receive_orientation, ReceiveOrientation(draft(), DEPARTEMENT))
    return stored.orientation.id


async def test_the_outcome_comes_back_from_the_commission(here: Any, received: UUID, from_kafka: Any) -> None:
    await here.run(outcomes.follow, from_kafka(told(received, "in-commission", session_on=date(2026, 3, 26)), CLAS))
    await here.run(outcomes.follow, from_kafka(told(received, "deferred", reason_code="dossier-incomplet"), CLAS))
    assert await history(here, received) == ["deferred", "received", "in-commission", "deferred"]


@pytest.mark.parametrize("writer", ["metropole.admission", "centre-isere.parcours", "departement-38.orientation"])
async def test_only_the_commission_addressed_decides(here: Any, received: UUID, writer: str, from_kafka: Any) -> None:
    with pytest.raises(Refused) as refused:
        await here.run(outcomes.follow, from_kafka(told(received, "admitted"), writer))
    assert refused.value.code == "ownership.not-owner"
    assert await history(here, received) == ["received", "received"]


async def test_an_outcome_of_an_orientation_that_is_not_ours_is_refused(here: Any, from_kafka: Any) -> None:
    with pytest.raises(Refused) as refused:
        await here.run(outcomes.follow, from_kafka(told(uuid4(), "admitted"), CLAS))
    assert (refused.value.code, refused.value.path) == ("ownership.not-owner", "orientation_id")


async def test_a_decision_that_crosses_the_withdrawal_wins(here: Any, received: UUID, from_kafka: Any) -> None:
    await here.run(withdraw_orientation, WithdrawOrientation(received, "demenagement", DEPARTEMENT))
    await here.run(outcomes.follow, from_kafka(told(received, "admitted"), CLAS))
    await here.run(outcomes.follow, from_kafka(told(received, "withdrawal-too-late"), CLAS))
    assert await history(here, received) == ["admitted", "received", "withdrawn", "admitted", "withdrawal-too-late"]


async def test_outcomes_of_our_own_orientations_are_told_to_nobody_else(
    here: Any, received: UUID, from_kafka: Any
) -> None:
    await here.run(outcomes.follow, from_kafka(told(received, "admitted"), CLAS))
    assert await here.emitted("OrientationOutcomeNotified") == []


@pytest.fixture
async def host(side: Any) -> Any:
    return await side("metropole.orientation")


@pytest.fixture
def submission(draft: Any, from_kafka: Any) -> Any:
    def varied(**changes: Any) -> Any:
        made = {"prescriber__kind": "ML", "external_reference": "MLV-2026-0042", **changes}
        return from_kafka(draft(**made), PRODUCER)

    return varied


async def test_a_direct_producer_s_submission_is_received_and_answered(host: Any, submission: Any) -> None:
    await host.run(submissions.take, submission())
    fact, identity, notice = await host.emitted()
    assert (fact.topic, fact.type) == ("plie.orientation.v1.metropole", "OrientationReceived")
    assert identity.data["file"]["prescriber"]["organisation"] == PRODUCER
    assert notice.topic == f"plie.notice.v1.metropole.orientation.to.{PRODUCER}"
    assert (notice.data["status"], notice.data["external_reference"]) == ("received", "MLV-2026-0042")
    assert notice.data["orientation_id"] == fact.data["orientation_id"]


async def test_the_same_submission_again_is_a_silent_success(host: Any, submission: Any) -> None:
    await host.run(submissions.take, submission())
    await host.run(submissions.take, submission())
    assert len(await host.emitted()) == 3


async def test_a_direct_producer_orients_for_its_declared_structure_however_it_spells_it(
    host: Any, submission: Any
) -> None:
    await host.run(submissions.take, submission())
    await host.run(submissions.take, submission(prescriber__structure="MISSION LOCALE VOIRONNAIS"))
    fact, identity, _ = await host.emitted()
    assert fact.data["prescriber"] == {"kind": "ML", "structure_code": "mission-locale-du-voironnais"}
    assert identity.data["file"]["prescriber"]["structure"] == "Mission Locale du Voironnais"


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        (
            {"prescriber__structure": "ML", "motivation": "autre"},
            "orientation.duplicate-reference",
            "external_reference",
        ),
        ({"motivation": "autre"}, "orientation.duplicate-reference", "external_reference"),
        (
            {"external_reference": "B", "person__commune_insee": "38140"},
            "territory.not-covered",
            "person.commune_insee",
        ),
        ({"external_reference": "B", "prescriber__kind": "DEPT"}, "prescriber.kind-not-allowed", "prescriber.kind"),
        ({"external_reference": "B", "adhesion__on": "2026-03-03"}, "adhesion.in-future", "adhesion.on"),
    ],
)
async def test_a_submission_is_refused_with_the_code_of_a_post(
    host: Any, submission: Any, change: dict[str, Any], code: str, path: str
) -> None:
    await host.run(submissions.take, submission())
    with pytest.raises(Refused) as refused:
        await host.run(submissions.take, submission(**change))
    assert (refused.value.code, refused.value.path) == (code, path)
    assert len(await host.emitted()) == 3


async def test_each_outcome_is_forwarded_to_the_direct_producer_once(
    host: Any, submission: Any, from_kafka: Any
) -> None:
    await host.run(submissions.take, submission())
    fact = (await host.emitted())[0]
    orientation_id = UUID(fact.data["orientation_id"])
    refusal = told(orientation_id, "refused", reason_code="deja-accompagne", reorientation="ml")
    await host.run(outcomes.follow, from_kafka(told(orientation_id, "received"), CLAS))
    await host.run(outcomes.follow, from_kafka(refusal, CLAS))
    await host.run(outcomes.follow, from_kafka(refusal, CLAS))
    received, forwarded = await host.emitted("OrientationOutcomeNotified")
    assert received.data["status"] == "received"
    assert forwarded.data == {
        "orientation_id": str(orientation_id),
        "external_reference": "MLV-2026-0042",
        "status": "refused",
        "on": "2026-03-20",
        "reason_code": "deja-accompagne",
        "reorientation": "ml",
    }


async def test_the_last_that_partners_are_told_is_the_decision_that_stands(
    host: Any, submission: Any, from_kafka: Any
) -> None:
    await host.run(submissions.take, submission())
    orientation_id = UUID((await host.emitted())[0].data["orientation_id"])
    hook = RegisterWebhook("https://partenaire.example.org/plie", Author(PRODUCER, None, frozenset({"ML"})), "jeton")
    await host.run(register_webhook, hook)
    refusal = told(orientation_id, "refused", reason_code="sans-plus-value")
    await host.run(outcomes.follow, from_kafka(told(orientation_id, "admitted"), CLAS)._replace(sequence=3))
    await host.run(outcomes.follow, from_kafka(refusal, CLAS)._replace(sequence=2))
    assert (await history(host, orientation_id))[0] == "admitted"
    notices = [notice.data["status"] for notice in await host.emitted("OrientationOutcomeNotified")]
    assert notices == ["received", "admitted"]
    async with host.units.begin() as work:
        delivered = await work.session.scalars(select(WebhookDelivery.status).order_by(WebhookDelivery.sequence))
        assert delivered.all() == ["admitted"]


async def test_what_a_producer_that_left_had_submitted_is_the_host_s_to_answer(
    host: Any, submission: Any, from_kafka: Any
) -> None:
    await host.run(submissions.take, submission())
    orientation_id = UUID((await host.emitted())[0].data["orientation_id"])
    asked = InformationRequested(orientation_id=orientation_id, request_id=new_id(), asked=("motivation",))
    metropole = Author("metropole", None, frozenset({"DEPT"}))
    await host.run(information.keep_request, from_kafka(asked, CLAS))
    async with host.units.begin() as work:
        assert await queries.waiting_count(metropole, work) == 0
        await work.session.execute(update(Orientation).values(producer="ancien-partenaire"))
    await host.run(information.keep_request, from_kafka(asked.model_copy(update={"request_id": new_id()}), CLAS))
    await host.run(outcomes.follow, from_kafka(told(orientation_id, "in-commission"), CLAS))
    async with host.units.begin() as work:
        assert await queries.waiting_count(metropole, work) == 2
    assert {one.topic for one in await host.emitted("InformationRequested", "OrientationOutcomeNotified")} == {
        f"plie.notice.v1.metropole.orientation.to.{PRODUCER}"
    }
