import html
import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from plie_contracts.events import OrientationOutcomeNotified
from plie_orientation.domain.authors import Author
from plie_orientation.handlers import outcomes
from plie_orientation.handlers.orientations import ReceiveOrientation, receive_orientation

NEW = "/orientations/nouvelle"
VOIRON = "Maison du Département Voiron"
HERE = Author("departement-38", VOIRON, frozenset({"DEPT"}))

FILLED: dict[str, Any] = {
    "person.last_name": "Bérard",
    "person.first_name": "Noémie",
    "person.birth_date": "1983-05-04",
    "person.sex": "F",
    "person.commune_insee": "Voiron (38500)",
    "person.address": "",
    "continuity.clas": "",
    "continuity.reason": "",
    "situation.employment": "unemployed",
    "situation.unemployed_since": "2024-05-01",
    "situation.rsa_recipient": "true",
    "situation.education_level": "2",
    "situation.disability": "yes",
    "barriers": ["mobilite", "sante"],
    "motivation": "Souhaite reprendre une activité.",
    "adhesion.given": "true",
    "adhesion.on": "2026-03-01",
    "prescriber.kind": "DEPT",
    "prescriber.structure": VOIRON,
    "prescriber.advisor": "Hélène Brun-Picard",
    "external_reference": "",
}


@pytest.fixture
async def helene(site: Any) -> Any:
    return await site.browser()


def form_id(page: str) -> str:
    found = re.search(r'name="form_id" value="([^"]+)"', page)
    assert found
    return found[1]


async def send(browser: Any, page: str, **changes: Any) -> Any:
    return await browser.send(page, NEW, {**FILLED, "form_id": form_id(page), **changes})


async def followed(browser: Any, answer: Any) -> str:
    """Where a redirect leads."""
    assert answer.status_code == 303
    return html.unescape(await browser.open(answer.headers["location"]))


async def test_the_form_orients_like_the_api(site: Any, helene: Any) -> None:
    answer = await send(helene, await helene.open(NEW))
    page = await followed(helene, answer)
    assert "L’orientation est envoyée à la commission" in page
    assert "Noémie Bérard" in page
    fact, identity = await site.side.emitted()
    assert fact.data["prescriber"] == {"kind": "DEPT", "structure_code": "maison-du-departement-voiron"}
    assert fact.data["barriers"] == ["mobilite"]
    assert identity.data["sensitive_barriers"] == ["sante"]
    assert identity.data["commune_insee"] == "38563"
    assert answer.headers["location"] == f"/orientations/{fact.data['orientation_id']}"


async def test_a_double_click_orients_once(site: Any, helene: Any) -> None:
    page = await helene.open(NEW)
    first, second = await send(helene, page), await send(helene, page)
    assert first.headers["location"] == second.headers["location"]
    assert "Noémie Bérard" in await followed(helene, second)
    assert len(await site.side.emitted("OrientationReceived")) == 1


async def test_a_refused_form_keeps_what_was_typed_and_names_each_error(site: Any, helene: Any) -> None:
    page = await helene.open(NEW)
    answer = await send(
        helene,
        page,
        **{"person.birth_date": "2030-01-01", "person.commune_insee": "Crolles", "person.last_name": "D’Été <b>"},
    )
    assert answer.status_code == 422
    text = html.unescape(answer.text)
    assert 'value="D’Été <b>"' in text
    assert "D’Été <b>" not in answer.text
    assert 'value="Crolles"' in text
    assert 'value="2030-01-01"' in text
    assert 'href="#c-person-birth_date"' in text
    assert 'aria-describedby="c-person-commune_insee-t c-person-commune_insee-e"' in text
    assert "ne relève d’aucune commission" in text
    assert form_id(answer.text) == form_id(page)
    assert re.search(r'id="c-situation-rsa_recipient"[^>]* checked', answer.text)
    assert await site.side.stored() == 0


