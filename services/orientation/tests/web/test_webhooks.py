import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from plie_chassis.accounts import commands
from plie_contracts.events import OrientationOutcomeNotified
from plie_deploy.testing import eventually
from plie_orientation import settings
from plie_orientation.background import deliver_due
from plie_orientation.delivery import Courier
from plie_orientation.domain.authors import Author
from plie_orientation.domain.webhooks import TRIED_AGAIN_AFTER
from plie_orientation.handlers import outcomes
from plie_orientation.handlers.webhooks import (
    AT_ONCE_PER_WEBHOOK,
    KEPT,
    MOST_WEBHOOKS,
    RegisterWebhook,
    forget_old_deliveries,
    register_webhook,
)

PATH = "/api/v1/webhooks"
SEEN = "/api/v1/orientations"


@dataclass
class Partner:
    """A partner's own server; `status` is what it answers."""

    url: str = ""
    status: int = 200
    took: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        self.took.append((headers, await reader.readexactly(int(headers["content-length"]))))
        away = "Location: http://127.0.0.1:1/\r\n"
        writer.write(f"HTTP/1.1 {self.status} .\r\n{away}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Partner]:
    partner = Partner()
    server = await asyncio.start_server(partner.serve, "127.0.0.1", 0)
    partner.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/plie"
    try:
        yield partner
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture(autouse=True)
def partners_on_this_machine(monkeypatch: Any) -> Any:
    monkeypatch.setenv("PLIE_WEBHOOKS_LOOPBACK", "true")
    settings.webhooks_loopback.cache_clear()
    yield
    settings.webhooks_loopback.cache_clear()


@pytest.fixture
async def api(site: Any) -> Any:
    async with site.api(await site.token()) as client:
        yield client


async def tell(site: Any, orientation_id: str, from_kafka: Any, status: str = "admitted") -> None:
    event = OrientationOutcomeNotified(orientation_id=UUID(orientation_id), status=status, on=date(2026, 3, 20))
    await site.side.run(outcomes.follow, from_kafka(event, "centre-isere.admission"))


async def round_(site: Any, later: timedelta = timedelta(), busy: tuple[str, ...] = ()) -> int:
    """One round of deliveries, at a time of ours, while some webhooks take theirs."""

    units = type(site.side.units)(
        site.side.units.engine,
        site.side.units.instance,
        site.side.units.declaration,
        clock=lambda: site.side.now + later,
    )
    async with Courier(loopback=True) as courier, asyncio.TaskGroup() as at_work:
        return await deliver_due(units, courier, at_work, set(map(UUID, busy)))


async def registered(api: Any, url: str) -> dict[str, Any]:
    answer = await api.post(PATH, json={"url": url})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def deliveries(api: Any, made: dict[str, Any]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await api.get(f"{PATH}/{made['webhook_id']}/deliveries")).json()["items"]
    return listed


async def test_a_change_of_status_is_told_signed_with_ids_only(site: Any, api: Any, body: Any, from_kafka: Any) -> None:
    async with listening() as partner:
        made = await registered(api, partner.url)
        oriented = (await api.post(SEEN, json=body())).json()["orientation_id"]
        await tell(site, oriented, from_kafka)
        assert await round_(site) == 1
        ((headers, told),) = partner.took
    assert json.loads(told).keys() == {"delivery_id", "orientation_id", "sequence", "status", "on"}
    assert json.loads(told)["sequence"] == 1
    assert json.loads(told)["status"] == "admitted"
    at, signed = (part.partition("=")[2] for part in headers["plie-signature"].split(","))
    assert signed == hmac.new(made["secret"].encode(), f"{at}.".encode() + told, hashlib.sha256).hexdigest()
    (delivery,) = await deliveries(api, made)
    assert (delivery["answered"], delivery["attempts"], delivery["due_at"]) == (200, 1, None)
    assert await round_(site, timedelta(days=5)) == 0


@pytest.mark.parametrize("status", [500, 404, 302])
async def test_what_is_not_taken_is_tried_again_later(
    site: Any, api: Any, body: Any, from_kafka: Any, status: int
) -> None:
    async with listening() as partner:
        partner.status = status
        made = await registered(api, partner.url)
        await tell(site, (await api.post(SEEN, json=body())).json()["orientation_id"], from_kafka)
        assert await round_(site) == 1
        assert await round_(site) == 0
        assert await round_(site, timedelta(seconds=31)) == 1
        partner.status = 204
        assert await round_(site, timedelta(minutes=3)) == 1
        assert len(partner.took) == 3
    (delivery,) = await deliveries(api, made)
    assert delivery["delivered_at"] is not None


async def test_after_the_last_try_it_is_given_up_until_it_is_replayed(
    site: Any, api: Any, body: Any, from_kafka: Any
) -> None:
    made = await registered(api, "http://127.0.0.1:1/")
    await tell(site, (await api.post(SEEN, json=body())).json()["orientation_id"], from_kafka)
    for days in range(len(TRIED_AGAIN_AFTER) + 1):
        assert await round_(site, timedelta(days=2 * days)) == 1
    assert await round_(site, timedelta(days=60)) == 0
    (delivery,) = await deliveries(api, made)
    assert delivery["dead_at"] is not None
    assert "le serveur la refuse" in delivery["error"]
    again = await api.post(f"{PATH}/{made['webhook_id']}/deliveries/{delivery['delivery_id']}/replay")
    assert again.status_code == 200
    assert await round_(site) == 1


async def test_a_name_that_leads_inside_is_never_connected_to(site: Any, api: Any, body: Any, from_kafka: Any) -> None:
    async with listening() as partner:
        inside = partner.url.replace("http://127.0.0.1", "https://localhost")
        made = await registered(api, inside)
        await tell(site, (await api.post(SEEN, json=body())).json()["orientation_id"], from_kafka)
        await round_(site)
        assert partner.took == []
    (delivery,) = await deliveries(api, made)
    assert "réseau privé" in delivery["error"]


async def test_a_structure_is_told_of_its_own_only(site: Any, api: Any, body: Any, from_kafka: Any) -> None:
    there = await site.token(structure="Maison du Département Grenoble")
    async with site.api(there) as other:
        made = await registered(other, "http://127.0.0.1:1/")
        everything = await registered(api, "http://127.0.0.1:1/tout")
        await tell(site, (await api.post(SEEN, json=body())).json()["orientation_id"], from_kafka)
        assert await deliveries(other, made) == []
        assert (await other.get(f"{PATH}/{everything['webhook_id']}/deliveries")).status_code == 404
    assert len(await deliveries(api, everything)) == 1


async def test_news_of_one_orientation_go_out_in_their_order(site: Any, api: Any, body: Any, from_kafka: Any) -> None:
    async with listening() as partner:
        partner.status = 500
        await registered(api, partner.url)
        oriented = (await api.post(SEEN, json=body())).json()["orientation_id"]
        await tell(site, oriented, from_kafka, "deferred")
        await tell(site, oriented, from_kafka, "admitted")
        assert await round_(site) == 1
        assert await round_(site) == 0
        partner.status = 200
        assert await round_(site, timedelta(seconds=31)) == 1
        assert await round_(site, timedelta(seconds=31)) == 1
    told = [json.loads(message) for _, message in partner.took]
    assert [(one["sequence"], one["status"]) for one in told] == [(1, "deferred"), (1, "deferred"), (2, "admitted")]


async def test_a_partner_that_does_not_answer_holds_back_nobody_else(
    site: Any, api: Any, body: Any, from_kafka: Any
) -> None:
    dead = await registered(api, "http://127.0.0.1:1/")
    alive = await registered(api, "http://127.0.0.1:1/autre")
    for number in range(AT_ONCE_PER_WEBHOOK + 2):
        made = await api.post(SEEN, json=body(external_reference=str(number)))
        await tell(site, made.json()["orientation_id"], from_kafka)
    assert await round_(site, busy=(dead["webhook_id"],)) == AT_ONCE_PER_WEBHOOK
    assert await round_(site) == AT_ONCE_PER_WEBHOOK + 2
    assert all(one["attempts"] == 1 for one in await deliveries(api, alive))


async def test_a_structure_has_ten_webhooks_at_most(api: Any) -> None:
    for number in range(MOST_WEBHOOKS):
        await registered(api, f"https://partenaire.example/{number}")
    refused = await api.post(PATH, json={"url": "https://partenaire.example/de-plus"})
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook.too-many")


QUEUED = text(
    """
    select exists (
        select from pg_locks join pg_database on pg_database.oid = pg_locks.database
        where locktype = 'advisory' and not granted and datname = current_database()
    )
    """
)


async def test_ten_at_most_holds_for_two_registered_at_once(site: Any, api: Any) -> None:
    for number in range(MOST_WEBHOOKS - 1):
        await registered(api, f"https://partenaire.example/{number}")
    first = RegisterWebhook("https://partenaire.example/a", Author("departement-38", None, frozenset({"DEPT"})), "Paul")

    async def waits_or_is_over() -> bool:
        async with site.side.units.engine.connect() as connection:
            return second.done() or bool((await connection.execute(QUEUED)).scalar())

    async with site.side.units.begin() as work:
        await register_webhook(first, work)
        second = asyncio.create_task(api.post(PATH, json={"url": "https://partenaire.example/b"}))
        await eventually(waits_or_is_over)
    assert (await second).status_code == 409
    assert len((await api.get(PATH)).json()["items"]) == MOST_WEBHOOKS


async def test_the_host_leaves_the_webhooks_of_those_it_hosts_alone(site: Any, api: Any) -> None:
    async with site.api(await site.token(organisation="ccas-voiron")) as hosted:
        made = await registered(hosted, "https://ccas.example/plie")
        assert (await api.get(f"{PATH}/{made['webhook_id']}/deliveries")).status_code == 200
        assert (await api.delete(f"{PATH}/{made['webhook_id']}")).status_code == 404
        assert (await hosted.delete(f"{PATH}/{made['webhook_id']}")).status_code == 204


async def test_a_revoked_token_s_webhook_waits_until_another_token_registers_its_address(
    site: Any, body: Any, from_kafka: Any
) -> None:
    async with listening() as partner, site.api(await site.token()) as old:
        made = await registered(old, partner.url)
        oriented = (await old.post(SEEN, json=body())).json()["orientation_id"]
        await tell(site, oriented, from_kafka, "deferred")
        async with site.side.units.begin() as unit:
            (token,) = await commands.list_tokens(unit)
            await commands.revoke_token(token.id, unit)
        await tell(site, oriented, from_kafka, "admitted")
        assert await round_(site, timedelta(days=1)) == 0
        assert partner.took == []
        async with site.api(await site.token()) as new:
            again = await registered(new, partner.url)
            assert again["webhook_id"] == made["webhook_id"]
            assert again["secret"] != made["secret"]
            assert (await new.post(PATH, json={"url": partner.url})).status_code == 409
        assert [await round_(site), await round_(site)] == [1, 1]
    assert [json.loads(message)["status"] for _, message in partner.took] == ["deferred", "admitted"]
    headers, told = partner.took[0]
    at, signed = (part.partition("=")[2] for part in headers["plie-signature"].split(","))
    assert signed == hmac.new(again["secret"].encode(), f"{at}.".encode() + told, hashlib.sha256).hexdigest()


async def test_a_paused_webhook_says_since_when_why_and_what_to_do(site: Any) -> None:
    async with site.api(await site.token()) as old:
        made = await registered(old, "https://partenaire.example/plie")
        assert (made["state"], made["paused_since"], made["paused_because"]) == ("active", None, None)
    async with site.side.units.begin() as unit:
        (token,) = await commands.list_tokens(unit)
        await commands.revoke_token(token.id, unit)
    async with site.api(await site.token()) as new:
        (listed,) = (await new.get(PATH)).json()["items"]
    assert listed["state"] == "paused"
    assert datetime.fromisoformat(listed["paused_since"]) >= datetime.fromisoformat(listed["created_at"])
    assert "est révoqué" in listed["paused_because"]
    assert "inscrivez de nouveau la même adresse avec un jeton valable" in listed["paused_because"]

    boss = await site.browser("chef", roles=("admin",), structure=None)
    here = f"/webhooks/{made['webhook_id']}"
    assert "En pause" in await boss.open("/webhooks")
    page = await boss.open(here)
    assert "En pause depuis le" in page
    taken = await boss.send(page, "/webhooks", {"url": made["url"]})
    assert taken.headers["location"] == here
    assert "ne sera plus montré" in await boss.open(here)
    assert "En pause" not in await boss.open("/webhooks")


async def test_a_paused_webhook_of_one_structure_is_left_to_a_token_of_that_structure(site: Any) -> None:
    async with site.api(await site.token(structure="Maison du Département Voiron")) as old:
        made = await registered(old, "https://partenaire.example/plie")
    async with site.side.units.begin() as unit:
        (token,) = await commands.list_tokens(unit)
        await commands.revoke_token(token.id, unit)
    boss = await site.browser("chef", roles=("admin",), structure=None)
    page = await boss.open(f"/webhooks/{made['webhook_id']}")
    assert "avec un jeton valable de la même structure" in page
    assert "Reprendre avec un nouveau secret" not in page


async def test_what_waits_for_a_webhook_that_nobody_takes_over_is_forgotten(
    site: Any, api: Any, body: Any, from_kafka: Any
) -> None:
    await registered(api, "http://127.0.0.1:1/")
    await tell(site, (await api.post(SEEN, json=body())).json()["orientation_id"], from_kafka)
    late = site.side.now + KEPT
    async with site.side.units.begin(now=late) as unit:
        await forget_old_deliveries(unit)
        assert await unit.session.scalar(text("select count(*) from webhook_delivery")) == 1
        (token,) = await commands.list_tokens(unit)
        await commands.revoke_token(token.id, unit)
        await forget_old_deliveries(unit)
        assert await unit.session.scalar(text("select count(*) from webhook_delivery")) == 0


async def test_a_secret_is_told_once_even_under_a_key(site: Any, api: Any) -> None:
    key = {"Idempotency-Key": "w-1"}
    first = await api.post(PATH, json={"url": "https://partenaire.example/plie"}, headers=key)
    again = await api.post(PATH, json={"url": "https://partenaire.example/plie"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["secret"] not in again.text
    assert again.json()["webhook_id"] == first.json()["webhook_id"]
    async with site.side.units.engine.connect() as connection:
        assert first.json()["secret"] not in str((await connection.execute(text("select body from idempotency"))).all())


async def test_a_webhook_is_registered_once_listed_without_its_secret_and_removed(api: Any) -> None:
    made = await registered(api, "https://partenaire.example/plie")
    again = await api.post(PATH, json={"url": "https://partenaire.example/plie"})
    assert (again.status_code, again.json()["code"]) == (409, "webhook.already-registered")
    (listed,) = (await api.get(PATH)).json()["items"]
    assert "secret" not in listed
    assert (await api.delete(f"{PATH}/{made['webhook_id']}")).status_code == 204
    assert (await api.delete(f"{PATH}/{made['webhook_id']}")).status_code == 404
    refused = await api.post(PATH, json={"url": "https://10.0.0.1/"})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "url")


async def test_an_administrator_registers_sees_messages_and_replays(
    site: Any, body: Any, api: Any, from_kafka: Any
) -> None:
    boss = await site.browser("chef", roles=("admin",), structure=None)
    assert (await boss.client.get("/")).headers["location"] == "/webhooks"
    page = await boss.open("/webhooks")
    refused = await boss.send(page, "/webhooks", {"url": "http://partenaire.example"})
    assert refused.status_code == 422
    assert 'value="http://partenaire.example"' in refused.text
    made = await boss.send(page, "/webhooks", {"url": "http://127.0.0.1:1/"})
    here = made.headers["location"]
    assert "ne sera plus montré" in await boss.open(here)
    await tell(site, (await api.post(SEEN, json=body())).json()["orientation_id"], from_kafka)
    await round_(site)
    page = await boss.open(here)
    assert "À renvoyer" in page
    action = page.split('action="' + here + "/envois/")[1].split('"')[0]
    assert (await boss.send(page, f"{here}/envois/{action}", {})).status_code == 303
    assert "En attente" in await boss.open(here)
    assert (await boss.send(page, f"{here}/suppression", {})).headers["location"] == "/webhooks"
    helene = await site.browser()
    assert (await helene.client.get("/webhooks")).status_code == 403
