"""One transaction, whoever speaks to the database: the session, plain SQL or the driver."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from plie_chassis.database import driver_of, is_database_away

from .conftest import Side

EFFECT = "insert into effect (key) values ($1)"


async def keys(side: Side) -> list[str]:
    return [key for (key,) in await side.fetch("select key from effect order by key")]


async def test_what_the_driver_is_told_first_goes_with_a_unit_that_fails(writer: Side) -> None:
    with pytest.raises(ZeroDivisionError):
        async with writer.units.begin() as work:
            await (await driver_of(work.connection)).execute(EFFECT, "lost")
            raise ZeroDivisionError
    assert await keys(writer) == []


async def test_what_the_driver_is_told_goes_with_a_savepoint_that_fails(writer: Side) -> None:
    async with writer.units.begin() as work:
        driver = await driver_of(work.connection)
        await driver.execute(EFFECT, "before")
        with pytest.raises(ZeroDivisionError):
            async with work.savepoint():
                await driver.execute(EFFECT, "within")
                raise ZeroDivisionError
        await driver.execute(EFFECT, "after")
    assert await keys(writer) == ["after", "before"]


async def test_a_connection_that_is_lost_under_the_driver_does_not_go_back_to_the_pool(writer: Side) -> None:
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError, OSError)) as lost:
        async with writer.units.begin() as work:
            driver = await driver_of(work.connection)
            backend = await driver.fetchval("select pg_backend_pid()")
            await writer.fetch("select pg_terminate_backend(:backend)", backend=backend)
            await driver.execute(EFFECT, "lost")
    assert is_database_away(lost.value)
    async with writer.units.begin() as work:
        await (await driver_of(work.connection)).execute(EFFECT, "kept")
    assert await keys(writer) == ["kept"]
