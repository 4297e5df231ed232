"""Every route that names a thing, asked by somebody it is not of: another structure, another organisation, another role."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.routes import HTTPRoute

from plie_chassis.ids import new_id
from plie_contracts.events import InformationRequested
from plie_orientation.domain.authors import Author
from plie_orientation.handlers import information
from plie_orientation.handlers.drafts import SaveDraft, save_draft
from plie_orientation.handlers.imports import StartImport, start_import
from plie_orientation.handlers.orientations import ReceiveOrientation, receive_orientation
from plie_orientation.handlers.webhooks import RegisterWebhook, register_webhook

VOIRON = "Maison du Département Voiron"
HERE = Author("departement-38", VOIRON, frozenset({"DEPT"}))
NAMED = frozenset({"orientation_id", "request_id", "draft_id", "webhook_id", "delivery_id", "import_id"})


@pytest.fixture
async def things(site: Any, draft: Any, from_kafka: Any) -> dict[str, UUID]:
    """One of each, of the structure at Voiron."""
    orientation_id = (await site.side.run(receive_orientation, ReceiveOrientation(draft(), HERE))).orientation.id
    question = InformationRequested(request_id=new_id(), orientation_id=orientation_id, asked=("motivation",))
    await site.side.run(information.keep_request, from_kafka(question, "centre-isere.admission"))
    hook = await site.side.run(register_webhook, RegisterWebhook("https://ailleurs.example/", HERE, "Hélène"))
    file = await site.side.run(start_import, StartImport("f.csv", ("Nom",), (("A",),), (2,), HERE, "Hélène"))
    draft_id = uuid4()
    await site.side.run(save_draft, SaveDraft(draft_id, uuid4(), {"person.last_name": ["Bérard"]}))
    return {
        "orientation_id": orientation_id,
        "request_id": question.request_id,
        "webhook_id": hook.id,
        "delivery_id": uuid4(),
        "import_id": file.id,
        "draft_id": draft_id,
    }


def routes(site: Any, api: bool) -> list[tuple[str, str]]:
    """(method, path) of each route with an id in it."""
    return [
        (method, route.path_format)
        for route in site.app.routes
        if isinstance(route, HTTPRoute) and route.path_format.startswith("/api/") is api
        for method in route.route_handler_map
        if method != "OPTIONS" and NAMED & set(re.findall(r"{(\w+)}", route.path_format))
    ]


def asked(path: str, things: dict[str, UUID]) -> str:
    return path.format(**things, slug="personne")


STRANGERS: list[dict[str, Any]] = [
    {"structure": "Maison du Département Grenoble"},
    {"organisation": "pole-emploi-38", "structure": None, "prescriber_kinds": ("FT",)},
    {"organisation": "pole-emploi-38", "structure": VOIRON},
]


@pytest.mark.parametrize("of", STRANGERS)
async def test_no_page_shows_or_changes_what_is_somebody_else_s(site: Any, things: Any, of: dict[str, Any]) -> None:
    stranger = await site.browser("paul", roles=("prescriber", "admin"), **of)
    page = await stranger.open("/imports")
    before = await site.side.stored()
    found = routes(site, api=False)
    assert len(found) >= 19
    for method, path in found:
        here = asked(path, things)
        if method == "GET":
            answer = await stranger.client.get(here)
        else:
            answer = await stranger.send(
                page, here, {"version": "1", "reason_code": "erreur", "text": "x", "phone": "1"}
            )
        harmless = path.endswith("{draft_id}/suppression") and answer.status_code == 303
        assert answer.status_code == 404 or harmless, (method, path, answer.status_code)
        assert "Bérard" not in answer.text
    assert await site.side.stored() == before
    assert "Bérard" not in await stranger.open("/")
    assert "f.csv" not in await stranger.open("/imports")
    assert "ailleurs.example" not in await stranger.open("/webhooks")
    async with site.side.units.begin() as work:
        drafts = (await work.connection.exec_driver_sql("select count(*) from form_draft")).scalar_one()
    assert drafts == 1


@pytest.mark.parametrize("of", STRANGERS)
async def test_no_call_reads_or_changes_what_is_somebody_else_s(site: Any, things: Any, of: dict[str, Any]) -> None:
    bodies = {
        "withdraw": {"reason_code": "erreur"},
        "information": {"request_id": str(things["request_id"]), "text": "x"},
    }
    before = await site.side.stored()
    async with site.api(await site.token(**of)) as api:
        for method, path in routes(site, api=True):
            body = bodies.get(path.rpartition("/")[2])
            answer = await api.request(method, asked(path, things), json=body)
            assert answer.status_code == 404, (method, path, answer.text)
        assert (await api.get("/api/v1/orientations")).json()["items"] == []
        assert (await api.get("/api/v1/webhooks")).json()["items"] == []
    assert await site.side.stored() == before


async def test_roles_open_their_own_pages_only(site: Any, things: Any) -> None:
    admin = await site.browser("chef", roles=("admin",), structure=VOIRON)
    prescriber = await site.browser("helene")
    for method, path in routes(site, api=False):
        other = prescriber if path.startswith("/webhooks") else admin
        answer = await other.client.request(method, asked(path, things))
        assert answer.status_code == 403, (method, path, answer.status_code)


async def test_a_token_does_only_what_its_scopes_say(site: Any, things: Any) -> None:
    reading = site.api(await site.token("orientation:read"))
    writing = site.api(await site.token("orientation:write"))
    async with reading, writing:
        for method, path in routes(site, api=True):
            wrong = writing if method == "GET" else reading
            answer = await wrong.request(method, asked(path, things), json={})
            assert (answer.status_code, answer.json()["code"]) == (403, "token.scope"), (method, path)
