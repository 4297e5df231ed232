import html
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from plie_chassis.ids import new_id
from plie_contracts.events import InformationRequested, OrientationOutcomeNotified
from plie_orientation.handlers import information, outcomes, submissions

PATH = "/api/v1/orientations"
GRENOBLE, CROLLES = "Maison du Département Grenoble", "38140"


@pytest.fixture
async def partner(site: Any) -> Any:
    async with site.api(await site.token()) as client:
        yield client


async def test_an_orientation_is_answered_with_its_id_and_its_commission(partner: Any, body: Any) -> None:
    answer = await partner.post(PATH, json=body())
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert set(made) == {"orientation_id", "status", "received_at", "addressed_to", "links"}
    assert (made["status"], made["addressed_to"]) == ("received", "centre-isere")
    assert made["received_at"] == "2026-03-02T09:14:05+01:00"
    assert made["links"]["self"] == f"{PATH}/{made['orientation_id']}"
    assert UUID(made["orientation_id"]).version == 7


async def test_it_is_read_back_with_its_history(partner: Any, body: Any) -> None:
    made = (await partner.post(PATH, json=body())).json()
    read = (await partner.get(made["links"]["self"])).json()
    assert made.items() <= read.items()
    assert read["history"] == [{"status": "received", "on": "2026-03-02", "reason_code": None}]
    assert read["version"] == 1
    assert read["person"]["last_name"] == "Bérard"


@pytest.mark.parametrize(
    ("status", "more", "shown"),
    [
        ("in-commission", {"session_on": date(2026, 3, 26)}, ("Séance du 26 mars 2026.",)),
        (
            "refused",
            {"session_on": date(2026, 3, 19), "reason_code": "deja-accompagne", "reorientation": "cap-emploi"},
            ("séance du 19 mars 2026", "déjà accompagné par ailleurs", "Réorientation proposée : Cap emploi."),
        ),
        ("job-started", {}, ("Emploi commencé",)),
    ],
)
async def test_the_api_the_page_and_the_notice_tell_the_same(
    new_site: Any, draft: Any, from_kafka: Any, status: str, more: dict[str, Any], shown: tuple[str, ...]
) -> None:
    site, producer = await new_site("metropole.orientation"), "mission-locale-voiron"
    submitted = draft(prescriber__kind="ML", external_reference="MLV-1")
    await site.side.run(submissions.take, from_kafka(submitted, producer))
    orientation_id = (await site.side.emitted("OrientationReceived"))[0].data["orientation_id"]
    event = OrientationOutcomeNotified(orientation_id=UUID(orientation_id), status=status, on=date(2026, 3, 20), **more)
    await site.side.run(outcomes.follow, from_kafka(event, "centre-isere.admission"))

    notice = (await site.side.emitted("OrientationOutcomeNotified"))[-1].data
    async with site.api(await site.token(organisation=producer, prescriber_kinds=("ML",))) as partner:
        entry = (await partner.get(f"{PATH}/{orientation_id}")).json()["history"][-1]
    told = {"orientation_id": orientation_id, "external_reference": "MLV-1"}
    assert {**told, **{name: value for name, value in entry.items() if value is not None}} == notice
    browser = await site.browser(organisation=producer, structure=None, prescriber_kinds=("ML",))
    page = html.unescape(await browser.open(f"/orientations/{orientation_id}")).replace("\N{NO-BREAK SPACE}", " ")
    for text in shown:
        assert text in page


