"""A Maison's pages in a real browser: every screen for axe, nothing wider than a phone, the next Maison written to by keyboard."""

from datetime import date
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from plie_deploy.testing.browsers import faults, listen, sign_in, unseen, visit
from plie_deploy.testing.instances import serving
from plie_parcours.domain.contacts import ContactDraft
from plie_parcours.domain.contracts import ContractDraft
from plie_parcours.domain.jobs import JobDraft
from plie_parcours.domain.steps import StepDraft
from plie_parcours.handlers.actions import NoteAttendance, PlanAction, note_attendance, plan_action
from plie_parcours.handlers.barriers import ReviewBarriers, review_barriers
from plie_parcours.handlers.contacts import LogContact, log_contact
from plie_parcours.handlers.contracts import SignContract, sign_contract
from plie_parcours.handlers.jobs import StartJob, start_job
from plie_parcours.handlers.referents import AssignReferent, assign_referent
from plie_parcours.handlers.steps import StartStep, start_step
from plie_parcours.web.pages import ROUTES
from plie_parcours.web.pages.forms import FORMS

from .conftest import PASSWORD

NORD, SUD = "mde-grenoble-nord", "mde-grenoble-sud"
PHONE = 360
"""All forms are laid out alike: on a wide screen one of them is enough."""


async def admitted(maison, last_name: str, *, to: str = NORD):
    admission = maison.admission(clas="metropole", maison=to)
    await maison.receives(admission)
    await maison.receives(maison.identity(admission.participant_id, last_name))
    return admission


async def accompanied(maison, last_name: str):
    """With a référent since March and a first interview in April."""
    admission = await admitted(maison, last_name)
    person = admission.participant_id
    await maison.on("2026-03-19").do(assign_referent, AssignReferent(person, "referent-03"))
    await maison.do(log_contact, LogContact(person, ContactDraft(date(2026, 4, 7), "presentiel", "honore")))
    return admission


async def a_whole_file(maison) -> dict[str, UUID]:
    """Somebody who leaves in two weeks, with one of everything; the parts by their place in the addresses."""
    admission = await accompanied(maison, "Bérard")
    person = admission.participant_id
    await maison.do(sign_contract, SignContract(person, ContractDraft("contrat-plie", date(2026, 4, 7))))
    await maison.do(review_barriers, ReviewBarriers(person, date(2026, 4, 8), {"mobilite": 2, "sante": 3}))
    step = await maison.do(start_step, StartStep(person, StepDraft("qualifiant", date(2026, 5, 4))))
    job = await maison.do(start_job, StartJob(person, JobDraft(date(2027, 3, 1), "cdi", weekly_hours=28), "Cuisine"))
    await maison.receives(maison.reassigned(admission, "2027-07-01"))
    contact = (await maison.parcours(person)).contacts_by_date[-1]
    return {
        "participants": person,
        "contacts": contact.contact_id,
        "emplois": job.resource.job_id,
        "suivis": job.resource.job_id,
        "etapes": step.resource.step_id,
    }


async def everywhere(maison) -> list[str]:
    """Each page once, and the file of somebody who left, of one who comes and of one whom nobody follows yet."""
    parts = await a_whole_file(maison)
    gone = await accompanied(maison, "Kovačević")
    await maison.receives(maison.reassigned(gone, "2027-06-15"))
    coming = await admitted(maison, "N’Diaye", to=SUD)
    await maison.receives(maison.reassigned(coming, "2027-07-01", from_=SUD, to=NORD))
    new = await admitted(maison, "Aydın")
    held = PlanAction("atelier-numerique", "Atelier 4", date(2026, 9, 10), 3.5, "Grenoble")
    action = await maison.do(plan_action, held)
    await maison.do(note_attendance, NoteAttendance(action.action_id, [(parts["participants"], True)]))
    here = f"/participants/{parts['participants']}"
    forms = [form.path.replace("{subject_id:uuid}", str(parts.get(form.path.partition("/")[0]))) for form in FORMS]
    return [
        "/",
        "/participants",
        here,
        *(f"{here}/{path}" for path in forms),
        *(f"/participants/{one.participant_id}" for one in (gone, coming, new)),
        "/actions",
        "/actions/nouvelle",
        f"/actions/{action.action_id}",
    ]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (PHONE, "dark")])
async def test_every_page_is_accessible_and_fits(site_nord, browser, width, scheme):
    paths = await everywhere(site_nord.maison)
    assert unseen(ROUTES, paths) == set()
    await site_nord.account("claire", "coordinator")
    async with serving(site_nord.app) as url:
        context = await browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, locale="fr-FR"
        )
        page = await context.new_page()
        said = listen(page)
        await sign_in(page, url, "claire", PASSWORD)
        for path in paths:
            if width == PHONE or path.count("/") < 3 or path.endswith("/transmission"):
                assert await visit(page, url + path) == []
        assert said == []
        await page.goto(f"{url}{next(path for path in paths if path.endswith('/contact'))}")
        await page.click("text=Noter le contact")
        await page.wait_for_selector("text=Comment : Ce champ est obligatoire.")
        assert await faults(page, "contact-refuse") == []


async def test_on_a_phone_what_is_late_stands_beside_the_name(site_nord, browser):
    admission = await accompanied(site_nord.maison, "Bérard")
    await site_nord.account("claire", "coordinator")
    async with serving(site_nord.app) as url:
        page = await browser.new_page(viewport={"width": PHONE, "height": 740})
        await sign_in(page, url, "claire", PASSWORD)
        await page.goto(f"{url}/participants")
        name = await page.locator(f"a[href='/participants/{admission.participant_id}']").bounding_box()
        late = await page.locator("text=de retard").bounding_box()
        assert name["x"] + name["width"] < late["x"]
        assert late["x"] + late["width"] < PHONE


async def press(page, text: str) -> None:
    """The link or button of these words, by Tab and Enter."""
    await tab_to(page, f"a:has-text('{text}'), button:has-text('{text}')")
    await page.keyboard.press("Enter")


async def tab_to(page, selector: str) -> None:
    wanted = await page.locator(selector).first.element_handle()
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("wanted => document.activeElement === wanted", wanted):
            return
    raise AssertionError(f"Tab does not reach {selector}")


async def test_the_next_maison_is_written_to_by_keyboard_alone(site_nord, browser):
    person = (await a_whole_file(site_nord.maison))["participants"]
    await site_nord.account("denis", "referent", referent_id="referent-03")
    async with serving(site_nord.app) as url:
        page = await browser.new_page(locale="fr-FR")
        await sign_in(page, url, "denis", PASSWORD)
        await page.goto(f"{url}/participants/{person}")
        await press(page, "Écrire à la Maison suivante")
        await page.wait_for_selector("h1:has-text('Écrire à la Maison suivante')")
        await tab_to(page, "[name=text]")
        await page.keyboard.type("Rappeler le bailleur")
        await press(page, "Garder ce mot")
        await page.wait_for_selector("text=Le mot partira avec le dossier.")
        assert urlsplit(page.url).path == f"/participants/{person}"
        await press(page, "Relire le mot à la Maison suivante")
        await page.wait_for_selector("h1:has-text('Écrire à la Maison suivante')")
        assert await page.input_value("[name=text]") == "Rappeler le bailleur"
        await press(page, "Revenir au dossier")
        await page.wait_for_selector("h1:has-text('Noémie Bérard')")
