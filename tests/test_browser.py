"""Every page that somebody can reach, in a real browser: axe finds nothing, nothing overflows a phone, nothing logs an error."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.async_api import Browser, Page, ViewportSize

from plie_deploy.testing.browsers import listen, sign_in, visit

from .conftest import Platform

IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\d+")
SIZES: dict[str, ViewportSize] = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}

WHO = (
    ("departement-38", "orientation", "prescriber"),
    ("metropole", "admission", "secretary"),
    ("centre-isere", "admission", "member"),
    ("mde-grenoble-nord", "parcours", "referent"),
    ("centre-isere", "parcours", "coordinator"),
    ("metropole", "reporting", "analyst"),
)


@dataclass
class Walk:
    """One person's walk through a service: each kind of page once, by its address without identifiers."""

    page: Page
    base: str
    name: str
    problems: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    async def through(self) -> None:
        waiting = ["/"]
        while waiting:
            path = waiting.pop(0)
            kind = IDENTIFIER.sub("…", path)
            if kind in self.seen or len(self.seen) > 40:
                continue
            self.seen.add(kind)
            self.problems += await visit(self.page, self.base + path, f"{self.name}{kind}")
            waiting += [link for link in await self.links() if IDENTIFIER.sub("…", link) not in self.seen]

    async def links(self) -> list[str]:
        """Addresses of pages of this service, without downloads, filters and pages of lists."""
        hrefs = await self.page.eval_on_selector_all("a[href]:not([download])", "all => all.map(a => a.href)")
        here = urlsplit(self.base).netloc
        paths = [urlsplit(urldefrag(href).url) for href in hrefs]
        return [
            path.path
            for path in paths
            if path.netloc == here and not path.path.startswith(("/static", "/api", "/health", "/metrics"))
        ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("who", WHO, ids=lambda who: f"{who[1]}-{who[2]}")
async def test_every_page_is_accessible_and_fits(
    who: tuple[str, str, str], size: str, platform: Platform, browser: Browser
) -> None:
    organisation, service, role = who
    url = platform.instance(organisation, service)["url"]
    account = platform.account(organisation, service, role)
    page = await browser.new_page(viewport=SIZES[size], locale="fr-FR")
    await sign_in(page, url, account["login"], account["password"])
    complaints = listen(page)
    walk = Walk(page, url, f"{service}-{role}-{size}")
    await walk.through()
    assert len(walk.seen) >= 2
    assert walk.problems + complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_sign_in_page_is_accessible_in_both_themes(theme: Any, platform: Platform, browser: Browser) -> None:
    url = platform.instance("metropole", "reporting")["url"]
    page = await browser.new_page(color_scheme=theme)
    assert await visit(page, f"{url}/connexion", f"connexion-{theme}") == []


async def test_the_index_page_links_every_instance(platform: Platform, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(platform.index)
    linked = set(await page.eval_on_selector_all("a[href]", "all => all.map(a => a.origin)"))
    assert {instance["url"] for instance in platform.status["instances"]} <= linked
