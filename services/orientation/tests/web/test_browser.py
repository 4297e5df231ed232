"""A prescriber's day in a real browser: the form by keyboard alone, every screen for axe, nothing wider than a phone."""

import re
from collections.abc import Awaitable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page

from plie_chassis.ids import new_id
from plie_contracts.events import InformationRequested, OrientationOutcomeNotified
from plie_deploy.testing import browsers
from plie_deploy.testing.browsers import faults, listen, unseen, visit
from plie_orientation.background import import_more
from plie_orientation.domain.authors import Author
from plie_orientation.handlers import information, outcomes
from plie_orientation.handlers.orientations import ReceiveOrientation, receive_orientation
from plie_orientation.web.pages import ROUTES

VOIRON = "Maison du Département Voiron"
AUTHOR = Author("departement-38", VOIRON, frozenset({"DEPT"}))
NO_PAGES = {"/imports/{import_id}/avancement", "/imports/{import_id}/a-corriger.csv"}
"""A part of a page that waits, and a download."""

TABLE = """Nom;Prénom;Date de naissance;Commune;Téléphone;Situation d’emploi;Adhésion
Morel;Inès;12/07/1991;Voiron;0476000001;sans emploi;oui
Faure;Yanis;31/02/1990;Voiron;;sans emploi;oui
"""


async def sign_in(page: Page, url: str, login: str = "helene") -> None:
    await browsers.sign_in(page, url, login, "un mot de passe long")


async def tab_to(page: Page, selector: str) -> None:
    """By Tab alone, as who has no mouse."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


async def type_in(page: Page, name: str, typed: str) -> None:
    await tab_to(page, f"[name='{name}']")
    await page.keyboard.type(typed)


async def press(page: Page, text: str) -> None:
    """The button or link of these words, by Tab and Enter."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if text in await page.evaluate(
            "document.activeElement.matches('a, button') ? document.activeElement.textContent : ''"
        ):
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab does not reach « {text} »")


async def test_a_person_is_oriented_by_keyboard_alone(site: Any, served: Any, browser: Browser) -> None:
    await site.browser()
    async with served(site.app) as url:
        page = await browser.new_page(locale="fr-FR")
        await sign_in(page, url)
        await press(page, "Orienter une personne")
        await page.wait_for_selector("h1:has-text('La personne')")
        await page.keyboard.type("Bérard")
        await type_in(page, "person.first_name", "Noémie")
        await tab_to(page, "[name='person.birth_date']")
        await page.keyboard.type("04051983")
        await page.wait_for_selector("#repere-age >> text=42 ans")
        await type_in(page, "person.commune_insee", "38210")
        await page.wait_for_selector("text=Tullins (38210)")
        await press(page, "Tullins")
        await page.wait_for_selector("#repere-commune >> text=Relève de")
        assert (await page.input_value("[name='person.commune_insee']")).startswith("Tullins")
        await type_in(page, "person.phone", "0476000000")
        await page.wait_for_selector("#brouillon >> text=Brouillon enregistré")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("h1:has-text('Sa situation')")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("h1:has-text('Ses freins')")
        await tab_to(page, "[name='barriers'][value='mobilite']")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("h1:has-text('Son accord')")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("h1:has-text('Vérifier avant')")
        await press(page, "Envoyer l’orientation à la commission")
        await page.wait_for_url(re.compile("/orientations/[0-9a-f-]{36}$"))
        assert await page.locator("h1").inner_text() == "Noémie Bérard"
    assert len(await site.side.emitted("OrientationReceived")) == 1


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
async def test_every_screen_is_accessible_and_fits(
    site: Any, served: Any, browser: Browser, draft: Any, from_kafka: Any, width: int, scheme: Any
) -> None:
    paths = await a_day(site, draft, from_kafka)
    await site.browser()
    await site.browser("chef", roles=("admin", "prescriber"))
    async with served(site.app) as url:
        context = await browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, locale="fr-FR"
        )
        page = await context.new_page()
        said = listen(page)
        seen: set[str] = set()

        async def clean(found: Awaitable[list[str]]) -> None:
            assert await found == []
            seen.add(urlsplit(page.url).path)

        await sign_in(page, url, "chef")
        await clean(visit(page, url + "/"))
        for path in (*paths, "/imports", "/webhooks"):
            await clean(visit(page, url + path))
        await clean(visit(page, url + "/orientations/nouvelle"))
        await page.fill("[name='person.last_name']", "Kovačević")
        await page.fill("[name='person.commune_insee']", "38210")
        await page.wait_for_selector("#repere-commune >> text=Tullins")
        await clean(faults(page, "communes"))
        await page.click("text=Continuer vers sa situation")
        await page.wait_for_selector("h1:has-text('Sa situation')")
        draft_path = page.url.removeprefix(url).rpartition("/")[0]
        for part in ("personne", "situation", "freins", "accord", "verification", "personne?corriger=oui"):
            await clean(visit(page, f"{url}{draft_path}/{part}"))
        await clean(visit(page, url + "/orientations/brouillons"))
        await page.goto(f"{url}/webhooks")
        await page.fill("[name=url]", "https://partenaire.example/plie")
        await page.click("text=Inscrire l’adresse")
        await clean(faults(page, "webhook"))
        await page.goto(f"{url}/imports")
        await page.set_input_files("[name=file]", {"name": "p.csv", "mimeType": "text/csv", "buffer": TABLE.encode()})
        await page.click("text=Lire le fichier")
        await page.wait_for_selector("h1:has-text('Que contient')")
        await clean(faults(page, "colonnes"))
        await page.click("text=Vérifier les lignes")
        await page.wait_for_selector("#avancement")
        await clean(faults(page, "avancement"))
        await work(site)
        await page.wait_for_selector("h2:has-text('Résultat')")
        await clean(faults(page, "import-verifie"))
        await page.click("text=Envoyer 1")
        await work(site)
        await page.wait_for_selector("text=Annuler l’import…")
        await clean(faults(page, "import-envoye"))
        assert said == []
        assert unseen(ROUTES, seen) == NO_PAGES


async def a_day(site: Any, draft: Any, from_kafka: Any) -> list[str]:
    """One orientation refused, one with a question to answer, one waiting."""
    ids = []
    people = (("Bérard", "Noémie"), ("Traoré", "Adama"), ("Nguyen", "Linh"))
    for number, (last_name, first_name) in enumerate(people):
        new = draft(external_reference=f"R-{number}", person__last_name=last_name, person__first_name=first_name)
        ids.append((await site.side.run(receive_orientation, ReceiveOrientation(new, AUTHOR))).orientation.id)
    refused = OrientationOutcomeNotified(
        orientation_id=ids[0], status="refused", on=date(2026, 3, 20), reason_code="deja-accompagne", reorientation="ml"
    )
    await site.side.run(outcomes.follow, from_kafka(refused, "centre-isere.admission"))
    asked = ("coordonnees", "adhesion", "situation-emploi")
    question = InformationRequested(request_id=new_id(), orientation_id=ids[1], asked=asked)
    await site.side.run(information.keep_request, from_kafka(question, "centre-isere.admission"))
    return [*(f"/orientations/{one}" for one in ids), f"/orientations/{ids[0]}/recepisse"]


async def work(site: Any) -> None:
    while await import_more(site.side.units):
        pass
