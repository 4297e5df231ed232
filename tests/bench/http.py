"""Orientations accepted over HTTP by a real instance, beside the same server with one bare INSERT."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from secrets import token_hex

from plie_chassis.accounts.commands import AddToken, add_token
from plie_deploy.processes import Child, free_port

from . import bare_server
from .stack import Site, Stack

CLIENTS = 8
TOKENS = 20  # each may send 200 requests a second
START_SECONDS = 60.0
HOST = "127.0.0.1"


class Client:
    """One kept-alive connection, as thin as can be: what it costs is taken from the servers that it measures."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int) -> AsyncIterator["Client"]:
        client = cls(*await asyncio.open_connection(HOST, port))
        try:
            yield client
        finally:
            client._writer.close()
            await client._writer.wait_closed()

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        return int(head[9:12]), await self._reader.readexactly(int(fields[b"content-length"]))


@dataclass
class Server:
    child: Child
    port: int
    tokens: Sequence[str]

    async def accepted(self, count: int) -> float:
        """Requests per second, all answered 201."""
        requests = iter([orientation(token) for token, _ in zip(cycle(self.tokens), range(count), strict=False)])

        async def work() -> None:
            async with Client.to(self.port) as client:
                for request in requests:
                    status, body = await client.send(request)
                    assert status == 201, body

        started = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(CLIENTS)))
        return count / (time.perf_counter() - started)

    async def started(self) -> "Server":
        """Once it is ready."""
        deadline = time.monotonic() + START_SECONDS
        while not await self._is_ready():
            assert self.child.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server did not start"
            await asyncio.sleep(0.1)
        return self

    async def _is_ready(self) -> bool:
        try:
            async with Client.to(self.port) as client:
                return (await client.send(f"GET /health/ready HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()))[0] == 200
        except OSError:
            return False


@asynccontextmanager
async def serving(stack: Stack, site: Site, *command: str) -> AsyncIterator[Server]:
    """A server of this instance, ready, and nothing asked of it yet."""
    async with site.units.begin() as work:
        partner = AddToken("partenaire", ("orientation:write",), prescriber_kinds=("DEPT",))
        tokens = [(await add_token(partner, work)).secret for _ in range(TOKENS)]
    port = free_port()
    child = Child([sys.executable, *command], log=stack.log(command[-1]), env=stack.environment(site, port))
    try:
        yield await Server(child, port, tokens).started()
    finally:
        child.stop()


def ours(stack: Stack, site: Site) -> AbstractAsyncContextManager[Server]:
    return serving(stack, site, str(Path(sys.executable).with_name("plie-orientation")), "serve")


@asynccontextmanager
async def bare(stack: Stack, site: Site) -> AsyncIterator[Server]:
    async with site.database() as database:
        await database.execute(bare_server.TABLE)
    async with serving(stack, site, "-m", bare_server.__name__) as server:
        yield server


def orientation(token: str) -> bytes:
    """A request that no other one repeats."""
    reference = token_hex(12)
    body = json.dumps({
        "external_reference": reference,
        "prescriber": {"kind": "DEPT", "structure": "Maison du Département Voiron", "advisor": "Anne Petit", "advisor_email": "anne.petit@example.org"},
        "person": {
            "last_name": "Exemple", "first_name": "Noémie", "birth_date": "1983-05-04", "sex": "F", "commune_insee": "38185",
            "address": "1 rue de l’Exemple", "phone": "+33 4 00 00 00 00", "email": "noemie@example.org",
        },
        "situation": {
            "employment": "unemployed", "unemployed_since": "2024-05-01", "rsa_recipient": True, "first_time_jobseeker": False,
            "entering_iae": False, "precarious_jobs": True, "foreign_diploma": False, "education_level": 2,
            "qpv_resident": False, "disability": "prefer-not-to-say",
        },
        "barriers": ["mobilite", "numerique"],
        "adhesion": {"given": True, "on": "2026-03-01"},
        "motivation": "Souhaite retrouver un emploi dans la restauration collective, à temps plein, près de chez elle.",
        "continuity": None,
    }).encode()  # fmt: skip
    head = (
        f"POST /api/v1/orientations HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {reference}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