async def test_an_empty_form_names_each_field_that_is_missing(helene: Any) -> None:
    page = await helene.open(NEW)
    answer = await helene.send(page, NEW, {"form_id": form_id(page), "prescriber.kind": "DEPT"})
    assert answer.status_code == 422
    for field in ("last_name", "first_name", "birth_date", "commune_insee"):
        assert f'href="#c-person-{field}"' in answer.text


async def test_a_commune_that_is_several_asks_which_one(helene: Any) -> None:
    answer = await send(helene, await helene.open(NEW), **{"person.commune_insee": "38500"})
    assert answer.status_code == 422
    assert "plusieurs communes correspondent" in html.unescape(answer.text).lower()


async def test_a_reference_used_before_leads_to_the_orientation_that_has_it(helene: Any) -> None:
    first = await send(helene, await helene.open(NEW), external_reference="RSA-1")
    again = await send(helene, await helene.open(NEW), external_reference="RSA-1", motivation="autre")
    assert again.status_code == 409
    assert f'href="{first.headers["location"]}"' in again.text


async def test_options_begin_with_a_capital_and_keep_their_acronyms(site: Any, helene: Any, draft: Any) -> None:
    page = html.unescape(await helene.open(NEW))
    for option in ("Maîtrise de la langue</label>", "CAP, BEP, baccalauréat (CITE 3)</option>"):
        assert f">{option}" in page
    assert ">Déménagement<" in await helene.open(f"/orientations/{await received(site, draft)}")


async def test_the_hints_follow_what_is_typed(helene: Any) -> None:
    page = await helene.open(NEW)
    assert "0 critère rempli sur 4" in page.replace("\N{NO-BREAK SPACE}", " ")
    answer = await helene.send(page, "/orientations/reperes", {**FILLED, "form_id": form_id(page)})
    text = answer.text.replace("\N{NO-BREAK SPACE}", " ")
    assert answer.status_code == 200
    assert "4 critères remplis sur 4" in text
    assert "Relève de" in text
    assert "22 mois : chômage de longue durée" in text
    outside = await helene.send(page, "/orientations/reperes", {"person.commune_insee": "Crolles"})
    assert "Hors territoire" in outside.text


async def test_a_form_of_another_site_is_refused(site: Any, helene: Any) -> None:
    page = await helene.open(NEW)
    answer = await helene.client.post(NEW, data={**FILLED, "form_id": form_id(page)})
    assert answer.status_code == 403
    assert await site.side.stored() == 0


async def received(site: Any, draft: Any, **changes: Any) -> UUID:
    stored = await site.side.run(receive_orientation, ReceiveOrientation(draft(**changes), HERE))
    return stored.orientation.id


async def tell(site: Any, orientation_id: UUID, status: str, from_kafka: Any, **more: Any) -> None:
    event = OrientationOutcomeNotified(orientation_id=orientation_id, status=status, on=date(2026, 3, 20), **more)
    await site.side.run(outcomes.follow, from_kafka(event, "centre-isere.admission"))


async def test_an_empty_list_says_what_an_orientation_is(helene: Any) -> None:
    page = await helene.open("/")
    assert "Aucune orientation pour l’instant" in html.unescape(page)


async def test_the_list_is_filtered_by_status(site: Any, helene: Any, draft: Any) -> None:
    await received(site, draft)
    assert "Aucune orientation ne correspond" in await helene.open("/?status=refused")
    assert "Noémie Bérard" in await helene.open("/?status=waiting")


async def test_a_search_finds_without_accents_and_within_a_status(site: Any, helene: Any, draft: Any) -> None:
    await received(site, draft)
    await received(site, draft, external_reference="B", person__last_name="Kovačević", person__first_name="Ana")
    page = await helene.open("/")
    assert "Noémie Bérard" in page
    found = await helene.send(page, "/", {"q": "kovacevic", "status": "waiting"})
    assert found.status_code == 200
    assert "Ana Kovačević" in found.text
    assert "Noémie Bérard" not in found.text
    assert 'value="kovacevic"' in found.text
    assert re.search(r'value="waiting" selected', found.text)
    none = await helene.send(page, "/", {"q": "kovacevic", "status": "refused"})
    assert "Aucune orientation ne correspond" in none.text


