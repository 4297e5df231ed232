"""Databases of a test's own, cloned from templates that are migrated once per run."""

import inspect
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

import asyncpg
import pytest
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import AsyncEngine

from plie_chassis.database import create_engine
from plie_chassis.migrations import migrate
from plie_deploy.postgres import LocalPostgres, sqlalchemy_url

ROLE = "plie"


Schema = Callable[[str], Awaitable[None] | None]
"""Brings a database, given its URL, to the wanted schema."""


class NewDatabase(Protocol):
    async def __call__(self, schema: Schema | None = None) -> str:
        """URL (`postgresql+asyncpg://…`) of a database of this test's own.

        `schema` is run once per session; what it made is then cloned in some 50 ms.
        """
        ...


def schema_of(package: str, metadata: MetaData) -> Callable[[str], Awaitable[None]]:
    """A service's newest schema. Each call makes a template of its own: keep what it answers."""

    async def migrated(url: str) -> None:
        engine = create_engine(url)
        await migrate(engine, package=package, metadata=metadata)
        await engine.dispose()

    return migrated


async def schema_drift(metadata: MetaData, engine: AsyncEngine) -> list[Any]:
    """In what a service's own tables, as its migrations made them, differ from those that its code declares."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def differences(connection: Connection) -> list[Any]:
        options = {"include_name": lambda name, kind, _: kind != "table" or name in metadata.tables}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    async with engine.connect() as connection:
        return await connection.run_sync(differences)


@pytest.fixture(scope="session")
def templates() -> dict[Schema, str]:
    """The sealed database of each schema of this run."""
    return {}


@pytest.fixture
async def database(postgres: LocalPostgres, templates: dict[Schema, str]) -> AsyncIterator[NewDatabase]:
    made: list[str] = []

    async def new(schema: Schema | None = None) -> str:
        if schema is not None and schema not in templates:
            template = f"template_{secrets.token_hex(4)}"
            outcome = schema(await create(template))
            if inspect.isawaitable(outcome):
                await outcome
            await postgres.seal(template)
            templates[schema] = template
        name = f"test_{secrets.token_hex(4)}"
        made.append(name)
        return await create(name) if schema is None else await clone(templates[schema], name)

    async def create(name: str) -> str:
        return sqlalchemy_url(await postgres.create_database(name, owner=ROLE, password=ROLE))

    async def clone(template: str, name: str) -> str:
        """File by file, which is quicker than through the server's log where no disk has to be waited for."""
        connection = await asyncpg.connect(postgres.url("postgres"))
        try:
            await connection.execute(f"create database {name} owner {ROLE} template {template} strategy file_copy")
        finally:
            await connection.close()
        return sqlalchemy_url(postgres.url(name, ROLE, ROLE))

    yield new
    for name in made:
        await postgres.drop_database(name)
