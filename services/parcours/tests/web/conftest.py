"""The application of a Maison on a real database, without Kafka: its pages, its API, and the events its handlers wrote."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from plie_chassis.accounts import commands
from plie_chassis.web.application import Application, application
from plie_deploy.testing import DECLARATION
from plie_parcours.app import SERVICE
from plie_parcours.settings import Settings

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
    instance = maison.units.instance
    settings = Settings(
        organisation=instance.organisation,
        database_url="postgresql://unused",
        kafka_bootstrap_servers="127.0.0.1:1",
        kafka_username=instance.name,
        kafka_password=SecretStr("unused"),
        declaration=DECLARATION,
        secret_key=SecretStr("s" * 32),
    )

    async def report() -> dict[str, Any]:
        return {"status": "ok"}

    async def figures() -> bytes:
        return b""

    app = application(SERVICE, maison.units, settings, report=report, figures=figures)
    return Site(app, maison, f"http://127.0.0.1:{instance.port}")