async def test_the_list_is_narrowed_and_paged(partner: Any, body: Any) -> None:
    ids = [
        (await partner.post(PATH, json=body(external_reference=reference))).json()["orientation_id"]
        for reference in ("A", "B", "C")
    ]
    first = (await partner.get(PATH, params={"limit": 2})).json()
    rest = (await partner.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert {item["orientation_id"] for item in first["items"] + rest["items"]} == set(ids)
    assert rest["next_cursor"] is None
    assert set(first["items"][0]) == {"orientation_id", "external_reference", "status", "received_at", "addressed_to"}
    by_reference = (await partner.get(PATH, params={"external_reference": "B"})).json()
    assert [item["orientation_id"] for item in by_reference["items"]] == [ids[1]]
    assert (await partner.get(PATH, params={"status": "admitted"})).json()["items"] == []
    assert len((await partner.get(PATH, params={"since": "2026-03-02"})).json()["items"]) == 3
    assert (await partner.get(PATH, params={"since": "2026-03-02T09:15:00+01:00"})).json()["items"] == []


async def test_it_is_withdrawn_once(partner: Any, body: Any) -> None:
    here = (await partner.post(PATH, json=body())).json()["links"]["self"]
    withdrawn = await partner.post(f"{here}/withdraw", json={"reason_code": "demenagement"})
    assert withdrawn.status_code == 200, withdrawn.text
    assert withdrawn.json()["history"][-1] == {"status": "withdrawn", "on": "2026-03-02", "reason_code": "demenagement"}
    again = await partner.post(f"{here}/withdraw", json={"reason_code": "erreur"})
    assert (again.status_code, again.json()["code"]) == (409, "orientation.withdrawn")


async def test_a_stale_version_is_told_what_changed(partner: Any, body: Any) -> None:
    here = (await partner.post(PATH, json=body())).json()["links"]["self"]
    await partner.post(f"{here}/withdraw", json={"reason_code": "erreur"})
    stale = await partner.post(f"{here}/withdraw", json={"reason_code": "erreur", "version": 1})
    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (409, "conflict.stale", 2)


async def test_a_reference_used_before_leads_to_the_orientation_that_has_it(partner: Any, body: Any) -> None:
    first = (await partner.post(PATH, json=body())).json()
    again = await partner.post(PATH, json=body())
    assert again.status_code == 409
    assert again.json()["code"] == "orientation.duplicate-reference"
    assert again.json()["orientation_id"] == first["orientation_id"]


async def test_a_key_sent_again_gets_the_first_answer_and_another_body_is_refused(site: Any, body: Any) -> None:
    async with site.api(await site.token(), **{"Idempotency-Key": "k-1"}) as partner:
        first = await partner.post(PATH, json=body())
        again = await partner.post(PATH, json=body())
        assert (again.status_code, again.json()) == (201, first.json())
        stored = await site.side.stored()
        other = await partner.post(PATH, json=body(motivation="autre"))
        assert (other.status_code, other.json()["code"]) == (422, "idempotency.reused")
        assert await site.side.stored() == stored


BAD = [
    ({"unknown": 1}, 422, "unknown", "field.unknown"),
    ({"person__nir": "1831138563000"}, 422, "person.nir", "field.unknown"),
    ({"situation__rsa_recipient": "oui"}, 422, "situation.rsa_recipient", "field.type"),
    ({"person__birth_date": "04/05/1983"}, 422, "person.birth_date", "field.format"),
    ({"person__birth_date": "2026-03-03"}, 422, "person.birth_date", "person.birth-date-in-future"),
    ({"person__birth_date": "2020-01-01"}, 422, "person.birth_date", "person.age-out-of-range"),
    ({"situation__unemployed_since": "2026-03-03"}, 422, "situation.unemployed_since", None),
    ({"adhesion__on": "2026-03-03"}, 422, "adhesion.on", "adhesion.in-future"),
    ({"person__commune_insee": CROLLES}, 422, "person.commune_insee", "territory.not-covered"),
    ({"person__commune_insee": "38500 Voiron"}, 422, "person.commune_insee", "field.format"),
    ({"person__last_name": ""}, 422, "person.last_name", "field.format"),
    ({"barriers": ["mobilité"]}, 422, "barriers[0]", "field.value"),
    ({"prescriber__kind": "FT"}, 403, "prescriber.kind", "prescriber.kind-not-allowed"),
    ({"motivation": "a\u0000b"}, 422, "motivation", None),
    ({"continuity": {"clas": "ailleurs", "reason": "x"}}, 422, "continuity.clas", "territory.unknown-clas"),
]


@pytest.mark.parametrize(("change", "status", "path", "code"), BAD)
async def test_what_is_wrong_is_named_and_nothing_is_written(
    site: Any, partner: Any, body: Any, change: dict[str, Any], status: int, path: str, code: str | None
) -> None:
    answer = await partner.post(PATH, json=body(**change))
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert path in [error["path"] for error in problem["errors"]]
    if code:
        assert code in [error["code"] for error in problem["errors"]]
    assert problem["title"]
    assert problem["detail"].endswith((".", "…"))
    assert await site.side.stored() == 0


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"", 422),
        (b"[]", 422),
        (b'{"motivation": "\xff"}', 400),
        (b'{"motivation": "' + b"a" * 1_100_000 + b'"}', 413),
    ],
)
async def test_a_body_that_is_no_orientation_is_refused(site: Any, partner: Any, content: bytes, status: int) -> None:
    answer = await partner.post(PATH, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert await site.side.stored() == 0


@pytest.mark.parametrize(
    "query", [{"statut": "received"}, {"status": "en-cours"}, {"since": "hier"}, {"limit": 500}, {"cursor": "x"}]
)
async def test_a_query_that_makes_no_sense_is_refused(partner: Any, query: dict[str, Any]) -> None:
    answer = await partner.get(PATH, params=query)
    assert answer.status_code == 422, answer.text
    assert [error["path"] for error in answer.json()["errors"]] == list(query)


async def test_another_organisation_s_token_finds_nothing(site: Any, partner: Any, body: Any) -> None:
    here = (await partner.post(PATH, json=body())).json()["links"]["self"]
    async with site.api(await site.token(organisation="ccas-voiron")) as stranger:
        assert (await stranger.get(here)).status_code == 404
        assert (await stranger.post(f"{here}/withdraw", json={"reason_code": "erreur"})).status_code == 404
        assert (await stranger.get(PATH)).json()["items"] == []
    async with site.api(await site.token(structure=GRENOBLE)) as elsewhere:
        assert (await elsewhere.get(here)).status_code == 404
        assert (await elsewhere.get(PATH)).json()["items"] == []
        refused = await elsewhere.post(PATH, json=body(external_reference="B"))
        assert (refused.status_code, refused.json()["code"]) == (403, "prescriber.structure-not-allowed")
    assert (await partner.get(f"{PATH}/{uuid4()}")).status_code == 404


async def test_the_host_sees_the_organisations_it_hosts(new_site: Any, body: Any) -> None:
    site = await new_site("metropole.orientation")
    hosted = await site.token(organisation="ccas-voiron", prescriber_kinds=("CCAS",))
    async with site.api(hosted) as ccas, site.api(await site.token()) as host:
        here = (await ccas.post(PATH, json=body(prescriber__kind="CCAS"))).json()["links"]["self"]
        assert (await host.get(here)).status_code == 200
        own = (await host.post(PATH, json=body())).json()["links"]["self"]
        assert (await ccas.get(own)).status_code == 404


async def test_a_partner_sees_what_the_commission_asks_and_answers_it_bit_by_bit(
    site: Any, partner: Any, body: Any, from_kafka: Any
) -> None:
    oriented = (await partner.post(PATH, json=body())).json()["orientation_id"]
    asked = InformationRequested(
        request_id=new_id(), orientation_id=UUID(oriented), asked=("coordonnees", "motivation", "autre")
    )
    await site.side.run(information.keep_request, from_kafka(asked, "centre-isere.admission"))
    (waiting,) = (await partner.get(f"{PATH}/{oriented}")).json()["waiting_for"]
    assert (waiting["asked"], waiting["answered"]) == (["coordonnees", "motivation", "autre"], [])
    given = {"request_id": waiting["request_id"]}
    empty = await partner.post(f"{PATH}/{oriented}/information", json={**given, "education_level": 3})
    assert (empty.status_code, empty.json()["code"]) == (422, "information.empty-answer")
    first = await partner.post(f"{PATH}/{oriented}/information", json={**given, "phone": "0476112233", "text": "x"})
    assert first.status_code == 201
    assert (first.json()["answered"], first.json()["left"]) == (["coordonnees", "motivation"], ["autre"])
    words = {"text": "Rien de plus.", "text_answers": ["autre"]}
    rest = await partner.post(f"{PATH}/{oriented}/information", json={**given, **words})
    assert rest.json()["left"] == []
    again = await partner.post(f"{PATH}/{oriented}/information", json={**given, **words})
    assert (again.status_code, again.json()["code"]) == (409, "information.answered")
    assert (await partner.get(f"{PATH}/{oriented}")).json()["waiting_for"] == []


async def test_reading_does_not_open_writing(site: Any, body: Any) -> None:
    async with site.api(await site.token("orientation:read")) as reader:
        assert (await reader.post(PATH, json=body())).status_code == 403
    async with site.api("plie_inconnu") as nobody:
        assert (await nobody.get(PATH)).status_code == 401
    assert await site.side.stored() == 0
