"""The secretariat's day in a real browser: every screen is accessible and fits, a session is held by keyboard alone."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page

from plie_admission.domain.follow_ups import Opinion, OpinionDraft, Subject
from plie_admission.domain.sessions import Member
from plie_admission.handlers import parcours
from plie_admission.handlers.follow_ups import GiveOpinion, give_opinion
from plie_admission.handlers.recognitions import Recognise, recognise
from plie_admission.handlers.requests import AskPrescriber, ask_prescriber
from plie_admission.handlers.sessions import AddFollowUp, add_follow_up
from plie_admission.handlers.transfers import TransferFile, transfer_file
from plie_contracts.events import ParcoursOpened
from plie_deploy.testing import browsers
from plie_deploy.testing.browsers import listen, visit
from plie_deploy.testing.instances import serving

PASSWORD = "un mot de passe long"
PHONE = 360
WIDE = ("inbox", "file-new", "session", "session-follow-up", "agenda", "calendar")
"""The screens that a wide one lays out otherwise."""
NAMES = (
    ("Argoud", "Jean-Luc"), ("Keïta", "Fatoumata"), ("Rolland", "Kévin"), ("Esteves", "Paula"), ("Zerrouki", "Mehdi"),
    ("Tirard", "Océane"),
)  # fmt: skip
MEMBERS = (
    Member("Département de l’Isère", "Hélène Brun-Picard", True),
    Member("Pôle emploi Isère", "Lucile Chavassieu", True),
    Member("Mission Locale du Voironnais", "Hugo Mandrillon", True),
    Member("CCAS de Voiron", "Odile Marquisan", False),
)


async def sign_in(page: Page, url: str) -> None:
    await browsers.sign_in(page, url, "secretary", PASSWORD)


async def day(commission: Any, given: Any) -> dict[str, UUID]:
    """A morning's worth of work at the CLAS of Grenoble: what waits, who is known, a session held and one prepared."""
    for rank, (last_name, first_name) in enumerate(NAMES):
        await commission.receives_at_grenoble(
            last_name=last_name,
            first_name=first_name,
            birth_date=date(1980 + rank, 1 + rank, 20),
            phone=f"+3347600100{rank}",
        )
    known = await commission.receives_at_grenoble()
    await commission.settles(given.admission(maison="mde-grenoble-nord"), known)
    person = (await commission.file(known)).participant_id
    opened = ParcoursOpened(
        participant_id=person, opened_on=date(2026, 3, 12), referent_id="referent-02", modality="emploi-renforce"
    )
    await commission.hears(parcours.note_referent, opened, "mde-grenoble-nord.parcours")
    back = await commission.receives_at_grenoble(
        commune_insee="38563", first_name="Noemie", birth_date=date(1983, 4, 5), phone=None
    )
    await commission.run(ask_prescriber, AskPrescriber(back, ["coordonnees", "motivation"]))
    told_apart = await commission.receives_at_grenoble(last_name="Bérart")
    await commission.run(recognise, Recognise(told_apart, known, same=False))
    gone = await commission.receives_at_grenoble(
        last_name="Parti", first_name="Luc", phone=None, birth_date=date(1990, 1, 1)
    )
    await commission.run(transfer_file, TransferFile(gone, "centre-isere", "autre-territoire"))
    held = await commission.plans(held_on=date(2026, 3, 5), members=MEMBERS)
    await commission.run(add_follow_up, AddFollowUp(held.session_id, known, Subject.EXTENSION))
    opinion = OpinionDraft(Opinion.FAVOURABLE, "Formation jusqu’en juin.")
    await commission.run(give_opinion, GiveOpinion(held.session_id, known, opinion))
    await commission.closes(held.session_id)
    async with commission.units.begin() as work:
        from plie_admission.queries import files
        from plie_chassis.paging import Paging

        found, _ = await files.listed(files.Search(), Paging(50), work)
    waiting = [row.orientation_id for row in found if row.last_name in dict(NAMES)]
    planned = await commission.plans(*waiting, back, held_on=date(2026, 3, 12), members=MEMBERS)
    await commission.run(add_follow_up, AddFollowUp(planned.session_id, known, Subject.REASSIGNMENT))
    return {"known": known, "back": back, "gone": gone, "held": held.session_id, "planned": planned.session_id}


