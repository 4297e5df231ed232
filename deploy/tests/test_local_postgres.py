from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from plie_deploy.postgres import ADMIN, LocalPostgres
from plie_deploy.processes import Unavailable
from plie_deploy.testing import NewDatabase


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[LocalPostgres]:
    """A server as the demo has it: the one of the tests waits for no disk."""
    server = LocalPostgres(tmp_path)
    server.start()
    yield server
    server.kill()


async def test_what_was_committed_survives_a_crash(lasting: LocalPostgres) -> None:
    url = await lasting.create_database("crash", owner="someone", password="it's a secret")
    connection = await asyncpg.connect(url)
    await connection.execute("create table kept as select 1 as x")
    await connection.close()
    for crash in (lasting.stop_immediately, lasting.kill, lasting.stop):
        crash()
        assert not lasting.is_running()
        lasting.start()
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("select x from kept") == 1
        assert await connection.fetchval("show fsync") == "on"
        await connection.close()


async def test_a_role_cannot_connect_to_the_database_of_another(postgres: LocalPostgres) -> None:
    await postgres.create_database("its-own.admission", owner="its-own", password="secret")
    await postgres.create_database("another.admission", owner="another", password="secret")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(postgres.url("its-own.admission", "another", "secret"))
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.url("its-own.admission", "its-own", "guessed"))
    for name in ("its-own.admission", "another.admission"):
        await postgres.drop_database(name)


async def test_creating_a_database_again_changes_nothing(postgres: LocalPostgres) -> None:
    for _ in range(2):
        url = await postgres.create_database("twice", owner="twice", password="secret")
    await (await asyncpg.connect(url)).close()
    await postgres.drop_database("twice")


async def test_an_owner_can_create_the_extensions_the_services_need(postgres: LocalPostgres) -> None:
    url = await postgres.create_database("extensions", owner="plain", password="secret")
    connection = await asyncpg.connect(url)
    await connection.execute("create extension pg_trgm; create extension unaccent; create extension btree_gist")
    assert await connection.fetchval("select unaccent('Hélène Lefèvre')") == "Helene Lefevre"
    await connection.close()
    await postgres.drop_database("extensions")


def test_a_taken_port_is_said_in_one_line(postgres: LocalPostgres, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=rf"^port {postgres.port} \(PostgreSQL\) is already taken on this machine$"):
        LocalPostgres(tmp_path, port=postgres.port).start()


async def test_a_schema_is_made_once_and_cloned_for_each_test(database: NewDatabase) -> None:
    made: list[str] = []

    async def schema(url: str) -> None:
        made.append(url)
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        await connection.execute("create table person (id int)")
        await connection.close()

    first, second = await database(schema), await database(schema)
    assert len(made) == 1
    assert first != second
    for url in (first, second):
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        assert await connection.fetchval("select count(*) from person") == 0
        assert not await connection.fetchval("select rolsuper from pg_roles where rolname = current_user")
        await connection.execute("insert into person values (1)")
        await connection.close()


async def test_the_administrator_needs_its_password_too(postgres: LocalPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.url(ADMIN, ADMIN, "guessed"))
