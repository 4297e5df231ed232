"""Signing in: what is accepted, what is refused, and how guessing is slowed down."""

import asyncio

import pytest
from plie_chassis_sample.site import PASSWORD, Site
from sqlalchemy import select, text

from plie_chassis.accounts import commands, passwords, throttle
from plie_chassis.accounts.tables import Account, Session


async def try_password(site: Site, password: str, login: str = "claire") -> int:
    async with site.browser() as browser:
        return (await browser.post("/connexion", data={"login": login, "password": password})).status_code


async def test_the_right_password_leads_to_the_page_that_was_asked_for(site: Site) -> None:
    await site.account()
    async with site.browser() as browser:
        asked = await browser.get("/notes/nouvelle?titre=a%20b")
        assert asked.status_code == 303
        shown = await browser.get(asked.headers["location"])
        assert 'value="/notes/nouvelle?titre=a%20b"' in shown.text
        answer = await browser.post(
            "/connexion", data={"login": " Claire ", "password": PASSWORD, "suite": "/notes/nouvelle?titre=a%20b"}
        )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/notes/nouvelle?titre=a%20b"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_signing_in_never_leads_to_another_site(site: Site, elsewhere: str) -> None:
    await site.account()
    async with site.browser() as browser:
        answer = await browser.post("/connexion", data={"login": "claire", "password": PASSWORD, "suite": elsewhere})
    assert answer.headers["location"] == "/"


async def test_a_wrong_password_and_an_unknown_login_are_told_alike(site: Site) -> None:
    await site.account()
    async with site.browser() as browser:
        wrong = await browser.post("/connexion", data={"login": "claire", "password": "autre chose"})
        unknown = await browser.post("/connexion", data={"login": "claire", "password": "autre chose"})
        missing = await browser.post("/connexion", data={"login": "claire"})
    assert wrong.status_code == unknown.status_code == missing.status_code == 422
    assert "ne correspond pas" in wrong.text
    assert wrong.text == unknown.text
    assert "Indiquez votre mot de passe." in missing.text
    assert "set-cookie" not in wrong.headers


async def test_after_ten_tries_even_the_right_password_waits_fifteen_minutes(site: Site) -> None:
    await site.account()
    for _ in range(throttle.TRIES_PER_LOGIN):
        assert await try_password(site, "faux mot de passe") == 422
    async with site.browser() as browser:
        answer = await browser.post("/connexion", data={"login": "claire", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "900"
    assert "15 minutes" in answer.text
    site.clock.pass_by(minutes=15)
    assert await try_password(site, PASSWORD) == 303


async def test_parallel_tries_do_not_slip_past_the_throttle(site: Site) -> None:
    await site.account()
    statuses = await asyncio.gather(*(try_password(site, f"faux {n}") for n in range(15)))
    assert sorted(statuses) == [422] * 10 + [429] * 5


async def test_a_success_forgives_the_login_but_not_the_address(site: Site) -> None:
    await site.account()
    for _ in range(9):
        await try_password(site, "faux")
    assert await try_password(site, PASSWORD) == 303
    assert await try_password(site, "faux") == 422
    async with site.units.engine.connect() as connection:
        rows = dict((await connection.execute(text("SELECT subject, failures FROM sign_in_throttle"))).all())
    assert rows["login:claire"] == 1
    assert rows["address:127.0.0.1"] == 10


async def test_an_office_that_signs_in_rightly_is_never_slowed_down(site: Site) -> None:
    async with site.units.engine.begin() as connection:
        for n in range(throttle.TRIES_PER_ADDRESS + 10):
            await throttle.count_try(connection, f"colleague{n}", "10.0.0.1", site.clock())
            await throttle.forgive(connection, f"colleague{n}", "10.0.0.1")


async def test_one_address_that_tries_many_logins_is_slowed_down(site: Site) -> None:
    async with site.units.engine.begin() as connection:
        for n in range(throttle.TRIES_PER_ADDRESS):
            await throttle.count_try(connection, f"login{n}", "10.0.0.1", site.clock())
        with pytest.raises(throttle.TooManyTries):
            await throttle.count_try(connection, "another", "10.0.0.1", site.clock())
        await throttle.count_try(connection, "another", "10.0.0.2", site.clock())


async def test_a_disabled_account_cannot_sign_in_and_loses_its_sessions_at_once(site: Site) -> None:
    await site.account()
    async with site.signed_in() as browser:
        assert (await browser.get("/")).status_code == 200
        async with site.units.begin() as work:
            await commands.disable_account("CLAIRE", work)
        assert (await browser.get("/")).status_code == 303
    assert await try_password(site, PASSWORD) == 422


async def test_passwords_and_sessions_are_hashed_at_rest(site: Site) -> None:
    await site.account()
    async with site.signed_in() as browser:
        cookie = browser.cookies["plie-8301"]
    async with site.units.begin() as work:
        account = (await work.session.scalars(select(Account))).one()
        session = (await work.session.scalars(select(Session))).one()
    assert account.password_hash.startswith("$argon2id$")
    assert len(session.token_hash) == 32
    assert cookie.encode() not in session.token_hash


@pytest.mark.parametrize("password", ["onze signes", "x" * 257])
async def test_a_password_counts_twelve_characters_at_least(site: Site, password: str) -> None:
    async with site.units.begin() as work:
        with pytest.raises(passwords.PasswordTooWeak, match="12 à 256"):
            await commands.add_account(commands.AddAccount("claire", "Claire", ["writer"], password), work)


async def test_a_login_is_taken_whatever_its_capitals(site: Site) -> None:
    await site.account()
    async with site.units.begin() as work:
        with pytest.raises(commands.LoginTaken):
            await commands.add_account(commands.AddAccount("Claire", "Autre", ["writer"], PASSWORD), work)
        added = await commands.add_account(commands.AddAccount("denis", "Denis Royer", ["writer"]), work)
        assert [account.login for account in await commands.list_accounts(work)] == ["claire", "denis"]
    assert len(added.password) >= passwords.SHORTEST
    assert await try_password(site, added.password, "denis") == 303


async def test_verifying_a_password_leaves_the_event_loop_free(site: Site) -> None:
    hashed = passwords.hash_password(PASSWORD)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    assert await passwords.verify(hashed, PASSWORD)
    counting.cancel()
    assert turns > 10
