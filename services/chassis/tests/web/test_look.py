"""The look in a real browser: nothing for axe to say, nothing the policy blocks, nothing that overflows."""

from typing import Literal

import pytest
from playwright.async_api import Browser, Page
from plie_chassis_sample.site import PASSWORD, Site

from plie_deploy.testing import browsers
from plie_deploy.testing.browsers import listen, visit
from plie_deploy.testing.instances import serving

PATHS = ("/connexion", "/composants", "/api/docs", "/nulle-part", "/", "/notes/nouvelle")


async def sign_in(page: Page, url: str) -> None:
    await browsers.sign_in(page, url, "claire", PASSWORD)


async def new_note(browser: Browser, url: str) -> Page:
    """A form to be filled, by somebody who may."""
    page = await browser.new_page()
    await sign_in(page, url)
    await page.goto(f"{url}/notes/nouvelle")
    return page


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (360, "light")])
async def test_every_component_is_accessible_and_fits(
    site: Site, browser: Browser, width: int, scheme: Literal["dark", "light"]
) -> None:
    await site.account("claire", "writer", "admin")
    async with serving(site.app) as url:
        context = await browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = await context.new_page()
        complaints = listen(page)
        await sign_in(page, url)
        for path in PATHS:
            assert await visit(page, url + path, status=404 if path == "/nulle-part" else 200) == []
        assert [said for said in complaints if "404" not in said] == []


async def test_the_keyboard_reaches_the_content_first(site: Site, browser: Browser) -> None:
    await site.account()
    async with serving(site.app) as url:
        page = await browser.new_page()
        await sign_in(page, url)
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Aller au contenu"
        await page.keyboard.press("Enter")
        assert page.url.endswith("#contenu")


async def test_a_refused_form_puts_the_focus_on_what_is_wrong(site: Site, browser: Browser) -> None:
    await site.account()
    async with serving(site.app) as url:
        page = await new_note(browser, url)
        await page.fill("[name=minutes]", "999")
        await page.click("main button[type=submit]")
        await page.wait_for_selector("[role=alert]:focus")
        await page.click("text=La valeur maximale est 240.")
        assert page.url.endswith("#c-minutes")


async def test_a_refused_select_keeps_its_one_chevron(site: Site, browser: Browser) -> None:
    drawn = """select => {
        const {backgroundImage, backgroundPosition, backgroundSize, paddingRight} = getComputedStyle(select);
        return [backgroundImage, backgroundPosition, backgroundSize, paddingRight];
    }"""
    async with serving(site.app) as url:
        page = await browser.new_page()
        await page.goto(f"{url}/composants")
        select = page.locator("select").first
        before = await select.evaluate(drawn)
        await select.evaluate("select => select.classList.add('is-invalid')")
        assert await select.evaluate(drawn) == before


async def test_a_state_stands_on_the_line_of_its_text(site: Site, browser: Browser) -> None:
    async with serving(site.app) as url:
        page = await browser.new_page()
        await page.goto(f"{url}/composants")
        lower = """state => {
            const foot = () => Object.assign(document.createElement("i"), {className: "d-inline-block"});
            const [line, word, inside, beside] = [document.createElement("p"), state.cloneNode(true), foot(), foot()];
            word.append(inside);
            line.append(word, "à côté", beside);
            document.querySelector("main").append(line);
            return inside.getBoundingClientRect().bottom - beside.getBoundingClientRect().bottom;
        }"""
        assert abs(await page.locator(".state").first.evaluate(lower)) < 0.5


async def test_what_is_typed_anew_is_not_called_wrong_any_more(site: Site, browser: Browser) -> None:
    await site.account()
    async with serving(site.app) as url:
        page = await new_note(browser, url)
        await page.click("main button[type=submit]")
        await page.wait_for_selector("[name=title].is-invalid")
        await page.fill("[name=title]", "Un appel")
        assert not await page.locator("[name=title].is-invalid, #c-title-e").count()


async def test_a_double_click_sends_one_form(site: Site, browser: Browser) -> None:
    await site.account()
    async with serving(site.app) as url:
        page = await new_note(browser, url)
        await page.fill("[name=title]", "une seule fois")
        await page.dblclick("main button[type=submit]")
        await page.wait_for_url(f"{url}/")
        assert await page.locator("text=une seule fois,").count() == 1


async def test_when_the_server_fails_the_page_says_so_and_keeps_what_was_typed(site: Site, browser: Browser) -> None:
    await site.account()
    async with serving(site.app) as url:
        page = await browser.new_page()
        await sign_in(page, url)
        await page.click("text=Actualiser")
        await page.wait_for_selector("#annonce >> text=Erreur de notre côté")
        await page.route("**/silence", lambda route: route.abort())
        await page.click("text=Actualiser")
        await page.wait_for_selector("#annonce >> text=Votre saisie est gardée sur cette page")
        assert await page.locator("h1").inner_text() == "Aujourd’hui"


async def test_on_paper_the_page_is_light_and_without_its_chrome(site: Site, browser: Browser) -> None:
    async with serving(site.app) as url:
        context = await browser.new_context(color_scheme="dark")
        page = await context.new_page()
        await page.goto(f"{url}/composants")
        await page.emulate_media(media="print", color_scheme="dark")
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        for chrome in (".topbar", ".pagefoot", ".filters", ".btn"):
            assert not await page.locator(chrome).first.is_visible()
