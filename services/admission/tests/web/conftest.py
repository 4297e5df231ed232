"""The whole application of a commission, on a real database, with tokens and accounts."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from plie_admission.app import SERVICE
from plie_chassis.accounts import commands
from plie_chassis.unit_of_work import Units
from plie_chassis.web.application import Application
from plie_deploy.testing.instances import application_of

PASSWORD = "un mot de passe long"
HERE = "http://127.0.0.1:8202"


@dataclass
class Browser:
    """A signed-in person: forms are sent with the token of the page they stand on."""

    client: httpx.AsyncClient

    async def open(self, path: str) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def send(self, page: str, path: str, fields: Mapping[str, Any], **headers: str) -> httpx.Response:
        token = re.search(r'name="_csrf" value="([^"]+)"', page)
        assert token
        form = page.partition(f'action="{path}"')[2] or page
        version = re.search(r'name="version" value="([^"]+)"', form.partition("</form>")[0])
        sent = {"_csrf": token[1], **({"version": version[1]} if version else {}), **fields}
        return await self.client.post(path, data=sent, headers=headers)

    async def goes_on(self, answer: httpx.Response, to: str) -> str:
        """The page that an accepted form leads to, which must be there."""
        assert (answer.status_code, answer.headers.get("location")) == (303, to), answer.text
        return await self.open(to)


@dataclass
class Site:
    commission: Any
    app: Application
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    async def api(self, *scopes: str) -> httpx.AsyncClient:
        command = commands.AddToken("Secrétariat", scopes or ("admission:read", "admission:write"))
        return await self.api_of(command)

    async def api_of(self, command: commands.AddToken) -> httpx.AsyncClient:
        async with self.commission.units.begin() as work:
            token = (await commands.add_token(command, work)).secret
        return self._client(headers={"Authorization": f"Bearer {token}"})

    async def browser(self, role: str = "secretary") -> Browser:
        async with self.commission.units.begin() as work:
            await commands.add_account(commands.AddAccount(role, "Nadia Ferrand", (role,), PASSWORD), work)
        client = self._client(headers={"Accept": "text/html"})
        answer = await client.post("/connexion", data={"login": role, "password": PASSWORD})
        browser = Browser(client)
        await browser.goes_on(answer, "/")
        return browser

    def _client(self, **options: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.clients.append(httpx.AsyncClient(transport=transport, base_url=HERE, **options))
        return self.clients[-1]


@pytest.fixture
async def site_of() -> AsyncIterator[Callable[[Any], Awaitable[Site]]]:
    opened: list[Site] = []

    async def new(commission: Any) -> Site:
        units = commission.units
        at_its_time = Units(units.engine, units.instance, units.declaration, clock=lambda: commission.now)
        opened.append(Site(commission, application_of(SERVICE, at_its_time)))
        return opened[-1]

    yield new
    for site in opened:
        for client in site.clients:
            await client.aclose()


@pytest.fixture
async def site(commission: Any, site_of: Any) -> Site:
    return await site_of(commission)
