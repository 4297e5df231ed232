"""The whole application of an instance, on a real database, with partners' tokens and prescribers' accounts."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from plie_chassis.accounts import commands
from plie_chassis.unit_of_work import Units
from plie_chassis.web.application import Application
from plie_deploy.testing.instances import application_of, serving
from plie_orientation.app import SERVICE

PASSWORD = "un mot de passe long"
HERE = "http://127.0.0.1:8101"


@dataclass
class Browser:
    """A signed-in person: forms are sent with the token of the page they stand on."""

    client: httpx.AsyncClient

    async def open(self, path: str) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == 200
        return answer.text

    async def send(self, page: str, path: str, fields: Mapping[str, Any]) -> httpx.Response:
        token = re.search(r'name="_csrf" value="([^"]+)"', page)
        assert token
        return await self.client.post(path, data={"_csrf": token[1], **fields})


@dataclass
class Site:
    side: Any
    app: Application

    def api(self, token: str, **headers: str) -> httpx.AsyncClient:
        return self._client(headers={"Authorization": f"Bearer {token}", **headers})

    async def token(self, *scopes: str, **of: Any) -> str:
        scopes = scopes or ("orientation:read", "orientation:write")
        command = commands.AddToken("Partenaire", scopes, **{"prescriber_kinds": ("DEPT",), **of})
        async with self.side.units.begin() as work:
            return (await commands.add_token(command, work)).secret

    async def browser(self, login: str = "helene", name: str = "Hélène Brun-Picard", **of: Any) -> Browser:
        given = {"prescriber_kinds": ("DEPT",), "structure": "Maison du Département Voiron", **of}
        given = {"roles": ("prescriber",), "password": PASSWORD, **given}
        command = commands.AddAccount(login, name, **given)
        async with self.side.units.begin() as work:
            await commands.add_account(command, work)
        client = self._client(headers={"Accept": "text/html"})
        answer = await client.post("/connexion", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303
        return Browser(client)

    def _client(self, **options: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=HERE, **options)


NewSite = Callable[..., Awaitable[Site]]


@pytest.fixture
async def new_site(side: Any) -> NewSite:
    async def opened(name: str = "departement-38.orientation") -> Site:
        here = await side(name)
        units = Units(here.units.engine, here.units.instance, here.units.declaration, clock=lambda: here.now)
        return Site(type(here)(units), application_of(SERVICE, units))

    return opened


@pytest.fixture
async def site(new_site: NewSite) -> Site:
    return await new_site()


@pytest.fixture(scope="session")
def served() -> Callable[[Any], Any]:
    """Puts an application on a socket of its own, for what speaks real HTTP."""
    return serving
