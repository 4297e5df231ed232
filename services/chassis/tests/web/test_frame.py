"""What surrounds every answer: headers, guards, the look's files."""

import re
from dataclasses import replace
from importlib.resources import files

import pytest
from litestar import get
from plie_chassis_sample.service import SAMPLE
from plie_chassis_sample.site import NewSite, Site

from plie_chassis.web import static_files

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@pytest.mark.parametrize(
    "path", ["/connexion", "/", "/nulle-part", "/api/v1/notes", "/api/docs", "/health/live", "/metrics"]
)
async def test_every_answer_forbids_inline_code_framing_and_storing(site: Site, path: str) -> None:
    async with site.browser() as browser:
        answer = await browser.get(path)
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in answer.headers


async def test_https_stays_https(site: Site) -> None:
    async with site.browser("https://parcours.example.org") as browser:
        answer = await browser.get("/connexion")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("path", ["/connexion", "/composants", "/api/docs", "/nulle-part"])
async def test_no_page_holds_inline_code_or_style_or_foreign_addresses(site: Site, path: str) -> None:
    async with site.browser() as browser:
        text = (await browser.get(path)).text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)
    assert len(text.encode()) < 100_000


async def test_files_of_the_look_may_be_kept_for_a_year(site: Site) -> None:
    async with site.browser() as browser:
        page = (await browser.get("/connexion")).text
        addresses = re.findall(r'"(/static/[^"]+)"', page)
        assert len(addresses) >= 5
        for address in addresses:
            answer = await browser.get(address)
            assert answer.status_code == 200, address
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["content-type"].split(";")[0] in {
                "text/css",
                "text/javascript",
                "image/svg+xml",
                "font/woff2",
            }
        css = await browser.get(static_files.address("plie.css"), headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in css.headers


async def test_everything_the_style_sheet_names_is_there() -> None:
    css = static_files.content("plie.css").decode()
    assert set(re.findall(r'url\("([^"]+)"\)', css)) <= static_files.NAMES


@pytest.mark.parametrize(
    "name", ["../pages.py", "%2e%2e/pages.py", "vendor/../../pages.py", "/etc/passwd", "plie.css/x"]
)
async def test_only_files_of_the_look_are_served(site: Site, name: str) -> None:
    async with site.browser() as browser:
        assert (await browser.get(f"/static/{static_files.VERSION}/{name}")).status_code == 404
        assert (await browser.get("/static/000000000000/plie.css")).status_code == 404


def test_what_is_vendored_comes_with_its_licence() -> None:
    licences = {name for name in static_files.NAMES if name.endswith("LICENSE.txt")}
    assert licences == {"fonts/source-sans-3.LICENSE.txt", "vendor/bootstrap.LICENSE.txt", "vendor/htmx.LICENSE.txt"}


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    templates = files("plie_chassis.web") / "templates" / "plie"
    drawn = set(re.findall(r'<symbol id="i-([a-z]+)"', (templates / "sprite.svg").read_text()))
    named = {
        name
        for template in templates.iterdir()
        for name in re.findall(r'icon\("([a-z]+)"', template.read_text(encoding="utf-8"))
    }
    assert named <= drawn


async def test_a_route_without_a_guard_does_not_start(new_site: NewSite) -> None:
    @get("/api/v1/open")
    async def unguarded() -> str:
        return "open to all by mistake"

    with pytest.raises(TypeError, match="GET /api/v1/open has no guard"):
        await new_site(replace(SAMPLE, routes=[unguarded]))


async def test_health_and_metrics_answer_without_an_account(site: Site) -> None:
    async with site.api() as api:
        assert (await api.get("/health/live")).json() == {"status": "ok"}
        assert (await api.get("/health/ready")).status_code == 200
        await api.get("/api/v1/notes/12")
        metrics = (await api.get("/metrics")).text
    assert 'plie_http_request_seconds_count{method="GET",route="/health/ready",status="200"} 1.0' in metrics
    assert "/api/v1/notes/12" not in metrics


async def test_not_ready_is_503(new_site: NewSite) -> None:
    async def failing() -> dict[str, object]:
        return {"status": "failing", "reasons": ["Kafka n’est pas joignable."]}

    site = await new_site(report=failing)
    async with site.api() as api:
        answer = await api.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["Kafka n’est pas joignable."]
