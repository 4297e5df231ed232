"""A POST sent twice has one effect and one answer."""

import asyncio

import pytest
from plie_chassis_sample.service import Note
from plie_chassis_sample.site import Site
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from plie_chassis.accounts import idempotency
from plie_deploy.testing import eventually

KEY = {"Idempotency-Key": "k-1"}


async def notes(site: Site) -> int:
    async with site.units.begin() as work:
        return (await work.session.scalar(select(func.count()).select_from(Note))) or 0


async def test_the_same_key_and_body_get_the_first_answer_again(site: Site) -> None:
    async with site.api(await site.token()) as api:
        first = await api.post("/api/v1/notes", json={"title": "a"}, headers=KEY)
        site.clock.pass_by(days=6)
        again = await api.post("/api/v1/notes", json={"title": "a"}, headers=KEY)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert await notes(site) == 1


async def test_the_same_key_with_another_body_is_refused(site: Site) -> None:
    async with site.api(await site.token()) as api:
        await api.post("/api/v1/notes", json={"title": "a"}, headers=KEY)
        answer = await api.post("/api/v1/notes", json={"title": "b"}, headers=KEY)
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency.reused"
    assert await notes(site) == 1


async def test_a_key_belongs_to_one_token(site: Site) -> None:
    for _ in range(2):
        async with site.api(await site.token()) as api:
            assert (await api.post("/api/v1/notes", json={"title": "a"}, headers=KEY)).status_code == 201
    assert await notes(site) == 2


async def test_a_refused_command_keeps_nothing(site: Site) -> None:
    async with site.api(await site.token()) as api:
        refused = await api.post("/api/v1/notes", json={"title": "one too many"}, headers=KEY)
        assert refused.status_code == 409
        accepted = await api.post("/api/v1/notes", json={"title": "a"}, headers=KEY)
    assert accepted.status_code == 201


async def test_a_key_is_free_again_after_seven_days(site: Site) -> None:
    async with site.api(await site.token()) as api:
        await api.post("/api/v1/notes", json={"title": "a"}, headers=KEY)
        site.clock.pass_by(days=7)
        assert (await api.post("/api/v1/notes", json={"title": "b"}, headers=KEY)).status_code == 201
    async with site.units.engine.begin() as connection:
        await idempotency.forget_expired(connection, site.clock())
        assert (await connection.execute(text("SELECT count(*) FROM idempotency"))).scalar_one() == 1


async def test_while_the_first_is_running_the_second_is_told_to_wait(site: Site) -> None:
    """The first one is held in its transaction by a lock on the table it writes."""
    async with site.api(await site.token()) as api, site.units.engine.connect() as connection:
        await connection.execute(text("LOCK TABLE note IN SHARE ROW EXCLUSIVE MODE"))
        first = asyncio.create_task(api.post("/api/v1/notes", json={"title": "a"}, headers=KEY))
        await eventually(lambda: someone_waits(connection))
        second = await api.post("/api/v1/notes", json={"title": "a"}, headers=KEY)
        assert second.status_code == 409
        assert second.json()["code"] == "idempotency.running"
        await connection.rollback()
        assert (await first).status_code == 201
        third = await api.post("/api/v1/notes", json={"title": "a"}, headers=KEY)
    assert third.content == (await first).content
    assert await notes(site) == 1


async def test_ten_at_once_have_one_effect(site: Site) -> None:
    async with site.api(await site.token()) as api:
        answers = await asyncio.gather(
            *(api.post("/api/v1/notes", json={"title": "a"}, headers=KEY) for _ in range(10))
        )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert await notes(site) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
async def test_a_key_is_printable_and_short(site: Site, key: str) -> None:
    async with site.api(await site.token()) as api:
        answer = await api.post("/api/v1/notes", json={"title": "a"}, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "Idempotency-Key"


async def someone_waits(connection: AsyncConnection) -> bool:
    blocked = text("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'note'::regclass")
    return (await connection.execute(blocked)).first() is not None
