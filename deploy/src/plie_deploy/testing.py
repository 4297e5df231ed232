"""The pytest plugin of the whole workspace: a real Kafka and a real PostgreSQL, started once per run when first asked for.

Every test has its own topics (organisations with random slugs) and its own databases, so that none sees another's.
"""

import asyncio
import copy
import inspect
import json
import os
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
import yaml

from plie_contracts.declaration import Declaration, Instance, load
from plie_deploy import provision
from plie_deploy.kafka import LocalKafka
from plie_deploy.postgres import LocalPostgres, sqlalchemy_url

T = TypeVar("T")
ROLE = "plie"
DECLARATION = Path(__file__).parents[2] / "organisations.yaml"


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


def _stack() -> tuple[type[LocalKafka], type[LocalPostgres]]:
    """Processes of this machine, or containers with `STACK=containers`."""
    if os.environ.get("STACK") != "containers":
        return LocalKafka, LocalPostgres
    from plie_deploy.containers import ContainerKafka, ContainerPostgres

    return ContainerKafka, ContainerPostgres


@pytest.fixture(scope="session")
def kafka() -> Iterator[LocalKafka]:
    """The run's broker. A test that stops or kills it starts it again."""
    with tempfile.TemporaryDirectory(prefix="plie-kafka-", ignore_cleanup_errors=True) as directory:
        broker = _stack()[0](Path(directory))
        broker.start()
        try:
            yield broker
        finally:
            broker.kill()


@pytest.fixture(scope="session")
def postgres() -> Iterator[LocalPostgres]:
    """The run's database server. A test that stops or kills it starts it again."""
    with tempfile.TemporaryDirectory(prefix="plie-postgres-", ignore_cleanup_errors=True) as directory:
        server = _stack()[1](Path(directory))
        server.start()
        try:
            yield server
        finally:
            server.kill()


@dataclass(frozen=True)
class Declared:
    """Organisations of deploy/organisations.yaml under slugs of this test's own, with their topics and rights made."""

    declaration: Declaration
    path: Path
    """Its file, for PLIE_DECLARATION."""
    passwords: Mapping[str, str]
    """By principal."""
    prefix: str

    def name(self, name: str) -> str:
        """`metropole` → `t3f9a1c-metropole`; `metropole.admission` → `t3f9a1c-metropole.admission`."""
        return self.prefix + name

    def instance(self, name: str) -> Instance:
        """The instance called so in organisations.yaml."""
        return self.declaration.instance(self.name(name))


class Declare(Protocol):
    def __call__(self, *organisations: str, document: Mapping[str, Any] | None = None) -> Declared:
        """Provisions these organisations (none named: all) of a declaration (none given: deploy/organisations.yaml)."""
        ...


@pytest.fixture
def declare(kafka: LocalKafka, tmp_path: Path) -> Iterator[Declare]:
    made: list[Declared] = []

    def new(*organisations: str, document: Mapping[str, Any] | None = None) -> Declared:
        made.append(declared(kafka, tmp_path, *organisations, document=document))
        return made[-1]

    yield new
    for one in made:
        provision.remove(kafka.admin_config, one.declaration)


def declared(
    kafka: LocalKafka, directory: Path, *organisations: str, document: Mapping[str, Any] | None = None
) -> Declared:
    """What the `declare` fixture calls, for a fixture of wider scope; `directory` gets its file."""
    prefix = f"t{secrets.token_hex(3)}-"
    whole = copy.deepcopy(dict(document)) if document else yaml.safe_load(DECLARATION.read_text())
    path = directory / f"{prefix}organisations.json"
    path.write_text(json.dumps(_under_other_slugs(_restricted(whole, organisations), prefix), default=str))
    declaration = load(path)
    passwords = {principal: secrets.token_urlsafe(16) for principal in declaration.principals()}
    provision.provision(kafka.admin_config, declaration, passwords)
    return Declared(declaration, path, passwords, prefix)


def _restricted(document: dict[str, Any], organisations: tuple[str, ...]) -> dict[str, Any]:
    """The declaration of only these organisations; what the others' CLAS served is not served."""
    kept = set(organisations or document["organisations"])
    for slug, block in document["organisations"].items():
        serves = block.get("services", {}).get("admission", {}).get("serves", {})
        for kind, places in serves.items() if slug not in kept else ():
            document["not-served"].setdefault(kind, []).extend(places)
    document["organisations"] = {slug: block for slug, block in document["organisations"].items() if slug in kept}
    document["esf-operations"] = {
        code: operation
        for code, operation in document["esf-operations"].items()
        if kept.issuperset(operation["maisons"])
    }
    return document


def _under_other_slugs(document: dict[str, Any], prefix: str) -> dict[str, Any]:
    for block in document["organisations"].values():
        if "publishes" in block:
            block["publishes"]["hosted-by"] = prefix + block["publishes"]["hosted-by"]
        if "parcours" in block.get("services", {}):
            block["services"]["parcours"]["clas"] = prefix + block["services"]["parcours"]["clas"]
    for operation in document["esf-operations"].values():
        operation["maisons"] = [prefix + maison for maison in operation["maisons"]]
    document["organisations"] = {prefix + slug: block for slug, block in document["organisations"].items()}
    return document


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
