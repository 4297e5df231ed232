"""The sample service on a real database, with a clock that tests move."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from plie_chassis.accounts import commands
from plie_chassis.calendar import PARIS
from plie_chassis.database import create_engine
from plie_chassis.migrations import create_chassis_tables
from plie_chassis.unit_of_work import Units
from plie_chassis.web.application import Application
from plie_chassis_sample.service import SAMPLE, Base
from plie_contracts.declaration import load
from plie_deploy.testing import DECLARATION, NewDatabase
from plie_deploy.testing.instances import application_of

PASSWORD = "un mot de passe long"
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=PARIS)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Site:
    """One instance of the sample service, and the ways to it."""

    app: Application
    units: Units
    clock: Clock

    def api(self, token: str = "", **options: Any) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self._client(headers=headers, **options)

    def browser(self, base_url: str = "http://127.0.0.1:8301") -> httpx.AsyncClient:
        return self._client(base_url=base_url, headers={"Accept": "text/html"})

    def _client(self, base_url: str = "http://127.0.0.1:8301", **options: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=base_url, **options)

    async def token(self, *scopes: str, **of: Any) -> str:
        command = commands.AddToken("Partenaire", scopes or ("sample:read", "sample:write"), **of)
        async with self.units.begin() as work:
            return (await commands.add_token(command, work)).secret

    async def account(self, login: str = "claire", *roles: str, name: str = "Claire Montagnon") -> None:
        async with self.units.begin() as work:
            await commands.add_account(commands.AddAccount(login, name, roles or ("writer",), PASSWORD), work)

    @asynccontextmanager
    async def signed_in(self, login: str = "claire", **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        async with self.browser(**options) as browser:
            answer = await browser.post("/connexion", data={"login": login, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
            yield browser


def form_token(answer: httpx.Response) -> str:
    """The form token that a page carries."""
    found = re.search(r'name="_csrf" value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


async def schema(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: create_chassis_tables(Bound(sync)))
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()


@dataclass
class Bound:
    connection: Any

    def get_bind(self) -> Any:
        return self.connection


NewSite = Callable[..., Awaitable[Site]]


@pytest.fixture
async def new_site(database: NewDatabase) -> AsyncIterator[NewSite]:
    engines = []

    async def new(service: Any = SAMPLE, **options: Any) -> Site:
        engine = create_engine(await database(schema))
        engines.append(engine)
        declaration, clock = load(DECLARATION), Clock()
        units = Units(engine, declaration.instance("mde-grenoble-nord.parcours"), declaration, clock=clock)
        return Site(application_of(service, units, **options), units, clock)

    yield new
    for engine in engines:
        await engine.dispose()


@pytest.fixture
async def site(new_site: NewSite) -> Site:
    return await new_site()
