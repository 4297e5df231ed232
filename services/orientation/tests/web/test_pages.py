import html
import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from plie_chassis.ids import new_id
from plie_contracts.events import InformationRequested, OrientationOutcomeNotified
from plie_orientation.domain.authors import Author
from plie_orientation.handlers import information, outcomes, submissions
from plie_orientation.handlers.orientations import ReceiveOrientation, receive_orientation
from plie_orientation.web.pages import orientations as pages

VOIRON = "Maison du Département Voiron"
HERE = Author("departement-38", VOIRON, frozenset({"DEPT"}))


@pytest.fixture
async def helene(site: Any) -> Any:
    return await site.browser()


async def followed(browser: Any, answer: Any) -> str:
    """Where a redirect leads."""
    assert answer.status_code == 303, answer.text
    return html.unescape(await browser.open(answer.headers["location"]))


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
    assert "Ce qui vous attend" in page
    assert "dossier incomplet" in page
    detail = await helene.open(f"/orientations/{orientation_id}")
    assert "La commission l’examinera de nouveau" in detail


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


async def test_only_a_direct_producer_is_offered_to_withdraw_what_it_submitted(
    new_site: Any, draft: Any, from_kafka: Any
) -> None:
    host, producer = await new_site("metropole.orientation"), "mission-locale-voiron"
    await host.side.run(submissions.take, from_kafka(draft(prescriber__kind="ML"), producer))
    path = f"/orientations/{(await host.side.emitted('OrientationReceived'))[0].data['orientation_id']}"
    of_host = await host.browser("paul", structure=None, prescriber_kinds=("ML",))
    page = await of_host.open(path)
    assert f"{path}/retrait" not in page
    refused = await of_host.send(page, f"{path}/retrait", {"version": "1", "reason_code": "erreur"})
    assert refused.status_code == 403
    assert "Mission Locale du Voironnais" in refused.text
    own = await host.browser(organisation=producer, structure=None, prescriber_kinds=("ML",))
    assert f"{path}/retrait" in await own.open(path)


async def test_somebody_else_s_orientation_does_not_exist(site: Any, draft: Any) -> None:
    path = f"/orientations/{await received(site, draft)}"
    stranger = await site.browser("paul", structure="Maison du Département Grenoble")
    assert (await stranger.client.get(path)).status_code == 404
    page = await stranger.open("/orientations/nouvelle")
    assert (await stranger.send(page, f"{path}/retrait", {"version": "1", "reason_code": "erreur"})).status_code == 404


async def ask(site: Any, orientation_id: UUID, from_kafka: Any, *asked: str) -> UUID:
    event = InformationRequested(request_id=new_id(), orientation_id=orientation_id, asked=asked)
    await site.side.run(information.keep_request, from_kafka(event, "centre-isere.admission"))
    return event.request_id


async def test_what_the_commission_asks_waits_on_the_first_page_and_is_answered(
    site: Any, helene: Any, draft: Any, from_kafka: Any
) -> None:
    orientation_id = await received(site, draft)
    await ask(site, orientation_id, from_kafka, "coordonnees", "motivation")
    first = html.unescape(await helene.open("/"))
    assert "Demandé le" in first
    assert "Noémie Bérard" in await helene.open("/?status=asked")
    assert 'class="count">1<' in first
    path = f"/orientations/{orientation_id}"
    page = await helene.open(path)
    empty = await helene.send(page, f"{path}/reponse", {"phone": "", "text": " "})
    assert empty.status_code == 422
    assert "Répondez à ce qui est demandé" in empty.text
    answer = await helene.send(page, f"{path}/reponse", {"phone": "0476112233", "text": "Projet de vente."})
    page = await followed(helene, answer)
    assert "Réponse envoyée à la commission" in page
    assert "04 76 11 22 33" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "Projet de vente." in page
    assert "Demandé le" not in await helene.open("/")
    assert "Noémie Bérard" not in await helene.open("/?status=asked")
    again = await helene.send(page, f"{path}/reponse", {"text": "encore"})
    assert again.status_code == 409


async def test_what_is_answered_in_part_stays_asked_for_the_rest(
    site: Any, helene: Any, draft: Any, from_kafka: Any
) -> None:
    orientation_id = await received(site, draft)
    await ask(site, orientation_id, from_kafka, "coordonnees", "justificatif-domicile")
    await ask(site, orientation_id, from_kafka, "autre")
    path = f"/orientations/{orientation_id}"
    page = await helene.open(path)
    vague = await helene.send(page, f"{path}/reponse", {"text": "Elle est hébergée chez sa sœur."})
    assert vague.status_code == 422
    assert 'href="#c-text_answers"' in vague.text
    answer = await helene.send(page, f"{path}/reponse", {"proof_of_address": "attestation-hebergement"})
    page = (await followed(helene, answer)).replace("\N{NO-BREAK SPACE}", " ")
    assert "Elle attend encore : coordonnées, autre information." in page
    assert "La commission vous demande : coordonnées, autre information" in page
    assert "Sur : justificatif de domicile. Reste : coordonnées." in page
    assert "attestation d’hébergement" in page
    assert 'name="proof_of_address"' not in page


async def test_the_receipt_tells_what_was_sent_and_when(site: Any, helene: Any, draft: Any) -> None:
    path = f"/orientations/{await received(site, draft)}/recepisse"
    page = html.unescape(await helene.open(path)).replace("\N{NO-BREAK SPACE}", " ")
    assert "Transmise le 2 mars 2026 à 9 h 14" in page
    assert "donnée le 1er mars 2026" in page
    assert "data-print" in page


async def test_a_list_is_narrowed_by_day_and_structure(site: Any, draft: Any) -> None:
    await received(site, draft)
    boss = await site.browser("chef", structure=None)
    assert "Noémie Bérard" in await boss.open("/?since=2026-03-02")
    assert "Noémie Bérard" not in await boss.open("/?since=2026-03-03")
    assert "Noémie Bérard" not in await boss.open("/?structure=Ailleurs")


async def test_a_search_goes_on_by_post(site: Any, helene: Any, draft: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(pages, "FOUND_AT_ONCE", 1)
    for reference in "AB":
        await received(site, draft, external_reference=reference)
    found = await helene.send(await helene.open("/"), "/", {"q": "berard"})
    cursor = re.search(r'name="cursor" value="([^"]+)"', found.text)
    assert cursor
    rest = await helene.send(found.text, "/", {"q": "berard", "cursor": cursor[1]})
    assert found.text.count(">Noémie Bérard<") == rest.text.count(">Noémie Bérard<") == 1
    assert 'name="cursor"' not in rest.text