async def test_a_searched_name_never_stands_in_an_address(site: Any, helene: Any, draft: Any) -> None:
    await received(site, draft)
    page = await helene.open("/")
    assert re.search(r'<form[^>]* method="post" action="/" role="search"', page)
    found = await helene.send(page, "/", {"q": "Bérard", "status": ""})
    assert found.request.url.query == b""
    assert not [link for link in re.findall(r'(?:href|action)="([^"]*)"', found.text) if "rard" in link]
    assert "Noémie Bérard" in await helene.open("/?q=kovacevic")


async def test_a_search_for_nothing_gives_the_status_an_address(site: Any, helene: Any, draft: Any) -> None:
    await received(site, draft)
    answer = await helene.send(await helene.open("/"), "/", {"q": " ", "status": "refused"})
    assert answer.headers["location"] == "/?status=refused"
    assert "Aucune orientation ne correspond" in await followed(helene, answer)


async def test_a_list_goes_on_by_its_cursor(site: Any, helene: Any, draft: Any) -> None:
    await received(site, draft)
    await received(site, draft, external_reference="B", person__last_name="Kovačević", person__first_name="Ana")
    first = await helene.open("/?status=waiting&limit=1")
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    rest = await helene.open(html.unescape(following[1]))
    assert [name in rest for name in ("Noémie Bérard", "Ana Kovačević")] == [
        name not in first for name in ("Noémie Bérard", "Ana Kovačević")
    ]


async def test_what_is_deferred_waits_for_the_prescriber(site: Any, helene: Any, draft: Any, from_kafka: Any) -> None:
    orientation_id = await received(site, draft)
    await tell(site, orientation_id, "deferred", from_kafka, reason_code="dossier-incomplet")
    page = html.unescape(await helene.open("/"))
    assert "À reprendre" in page
    assert "dossier incomplet" in page


async def test_the_outcome_and_its_reason_stand_on_the_page(
    site: Any, helene: Any, draft: Any, from_kafka: Any
) -> None:
    orientation_id = await received(site, draft)
    refusal = {"session_on": date(2026, 3, 19), "reason_code": "deja-accompagne", "reorientation": "ml"}
    await tell(site, orientation_id, "refused", from_kafka, **refusal)
    page = html.unescape(await helene.open(f"/orientations/{orientation_id}")).replace("\N{NO-BREAK SPACE}", " ")
    for told in (
        "Refusée",
        "19 mars 2026",
        "déjà accompagné par ailleurs",
        "Mission Locale",
        "ne peut plus être retirée",
    ):
        assert told in page


async def test_one_withdraws_with_a_reason(site: Any, helene: Any, draft: Any) -> None:
    path = f"/orientations/{await received(site, draft)}"
    page = await helene.open(path)
    without = await helene.send(page, f"{path}/retrait", {"version": "1", "reason_code": ""})
    assert without.status_code == 422
    answer = await helene.send(page, f"{path}/retrait", {"version": "1", "reason_code": "demenagement"})
    assert answer.headers["location"] == path
    page = await followed(helene, answer)
    assert "Retirée" in page
    assert "déménagement" in page
    again = await helene.send(page, f"{path}/retrait", {"version": "1", "reason_code": "erreur"})
    assert again.status_code == 409


async def test_somebody_else_s_orientation_does_not_exist(site: Any, draft: Any) -> None:
    path = f"/orientations/{await received(site, draft)}"
    stranger = await site.browser("paul", structure="Maison du Département Grenoble")
    assert (await stranger.client.get(path)).status_code == 404
    page = await stranger.open(NEW)
    assert (await stranger.send(page, f"{path}/retrait", {"version": "1", "reason_code": "erreur"})).status_code == 404
