"""The instance's pages and API on a real database; no Kafka is asked."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from plie_chassis.accounts import commands
from plie_chassis.web.application import Application
from plie_deploy.testing.instances import application_of
from plie_reporting.app import SERVICE

PASSWORD = "un mot de passe long"
ADDRESS = "http://127.0.0.1:8401"


@dataclass
class Site:
    app: Application
    store: Any

    def api(self, token: str) -> httpx.AsyncClient:
        return self._client(headers={"Authorization": f"Bearer {token}"})

    def _client(self, **options: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=ADDRESS, **options)

    async def token(self, *scopes: str, **of: Any) -> str:
        async with self.store.work() as work:
            return (
                await commands.add_token(commands.AddToken("Essai", scopes or ("reporting:read",), **of), work)
            ).secret

    @asynccontextmanager
    async def signed_in(self, *roles: str, organisation: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        login = "-".join((*roles, organisation or "own"))
        command = commands.AddAccount(login, "Thu-Hà Vidal", roles, PASSWORD, organisation)
        async with self.store.work() as work:
            await commands.add_account(command, work)
        async with self._client(headers={"Accept": "text/html"}) as browser:
            answer = await browser.post("/connexion", data={"login": login, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
            yield browser


@pytest.fixture
async def site(new_store: Callable[[], Any]) -> Site:
    store = await new_store()
    return Site(application_of(SERVICE, store.units), store)
