"""A real Chromium, started once per run, and what every page has to stand in it.

Invariant: a page is judged as it stands, by every rule of axe, with nothing wider than its window and a quiet console.
"""

import os
import re
import shutil
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from litestar import Router
    from playwright.async_api import Browser, Page

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
)
JUDGED: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # What passes is judged as well, but not written down: that takes four times as long as the judging.
    "resultTypes": ["violations"],
}
LARGEST_PAGE: Final = 100_000
SHOTS: Final = os.environ.get("SCREENSHOTS")
"""A folder for pictures of what is judged, for those who want to look."""


@pytest.fixture(scope="session")
async def chromium() -> "AsyncIterator[Browser]":
    """The run's browser process. Without a Chromium its tests are skipped, but not under CI."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        path = _installed(playwright.chromium.executable_path)
        if path is None:
            assert not os.environ.get("CI"), "CI has to have a Chromium"
            # A newcomer without a Chromium still runs the rest; the line above lets no CI pass without these.
            pytest.skip("chromium is not on this machine")
        started = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        await started.close()


def _installed(of_playwright: str) -> str | None:
    if Path(of_playwright).exists():
        return of_playwright
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture
async def browser(chromium: "Browser") -> "AsyncIterator[Browser]":
    """The browser without anybody signed in; what a test opens is closed after it."""
    yield chromium
    for context in chromium.contexts:
        await context.close()


async def sign_in(page: "Page", url: str, login: str, password: str) -> None:
    await page.goto(f"{url}/connexion")
    await page.fill("[name=login]", login)
    await page.fill("[name=password]", password)
    await page.press("[name=password]", "Enter")
    await page.wait_for_url(lambda address: not address.endswith("/connexion"))


def listen(page: "Page") -> list[str]:
    """What the console and the scripts of the page complain of, from now on."""
    heard: list[str] = []
    page.on("console", lambda said: heard.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(f"script: {error}"))
    return heard


async def visit(page: "Page", address: str, name: str = "", *, status: int = 200) -> list[str]:
    """Goes there; what is wrong with the answer, then with the page."""
    answer = await page.goto(address)
    assert answer is not None
    if answer.status != status:
        return [f"{address}: {answer.status}"]
    size = len(await answer.body())
    too_large = [f"{address}: {size} bytes"] if size > LARGEST_PAGE else []
    return too_large + await faults(page, name)


async def faults(page: "Page", name: str = "") -> list[str]:
    """What axe finds on the page as it stands, and by how much it is wider than its window."""
    from axe_playwright_python.async_playwright import Axe

    what = name or urlsplit(page.url).path
    if SHOTS:
        width = page.viewport_size["width"] if page.viewport_size else 0
        plain = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[^\w-]+", "_", what).strip("_") or "accueil"
        await page.screenshot(path=f"{SHOTS}/{plain}-{width}.png", full_page=True)
    violations = (await Axe().run(page, options=JUDGED)).response["violations"]
    overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [
        *(f"{what}: {rule['id']}: {node['html'][:160]}" for rule in violations for node in rule["nodes"]),
        *([f"{what}: {overflow} px wider than the window"] if overflow > 0 else []),
    ]


def unseen(pages: "Router", seen: Iterable[str]) -> set[str]:
    """Addresses of pages (routes that answer GET) of which none was seen; `seen` are paths."""
    paths = set(seen)
    addresses = {route.path_format for route in pages.routes if "GET" in getattr(route, "methods", ())}
    others = paths - addresses
    return {one for one in addresses - paths if not any(_opens(one, path) for path in others)}


def _opens(address: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"{[^}]+}", "[^/]+", address), path) is not None
