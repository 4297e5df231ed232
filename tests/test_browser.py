"""Every page that somebody can reach, in a real browser: axe finds nothing, nothing overflows a phone, nothing logs an error."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from .conftest import Platform

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
]
IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\d+")
SIZES = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LARGEST_PAGE = 100_000
SHOTS = os.environ.get("SCREENSHOTS")

WHO = (
    ("departement-38", "orientation", "prescriber"),
    ("metropole", "admission", "secretary"),
    ("centre-isere", "admission", "member"),
    ("mde-grenoble-nord", "parcours", "referent"),
    ("centre-isere", "parcours", "coordinator"),
    ("metropole", "reporting", "analyst"),
)

pytestmark = pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="chromium is not on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@dataclass
class Walk:
    """One person's walk through a service: each kind of page once, by its address without identifiers."""

    page: Page
    base: str
    name: str
    problems: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def through(self, size: str) -> None:
        self.seen.clear()
        waiting = ["/"]
        while waiting:
            path = waiting.pop(0)
            kind = IDENTIFIER.sub("…", path)
            if kind in self.seen or len(self.seen) > 40:
                continue
            self.seen.add(kind)
            self.look_at(path, f"{size}{kind}")
            waiting += [link for link in self.links() if IDENTIFIER.sub("…", link) not in self.seen]

    def look_at(self, path: str, what: str) -> None:
        answer = self.page.goto(self.base + path)
        assert answer is not None
        if answer.status != 200:
            self.problems.append(f"{what}: {answer.status}")
            return
        if len(answer.body()) > LARGEST_PAGE:
            self.problems.append(f"{what}: {len(answer.body())} bytes")
        width = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        if width[0] > width[1]:
            self.problems.append(f"{what}: {width[0] - width[1]} px wider than the screen")
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{SHOTS}/{self.name}-{what.strip('/').replace('/', '_')}.png", full_page=True)
        found = Axe().run(self.page, options=RULES).response["violations"]
        self.problems += [f"{what}: {rule['id']} {rule['nodes'][0]['html'][:160]}" for rule in found]

    def links(self) -> list[str]:
        """Addresses of pages of this service, without downloads, filters and pages of lists."""
        hrefs = self.page.eval_on_selector_all("a[href]:not([download])", "all => all.map(a => a.href)")
        here = urlsplit(self.base).netloc
        paths = [urlsplit(urldefrag(href).url) for href in hrefs]
        return [
            path.path
            for path in paths
            if path.netloc == here and not path.path.startswith(("/static", "/api", "/health", "/metrics"))
        ]


def signed_in(context: BrowserContext, url: str, account: dict[str, Any]) -> Page:
    page = context.new_page()
    page.goto(f"{url}/connexion")
    page.fill("[name=login]", account["login"])
    page.fill("[name=password]", account["password"])
    page.click("main button[type=submit]")
    assert not page.url.endswith("/connexion")
    return page


@pytest.mark.parametrize("who", WHO, ids=lambda who: f"{who[1]}-{who[2]}")
def test_every_page_is_accessible_and_fits(who: tuple[str, str, str], platform: Platform, browser: Browser) -> None:
    organisation, service, role = who
    url = platform.instance(organisation, service)["url"]
    problems: list[str] = []
    for size, viewport in SIZES.items():
        with browser.new_context(viewport=viewport, locale="fr-FR") as context:
            page = signed_in(context, url, platform.account(organisation, service, role))
            page.on(
                "console",
                lambda message: problems.append(f"console: {message.text}") if message.type == "error" else None,
            )
            page.on("pageerror", lambda error: problems.append(f"script: {error}"))
            walk = Walk(page, url, f"{service}-{role}", problems)
            walk.through(size)
            assert len(walk.seen) >= 2
    assert problems == []


def test_the_sign_in_page_is_accessible_in_both_themes(platform: Platform, browser: Browser) -> None:
    url = platform.instance("metropole", "reporting")["url"]
    problems: list[str] = []
    for theme in ("light", "dark"):
        with browser.new_context(color_scheme=theme) as context:
            walk = Walk(context.new_page(), url, "connexion", problems)
            walk.look_at("/connexion", theme)
    assert problems == []


def test_the_index_page_links_every_instance(platform: Platform, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(platform.index)
        linked = set(page.eval_on_selector_all("a[href]", "all => all.map(a => a.origin)"))
        assert {instance["url"] for instance in platform.status["instances"]} <= linked
