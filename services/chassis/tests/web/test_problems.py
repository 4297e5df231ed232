"""Whatever goes wrong is told in French, with a stable code, the field and the rule; and nothing leaks."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from plie_chassis_sample.service import SAMPLE
from plie_chassis_sample.site import NewSite, Site

from plie_chassis.database import create_engine
from plie_chassis.unit_of_work import Units
from plie_deploy.testing.instances import application_of, serving

Call = dict[str, Any]

REFUSALS: list[tuple[str, Call, int, str, str | None]] = [
    ("no route", {"method": "GET", "url": "/api/v1/nothing"}, 404, "not-found", None),
    ("no such note", {"method": "GET", "url": f"/api/v1/notes/{uuid4()}"}, 404, "not-found", None),
    ("wrong method", {"method": "DELETE", "url": "/api/v1/notes"}, 405, "request.method", None),
    ("id is no UUID", {"method": "GET", "url": "/api/v1/notes/12"}, 422, "invalid", "note_id"),
    ("unknown parameter", {"method": "GET", "url": "/api/v1/notes?limite=3"}, 422, "invalid", "limite"),
    ("parameter on a POST", {"method": "POST", "url": "/api/v1/notes?x=1", "json": {"title": "a"}}, 422, "invalid", "x"),
    ("limit is no number", {"method": "GET", "url": "/api/v1/notes?limit=ten"}, 422, "invalid", "limit"),
    ("limit too large", {"method": "GET", "url": "/api/v1/notes?limit=201"}, 422, "invalid", "limit"),
    ("limit too small", {"method": "GET", "url": "/api/v1/notes?limit=0"}, 422, "invalid", "limit"),
    ("date is no date", {"method": "GET", "url": "/api/v1/notes?since=03/02/2026"}, 422, "invalid", "since"),
    ("cursor not ours", {"method": "GET", "url": "/api/v1/notes?cursor=zzz"}, 422, "invalid", "cursor"),
    ("NUL in the address", {"method": "GET", "url": "/api/v1/notes?cursor=%00"}, 400, "request.malformed", None),
    ("no body", {"method": "POST", "url": "/api/v1/notes"}, 422, "invalid", ""),
    ("body is no JSON", {"method": "POST", "url": "/api/v1/notes", "content": b"{title"}, 400, "json.invalid", None),
    ("body is no UTF-8", {"method": "POST", "url": "/api/v1/notes", "content": b'{"title": "\xe9t\xe9"}'}, 400, "json.invalid", None),
    ("lone surrogate", {"method": "POST", "url": "/api/v1/notes", "content": rb'{"title": "\ud800"}'}, 400, "json.invalid", None),
    ("body is a list", {"method": "POST", "url": "/api/v1/notes", "json": []}, 422, "invalid", ""),
    ("unknown field", {"method": "POST", "url": "/api/v1/notes", "json": {"title": "a", "titre": "b"}}, 422, "invalid", "titre"),
    ("missing field", {"method": "POST", "url": "/api/v1/notes", "json": {}}, 422, "invalid", "title"),
    ("wrong type", {"method": "POST", "url": "/api/v1/notes", "json": {"title": "a", "minutes": "30"}}, 422, "invalid", "minutes"),
    ("out of range", {"method": "POST", "url": "/api/v1/notes", "json": {"title": "a", "minutes": 999}}, 422, "invalid", "minutes"),
    ("not in the list", {"method": "POST", "url": "/api/v1/notes", "json": {"title": "a", "kind": "fax"}}, 422, "invalid", "kind"),
    ("nested field", {"method": "POST", "url": "/api/v1/notes", "json": {"title": "a", "person": {"last_name": "N", "birth_date": "1983-02-31"}}}, 422, "invalid", "person.birth_date"),
    ("control character", {"method": "POST", "url": "/api/v1/notes", "json": {"title": "a\u0000b"}}, 422, "invalid", "title"),
    ("nested control character", {"method": "POST", "url": "/api/v1/notes", "json": {"title": "a", "tags": ["b", "c\u009d"]}}, 422, "invalid", "tags[1]"),
    ("not JSON by its own word", {"method": "POST", "url": "/api/v1/notes", "data": {"title": "a"}}, 415, "request.media-type", None),
    ("domain refusal", {"method": "POST", "url": "/api/v1/notes", "json": {"title": "one too many"}}, 409, "note.too-many", None),
    ("stale version", {"method": "POST", "url": "/api/v1/notes", "json": {"title": "stale"}}, 409, "conflict.stale", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "status", "code", "path"), [case[1:] for case in REFUSALS], ids=[c[0] for c in REFUSALS]
)
async def test_each_refusal_names_the_field_and_the_rule(
    site: Site, call: Call, status: int, code: str, path: str | None
) -> None:
    async with site.api(await site.token()) as api:
        answer = await api.request(**call)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:plie:problem:{code}"
    assert problem["title"][0].isupper()
    assert problem["detail"].endswith((".", "!", "?"))
    assert len(problem["trace_id"]) == 32
    if path is not None:
        assert [error["path"] for error in problem["errors"]] == [path]
        assert problem["errors"][0]["message"].endswith(".")
    assert not english_in(answer.text), answer.text


def english_in(text: str) -> list[str]:
    words = ("Expected", "invalid value", "required", "should", "Input", "Validation failed", "Not Found", "Missing")
    return [word for word in words if word in text]


async def test_line_breaks_and_tabs_are_text(site: Site) -> None:
    async with site.api(await site.token()) as api:
        answer = await api.post("/api/v1/notes", json={"title": "ligne 1\r\nligne 2\tfin, \\u0007 en toutes lettres"})
    assert answer.status_code == 201, answer.text


async def test_several_wrong_fields_are_told_at_once(site: Site) -> None:
    async with site.api(await site.token()) as api:
        answer = await api.post("/api/v1/notes", json={"title": "", "minutes": 0, "kind": "fax"})
    assert {error["path"] for error in answer.json()["errors"]} == {"title", "minutes", "kind"}
    assert answer.json()["detail"].startswith("3 champs sont à corriger.")


async def test_a_problem_may_carry_facts(site: Site) -> None:
    async with site.api(await site.token()) as api:
        answer = await api.post("/api/v1/notes", json={"title": "one too many"})
    assert answer.json()["note_id"] == "n1"


async def test_nothing_is_written_when_a_command_is_refused(site: Site) -> None:
    async with site.api(await site.token()) as api:
        await api.post("/api/v1/notes", json={"title": "bug"})
        await api.post("/api/v1/notes", json={"title": "stale"})
        assert (await api.get("/api/v1/notes")).json()["items"] == []


async def test_a_bug_shows_a_trace_to_quote_and_nothing_of_itself(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with site.api(await site.token()) as api:
        answer = await api.post("/api/v1/notes", json={"title": "bug"}, headers={"traceparent": parent})
    assert answer.status_code == 500
    assert answer.json()["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert "Samira" not in answer.text
    assert "Traceback" not in answer.text
    assert "RuntimeError" not in answer.text
    assert "request failed" in "".join(capsys.readouterr())


async def test_a_database_that_is_away_is_told_as_such(new_site: NewSite) -> None:
    site = await new_site()
    away = replace(
        site,
        units=Units(
            create_engine("postgresql+asyncpg://plie@127.0.0.1:1/none"), site.units.instance, site.units.declaration
        ),
    )
    app = application_of(SAMPLE, away.units)
    async with replace(away, app=app).api("plie_token") as api:
        answer = await api.get("/api/v1/notes")
    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"


async def test_people_get_pages_where_machines_get_json(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.get("/nulle-part")
        asked_for_json = await browser.get("/nulle-part", headers={"Accept": "application/json"})
        fragment = await browser.get("/nulle-part", headers={"HX-Request": "true"})
    assert page.status_code == asked_for_json.status_code == fragment.status_code == 404
    assert "<h1" in page.text
    assert "Introuvable" in page.text
    assert "<code>not-found</code>" in page.text
    assert asked_for_json.json()["code"] == "not-found"
    assert "<html" not in fragment.text
    assert "Introuvable" in fragment.text


async def test_an_expired_session_sends_htmx_to_sign_in(site: Site) -> None:
    async with site.browser() as browser:
        answer = await browser.get("/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/connexion"


async def test_a_body_beyond_a_megabyte_is_refused_on_a_real_server(site: Site) -> None:
    """On a socket, as the client must get the answer although its body was not read."""
    token = await site.token()
    async with (
        serving(site.app) as url,
        httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as api,
    ):
        for size in (1_100_000, 8_000_000):
            answer = await api.post("/api/v1/notes", content=b'{"title": "' + b"a" * size + b'"}')
            assert answer.status_code == 413
            assert answer.json()["code"] == "request.too-large"
            assert "1 Mo" in answer.json()["detail"].replace("\N{NO-BREAK SPACE}", " ")
        streamed = await api.post("/api/v1/notes", content=chunks(30))
        assert streamed.status_code == 413
        assert (await api.post("/api/v1/notes", json={"title": "a" * 900_000})).status_code == 201


async def chunks(count: int) -> Any:
    for _ in range(count):
        yield b"a" * 65536


async def test_an_address_of_a_form_opened_by_itself_leads_back_without_talk_of_methods(site: Site) -> None:
    async with site.browser() as browser:
        answer = await browser.get("/notes")
    assert answer.status_code == 405
    assert "Revenez à la page du formulaire." in answer.text
    assert "POST" not in answer.text
