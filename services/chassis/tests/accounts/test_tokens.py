"""API tokens: known, in scope, not revoked, not too often."""

import re
from uuid import UUID

from plie_chassis_sample.site import NewSite, Site
from sqlalchemy import select

from plie_chassis.accounts import commands, tokens
from plie_chassis.accounts.tables import Token
from plie_chassis.unit_of_work import Actor


async def test_without_a_token_the_api_says_where_to_put_it(site: Site) -> None:
    async with site.api() as api:
        answer = await api.get("/api/v1/notes")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Authorization" in answer.json()["detail"]


async def test_the_token_of_another_instance_is_unknown_here(site: Site, new_site: NewSite) -> None:
    other = await new_site()
    async with site.api(await other.token()) as api:
        answer = await api.get("/api/v1/notes")
    assert answer.status_code == 401
    assert answer.json()["code"] == "token.invalid"


async def test_a_session_cookie_does_not_open_the_api(site: Site) -> None:
    await site.account()
    async with site.signed_in() as browser:
        assert (await browser.get("/api/v1/notes")).status_code == 401


async def test_a_missing_scope_is_named(site: Site) -> None:
    async with site.api(await site.token("sample:read")) as api:
        assert (await api.get("/api/v1/notes")).status_code == 200
        answer = await api.post("/api/v1/notes", json={"title": "a"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "token.scope"
    assert "sample:write" in answer.json()["detail"]


async def test_a_revoked_token_is_refused_within_seconds(site: Site) -> None:
    async with site.api(await site.token()) as api:
        assert (await api.get("/api/v1/notes")).status_code == 200
        async with site.units.begin() as work:
            token = (await commands.list_tokens(work))[0]
            await commands.revoke_token(token.id, work)
        site.clock.pass_by(seconds=tokens.CACHED.total_seconds())
        assert (await api.get("/api/v1/notes")).status_code == 401
    assert tokens.CACHED.total_seconds() <= 5


async def test_a_token_is_hashed_at_rest_and_shown_once(site: Site) -> None:
    secret = await site.token()
    assert re.fullmatch(r"plie_[A-Za-z0-9_-]{43}", secret)
    async with site.units.begin() as work:
        kept = (await work.session.scalars(select(Token))).one()
    assert kept.token_hash == tokens.hash_of(secret)
    assert secret not in str(vars(kept))


async def test_a_token_says_who_asks(site: Site) -> None:
    secret = await site.token(
        "parcours:write",
        organisation="departement-38",
        structure="MDD Voiron",
        prescriber_kinds=["TRAVAILLEUR_SOCIAL", "DEPT"],
        roles=["coordinator"],
        referent_id="referent-03",
    )
    actor = await tokens.Tokens(site.units).actor(f"Bearer {secret}")
    assert isinstance(actor.id, UUID)
    assert actor == Actor(
        kind="token",
        id=actor.id,
        display_name="Partenaire",
        organisation="departement-38",
        structure="MDD Voiron",
        prescriber_kinds=frozenset({"DEPT", "TRAVAILLEUR_SOCIAL"}),
        scopes=frozenset({"parcours:write"}),
        roles=frozenset({"coordinator"}),
        referent_id="referent-03",
    )


async def test_a_token_that_asks_too_often_is_told_when_to_come_back(new_site: NewSite) -> None:
    site = await new_site(token_rate=5)
    busy, calm = await site.token(), await site.token()
    async with site.api(busy) as api:
        statuses = [(await api.get("/api/v1/notes")).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]
        answer = await api.get("/api/v1/notes")
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["code"] == "rate.limited"
        async with site.api(calm) as other:
            assert (await other.get("/api/v1/notes")).status_code == 200
        site.clock.pass_by(seconds=1)
        assert (await api.get("/api/v1/notes")).status_code == 200


async def test_a_token_of_another_organisation_opens_nothing(site: Site) -> None:
    async with site.api(await site.token(organisation="pole-emploi-38")) as api:
        answer = await api.get("/api/v1/notes")
    assert (answer.status_code, answer.json()["code"]) == (403, "organisation.foreign")
