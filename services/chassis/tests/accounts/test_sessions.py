"""Sessions end by idleness, by age and by will; the cookie is out of reach of scripts and other sites."""

from plie_chassis_sample.site import PASSWORD, Site, form_token
from sqlalchemy import func, select

from plie_chassis.accounts.housekeeping import forget_what_is_over
from plie_chassis.accounts.tables import Session


async def test_a_session_ends_after_thirty_minutes_without_activity(site: Site) -> None:
    await site.account()
    async with site.signed_in() as browser:
        site.clock.pass_by(minutes=29)
        assert (await browser.get("/")).status_code == 200
        site.clock.pass_by(minutes=29)
        assert (await browser.get("/")).status_code == 200
        site.clock.pass_by(minutes=30)
        assert (await browser.get("/")).status_code == 303


async def test_a_session_ends_after_twelve_hours_whatever_its_activity(site: Site) -> None:
    await site.account()
    async with site.signed_in() as browser:
        for _ in range(35):
            site.clock.pass_by(minutes=20)
            assert (await browser.get("/")).status_code == 200
        site.clock.pass_by(minutes=20)
        assert (await browser.get("/")).status_code == 303


async def test_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    await site.account()
    async with site.signed_in() as browser:
        kept = dict(browser.cookies)
        token = form_token(await browser.get("/"))
        answer = await browser.post("/deconnexion", data={"_csrf": token})
        assert answer.headers["location"] == "/connexion"
    async with site.browser() as other:
        other.cookies.update(kept)
        assert (await other.get("/")).status_code == 303


async def test_signing_out_is_never_a_link(site: Site) -> None:
    await site.account()
    async with site.signed_in() as browser:
        assert (await browser.get("/deconnexion")).status_code == 405
        assert (await browser.get("/")).status_code == 200


async def test_the_cookie_is_bound_to_the_host_over_https(site: Site) -> None:
    await site.account()
    async with site.browser("https://parcours.example.org") as browser:
        answer = await browser.post("/connexion", data={"login": "claire", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-plie=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= parts
    assert not any(part.startswith(("domain", "max-age", "expires")) for part in parts)


async def test_without_https_only_loopback_can_sign_in(site: Site) -> None:
    await site.account()
    async with site.browser("http://127.0.0.1:8301") as browser:
        answer = await browser.post("/connexion", data={"login": "claire", "password": PASSWORD})
        assert answer.headers["set-cookie"].startswith("plie-8301=")
        assert "secure" not in answer.headers["set-cookie"].lower()
    async with site.browser("http://parcours.example.org") as browser:
        answer = await browser.post("/connexion", data={"login": "claire", "password": PASSWORD})
        assert "secure" in answer.headers["set-cookie"].lower()


async def test_instances_of_a_demo_on_one_machine_keep_their_sessions_apart(site: Site) -> None:
    await site.account()
    async with site.signed_in(base_url="http://127.0.0.1:8301") as browser:
        await browser.post("http://127.0.0.1:8302/connexion", data={"login": "claire", "password": PASSWORD})
        assert set(browser.cookies) == {"plie-8301", "plie-8302"}


async def test_signing_in_again_ends_the_session_before(site: Site) -> None:
    await site.account()
    async with site.signed_in() as browser:
        before = dict(browser.cookies)
        await browser.post("/connexion", data={"login": "claire", "password": PASSWORD})
        assert (await browser.get("/")).status_code == 200
    async with site.browser() as other:
        other.cookies.update(before)
        assert (await other.get("/")).status_code == 303


async def test_a_made_up_cookie_opens_nothing(site: Site) -> None:
    async with site.browser() as browser:
        browser.cookies.set("plie-8301", "0" * 43)
        assert (await browser.get("/")).status_code == 303


async def test_what_is_over_is_deleted(site: Site) -> None:
    await site.account()
    async with site.signed_in():
        site.clock.pass_by(minutes=31)
    async with site.signed_in():
        pass
    async with site.units.engine.begin() as connection:
        await forget_what_is_over(connection, site.clock())
        assert (await connection.execute(select(func.count()).select_from(Session.__table__))).scalar_one() == 1
