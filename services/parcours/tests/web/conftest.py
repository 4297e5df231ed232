"""The application of a Maison on a real database, without Kafka: its pages, its API, and the events its handlers wrote."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from plie_chassis.accounts import commands
from plie_chassis.web.application import Application
from plie_deploy.testing.instances import application_of
from plie_parcours.app import SERVICE

PASSWORD = "un mot de passe assez long"
ADDRESS = "http://127.0.0.1:8303"


@dataclass
class Site:
    """The application, and a Maison whose clock it shares."""

    app: Application
    maison: Any
    address: str = ADDRESS

    async def token(self, *scopes: str, **of: Any) -> str:
        command = commands.AddToken("Partenaire", scopes or ("parcours:read", "parcours:write"), **of)
        async with self.maison.units.begin() as work:
            return (await commands.add_token(command, work)).secret

    async def api(self, **of: Any) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {await self.token(**of)}"}
        return httpx.AsyncClient(transport=self._transport(), base_url=f"{self.address}/api/v1", headers=headers)

    async def account(self, login: str, *roles: str, referent_id: str | None = None) -> None:
        command = commands.AddAccount(login, login.title(), roles, PASSWORD, referent_id=referent_id)
        async with self.maison.units.begin() as work:
            await commands.add_account(command, work)

    @asynccontextmanager
    async def signed_in(self, login: str) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(
            transport=self._transport(), base_url=self.address, headers={"Accept": "text/html"}
        ) as browser:
            answer = await browser.post("/connexion", data={"login": login, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
            yield browser

    def _transport(self) -> httpx.ASGITransport:
        return httpx.ASGITransport(self.app, raise_app_exceptions=False)


@pytest.fixture
async def site(maison: Any) -> Site:
    return site_of(maison)


@pytest.fixture
async def site_nord(nord: Any) -> Site:
    return site_of(nord)


@pytest.fixture
async def site_sud(sud: Any) -> Site:
    return site_of(sud)


def site_of(maison: Any) -> Site:
    maison.units.clock = lambda: maison.now
    return Site(application_of(SERVICE, maison.units), maison, f"http://127.0.0.1:{maison.units.instance.port}")
