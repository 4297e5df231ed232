"""The desks of the demo's prescribers, lived on a real database, without the other services."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from plie_chassis.accounts.commands import AddAccount, add_account
from plie_chassis.calendar import PARIS
from plie_chassis.ids import new_id
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.service import Runtime
from plie_chassis.settings import Settings
from plie_contracts.events import InformationRequested
from plie_deploy.lives.desks import IN_THE_FILE, begin_forms, import_files, imported_lives
from plie_deploy.lives.life import Life
from plie_deploy.lives.partners import follow_by_webhook
from plie_deploy.lives.questions import ASKED, answer
from plie_deploy.testing import DECLARATION, NewDatabase, schema_of
from plie_orientation.app import SERVICE
from plie_orientation.handlers.drafts import DRAFTS_ARE_KEPT
from plie_orientation.handlers.information import keep_request
from plie_orientation.tables import Base, FormDraft, Import, ImportRow, InformationRequest, Webhook, WebhookDelivery

SEED = 2017


schema = schema_of(SERVICE.package, Base.metadata)


@pytest.fixture
async def departement(database: NewDatabase) -> AsyncIterator[Runtime]:
    settings = Settings(
        organisation="departement-38",
        database_url=await database(schema),
        kafka_bootstrap_servers="127.0.0.1:1",
        kafka_username="departement-38.orientation",
        kafka_password=SecretStr("unused"),
        declaration=DECLARATION,
        secret_key=SecretStr("s" * 32),
    )
    runtime = Runtime(SERVICE, settings)
    kinds = ("DEPT", "TRAVAILLEUR_SOCIAL")
    async with runtime.units.begin() as work:
        for name, role in (("Hélène Barthod", "prescriber"), ("Karim Oulmane", "admin")):
            await add_account(AddAccount(role, name, [role], prescriber_kinds=kinds), work)
    yield runtime
    await runtime.close()


@pytest.fixture
def today() -> date:
    return datetime.now(PARIS).date()


async def imported(runtime: Runtime, today: date) -> list[Life]:
    lives = imported_lives(runtime.declaration, today, SEED)
    await import_files(runtime, lives, today)
    return lives


async def rows(runtime: Runtime, table: Any) -> Any:
    async with runtime.units.begin() as work:
        return (await work.session.scalars(select(table))).all()


async def test_one_file_is_imported_but_for_two_lines_and_another_waits_for_a_look(
    departement: Runtime, today: date
) -> None:
    lives = await imported(departement, today)
    assert all(life.orientation_id for life in lives)
    sent, waiting = sorted(await rows(departement, Import), key=lambda one: one.created_at)
    lines = await rows(departement, ImportRow)
    states = {made.id: Counter(line.state for line in lines if line.import_id == made.id) for made in (sent, waiting)}
    assert (sent.state, states[sent.id]) == ("sent", {"received": IN_THE_FILE, "wrong": 2})
    assert (waiting.state, states[waiting.id]) == ("checked", {"ready": 7, "duplicate": 1, "wrong": 1})


async def test_the_same_seed_gives_the_same_files(departement: Runtime, today: date) -> None:
    def told(lives: list[Life]) -> list[Any]:
        return [(life.person, life.reference, life.oriented_on) for life in lives]

    assert told(imported_lives(departement.declaration, today, SEED)) == told(
        imported_lives(departement.declaration, today, SEED)
    )


async def test_forms_are_begun_and_one_is_about_to_be_forgotten(departement: Runtime, today: date) -> None:
    await begin_forms(departement, today, SEED)
    drafts = sorted(await rows(departement, FormDraft), key=lambda draft: draft.saved_at)
    assert len(drafts) == 3
    left = drafts[0].saved_at + DRAFTS_ARE_KEPT - datetime.now(PARIS)
    assert timedelta() < left < timedelta(days=3)


async def test_a_partner_on_this_machine_takes_two_news_and_never_the_third(departement: Runtime, today: date) -> None:
    lives = await imported(departement, today)
    await follow_by_webhook(departement, [life for life in lives if life.verdict == "withdraw"], today)
    (hook,) = await rows(departement, Webhook)
    assert hook.url.startswith("http://127.0.0.1:")
    deliveries = sorted(await rows(departement, WebhookDelivery), key=lambda one: one.created_at)
    assert [(one.attempts, one.answered, one.dead_at is None) for one in deliveries] == [
        (8, 503, False),
        (1, 204, True),
        (2, 204, True),
    ]


@pytest.mark.parametrize(("asked", "told"), ASKED, ids=[", ".join(asked) for asked, _ in ASKED])
async def test_questions_with_an_answer_are_answered_as_the_page_would(
    departement: Runtime, today: date, asked: tuple[str, ...], told: Any
) -> None:
    life = (await imported(departement, today))[0]
    life.question = asked
    assert life.orientation_id
    event = InformationRequested(request_id=new_id(), orientation_id=life.orientation_id, asked=asked)
    received = Received(event, "1", "s", "centre-isere.admission", 1, "t", 0, 0, datetime.now(PARIS))
    async with departement.units.begin() as work:
        await keep_request(received, work)
    await answer(departement, [life])
    (request,) = await rows(departement, InformationRequest)
    assert bool(request.answered) is (told is not None)
    assert (request.answered_at is None) is (not told or len(request.answered) < len(asked))