@pytest.fixture
async def grenoble(commission_of: Any, site_of: Any, given: Any) -> tuple[Any, dict[str, UUID]]:
    commission = await commission_of("metropole")
    ids = await day(commission, given)
    site = await site_of(commission)
    await site.browser("secretary")
    return site, ids


@pytest.mark.parametrize("width", [1280, PHONE])
async def test_every_screen_of_the_day_is_accessible_and_fits(
    grenoble: tuple[Any, dict[str, UUID]], browser: Browser, width: int
) -> None:
    site, ids = grenoble
    planned, held = f"/seances/{ids['planned']}", f"/seances/{ids['held']}"
    screens = {
        "inbox": "/",
        "inbox-all": "/?status=all",
        "file-new": f"/dossiers/{ids['back']}",
        "file-known": f"/dossiers/{ids['known']}",
        "file-gone": f"/dossiers/{ids['gone']}",
        "sessions": "/seances",
        "calendar": "/seances/calendrier?mois=2026-03",
        "new-session": "/seances/nouvelle",
        "session": planned,
        "session-follow-up": f"{planned}?dossier={ids['known']}",
        "session-known": f"{planned}?dossier={ids['back']}",
        "agenda": f"{planned}/ordre-du-jour",
        "attendance": f"{planned}/presences",
        "closing": f"{planned}/cloture",
        "minutes": held,
        "statistics": "/statistiques",
    }
    async with serving(site.app) as url:
        context = await browser.new_context(viewport={"width": width, "height": 800}, locale="fr-FR")
        page = await context.new_page()
        complaints = listen(page)
        await sign_in(page, url)
        for name, path in screens.items():
            if width == PHONE or name in WIDE:
                assert await visit(page, url + path, name) == []
        assert complaints == []


async def press(page: Page, key: str, until: str, times: int = 60) -> None:
    """Press until the focus is on what `until` selects."""
    for _ in range(times):
        if await page.evaluate("selector => document.activeElement.matches(selector)", until):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{key} never came to {until}")


async def test_a_session_is_held_by_keyboard_alone(grenoble: tuple[Any, dict[str, UUID]], browser: Browser) -> None:
    site, ids = grenoble
    async with serving(site.app) as url:
        page = await browser.new_page()
        await sign_in(page, url)
        await page.goto(f"{url}/seances/{ids['planned']}")
        first = await page.inner_text("h2#t-dossier")
        await press(page, "Tab", "[name=decision]")
        await page.keyboard.press("ArrowRight")
        await page.wait_for_selector("[name=defer_until]")
        assert await page.is_checked("[name=decision][value=defer]")
        await press(page, "Tab", "[name=reason_code]")
        await page.keyboard.type("Absent")
        await press(page, "Tab", "[name=defer_until]")
        await page.keyboard.type("09042026")
        await press(page, "Tab", "#decision button[type=submit]")
        await page.keyboard.press("Enter")
        await page.wait_for_function("name => document.querySelector('h2#t-dossier').innerText !== name", arg=first)
        assert await site.commission.count("select count(*) from agenda_item where decision = 'defer'") == 1


async def names(page: Page) -> list[str]:
    return await page.locator(".reorder li strong").all_inner_texts()


async def test_an_agenda_is_put_in_order_by_keyboard_and_by_drag(
    grenoble: tuple[Any, dict[str, UUID]], browser: Browser
) -> None:
    site, ids = grenoble
    async with serving(site.app) as url:
        page = await browser.new_page()
        await sign_in(page, url)
        await page.goto(f"{url}/seances/{ids['planned']}/ordre-du-jour")
        one, two, three, *rest = await names(page)
        await page.locator(".reorder li").nth(0).locator("a").focus()
        async with page.expect_navigation():
            await page.keyboard.press("Alt+ArrowDown")
        assert await names(page) == [two, one, three, *rest]
        await page.wait_for_load_state()
        async with page.expect_navigation():
            await page.keyboard.press("Alt+ArrowDown")
        assert await names(page) == [two, three, one, *rest]
        async with page.expect_navigation():
            await page.locator(".reorder li").nth(2).locator("[data-up]").press("Enter")
        assert await names(page) == [two, one, three, *rest]
        lines = page.locator(".reorder li")
        async with page.expect_navigation():
            await lines.nth(1).drag_to(lines.nth(0), target_position={"x": 40, "y": 4})
        assert await names(page) == [one, two, three, *rest]
