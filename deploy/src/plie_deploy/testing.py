"""The pytest plugin of the whole workspace: a real Kafka and a real PostgreSQL, started once per run when first asked for.

Every test has its own topics (organisations with random slugs) and its own databases, so that none sees another's.
"""

import asyncio
import inspect
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from plie_deploy.kafka import LocalKafka
from plie_deploy.postgres import LocalPostgres, sqlalchemy_url

T = TypeVar("T")
ROLE = "plie"


async def eventually(condition: Callable[[], T | Awaitable[T]], within: float = 10.0) -> T:
    """The condition's first true value. It may be async; an AssertionError in it counts as "not yet"."""
    deadline = time.monotonic() + within
    while True:
        problem: AssertionError | None = None
        value: Any = None
        try:
            value = condition()
            if inspect.isawaitable(value):
                value = await value
        except AssertionError as error:
            problem = error
        if problem is None and value:
            return value  # type: ignore[no-any-return]  # the awaited value of T
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {within} s; last seen: {value!r}") from problem
        await asyncio.sleep(0.02)


@pytest.fixture(scope="session")
def kafka() -> Iterator[LocalKafka]:
    """The run's broker. A test that stops or kills it starts it again."""
    with tempfile.TemporaryDirectory(prefix="plie-kafka-", ignore_cleanup_errors=True) as directory:
        broker = LocalKafka(Path(directory))
        broker.start()
        try:
            yield broker
        finally:
            broker.kill()


@pytest.fixture(scope="session")
def postgres() -> Iterator[LocalPostgres]:
    """The run's database server. A test that stops or kills it starts it again."""
    with tempfile.TemporaryDirectory(prefix="plie-postgres-", ignore_cleanup_errors=True) as directory:
        server = LocalPostgres(Path(directory))
        server.start()
        try:
            yield server
        finally:
            server.kill()


class NewDatabase(Protocol):
    async def __call__(self, schema: Callable[[str], Awaitable[None] | None] | None = None) -> str:
        """URL (`postgresql+asyncpg://…`) of a database of this test's own.

        `schema` brings a database (given its URL) to the wanted schema: run once per session, then cloned in some 50 ms.
        """
        ...


@pytest.fixture(scope="session")
def _templates() -> dict[Callable[[str], Awaitable[None] | None], str]:
    return {}


@pytest.fixture
async def database(
    postgres: LocalPostgres, _templates: dict[Callable[[str], Awaitable[None] | None], str]
) -> AsyncIterator[NewDatabase]:
    made: list[str] = []

    async def new(schema: Callable[[str], Awaitable[None] | None] | None = None) -> str:
        if schema is not None and schema not in _templates:
            template = f"template_{secrets.token_hex(4)}"
            url = await _create(template)
            outcome = schema(url)
            if inspect.isawaitable(outcome):
                await outcome
            await postgres.seal(template)
            _templates[schema] = template
        name = f"test_{secrets.token_hex(4)}"
        made.append(name)
        return await _create(name, template="template0" if schema is None else _templates[schema])

    async def _create(name: str, template: str = "template0") -> str:
        return sqlalchemy_url(await postgres.create_database(name, owner=ROLE, password=ROLE, template=template))

    yield new
    for name in made:
        await postgres.drop_database(name)
