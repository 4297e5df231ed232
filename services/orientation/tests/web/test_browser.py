"""A prescriber's day in a real browser: the form by keyboard alone, every screen for axe, nothing wider than a phone."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from plie_chassis.ids import new_id
from plie_contracts.events import InformationRequested, OrientationOutcomeNotified
from plie_orientation.background import import_more
from plie_orientation.domain.authors import Author
from plie_orientation.handlers import information, outcomes
from plie_orientation.handlers.orientations import ReceiveOrientation, receive_orientation

VOIRON = "Maison du Département Voiron"
AUTHOR = Author("departement-38", VOIRON, frozenset({"DEPT"}))
SHOTS = os.environ.get("PLIE_SCREENSHOTS")
"""A folder for pictures of each screen, for those who want to look."""

TABLE = """Nom;Prénom;Date de naissance;Commune;Téléphone;Situation d’emploi;Adhésion
Morel;Inès;12/07/1991;Voiron;0476000001;sans emploi;oui
Faure;Yanis;31/02/1990;Voiron;;sans emploi;oui
"""


def chromium(of_playwright: str) -> str | None:
    return of_playwright if Path(of_playwright).exists() else shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        path = chromium(playwright.chromium.executable_path)
        if path is None:
            assert not os.environ.get("CI"), "CI has to have a Chromium"
            pytest.skip("no Chromium on this machine")
        started = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        await started.close()


async def sign_in(page: Page, url: str, login: str = "helene") -> None:
    await page.goto(f"{url}/connexion")
    await page.fill("[name=login]", login)
    await page.fill("[name=password]", "un mot de passe long")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{url}/")


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
        await page.focus("[name='person.last_name']")
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
        await tab_to(page, "[name='situation.employment']")
        await page.keyboard.press("Space")
        await press(page, "Continuer vers ses freins")
        await page.wait_for_selector("h1:has-text('Ses freins')")
        await tab_to(page, "[name='barriers'][value='mobilite']")
        await page.keyboard.press("Space")
        await press(page, "Continuer vers son accord")
        await page.wait_for_selector("h1:has-text('Son accord')")
        await tab_to(page, "[name='adhesion.given']")
        await page.keyboard.press("Space")
        await press(page, "Continuer vers la vérification")
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
        said: list[str] = []
        page.on("console", lambda told: said.append(told.text) if told.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        await sign_in(page, url, "chef")
        await look(page, url, "/", width)
        for path in (*paths, "/imports", "/webhooks"):
            await look(page, url, path, width)
        await look(page, url, "/orientations/nouvelle", width)
        await page.fill("[name='person.last_name']", "Kovačević")
        await page.fill("[name='person.commune_insee']", "38210")
        await page.wait_for_selector("#repere-commune >> text=Tullins")
        await judged(page, "communes", width)
        await page.click("text=Continuer vers sa situation")
        await page.wait_for_selector("h1:has-text('Sa situation')")
        draft_path = page.url.removeprefix(url).rpartition("/")[0]
        for part in ("personne", "situation", "freins", "accord", "verification", "personne?corriger=oui"):
            await look(page, url, f"{draft_path}/{part}", width)
        await look(page, url, "/orientations/brouillons", width)
        await page.goto(f"{url}/webhooks")
        await page.fill("[name=url]", "https://partenaire.example/plie")
        await page.click("text=Inscrire l’adresse")
        await judged(page, "webhook", width)
        await page.goto(f"{url}/imports")
        await page.set_input_files("[name=file]", {"name": "p.csv", "mimeType": "text/csv", "buffer": TABLE.encode()})
        await page.click("text=Lire le fichier")
        await page.wait_for_selector("h1:has-text('Que contient')")
        await judged(page, "colonnes", width)
        await page.click("text=Vérifier les lignes")
        await page.wait_for_selector("#avancement")
        await judged(page, "avancement", width)
        await work(site)
        await page.wait_for_selector("h2:has-text('Résultat')")
        await judged(page, "import-verifie", width)
        await page.click("text=Envoyer 1")
        await work(site)
        await page.wait_for_selector("text=Annuler l’import…")
        await judged(page, "import-envoye", width)
        assert said == []
        await context.close()


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


async def look(page: Page, url: str, path: str, width: int) -> None:
    await page.goto(url + path)
    await judged(page, path, width)


async def judged(page: Page, name: str, width: int) -> None:
    if SHOTS:
        plain = (
            re.sub("[0-9a-f]{8}-[0-9a-f-]{27}", "x", name).strip("/").replace("/", "_").replace("?", "_") or "accueil"
        )
        await page.screenshot(path=f"{SHOTS}/{plain}-{width}.png", full_page=True)
    found = await Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    assert await page.evaluate("document.documentElement.scrollWidth") <= width, name


async def work(site: Any) -> None:
    while await import_more(site.side.units):
        pass
