"""Carrying a webhook's message out: one signed POST, to nowhere inside our own network, without following redirects.

The address is looked at once it is resolved and connected to as resolved, so that a name cannot lead elsewhere in between.
"""

import asyncio
import json
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from ipaddress import ip_address
from socket import SOCK_STREAM, gaierror
from types import TracebackType
from typing import Any, Final

import httpcore

from plie_chassis.problems import Problem
from plie_orientation.domain import webhooks
from plie_orientation.handlers.webhooks import Delivered, Due

SECONDS: Final = 15.0
TIMEOUT: Final = {"connect": 5.0, "read": 10.0, "write": 10.0, "pool": 10.0}


class Reachable(httpcore.AsyncNetworkBackend):
    """Connects only where `webhooks.may_be_reached` allows it for this scheme."""

    def __init__(self, scheme: str, *, loopback: bool) -> None:
        self._scheme = scheme
        self._loopback = loopback
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the signature that httpcore calls)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
        addresses = [ip_address(str(resolved[4][0]).partition("%")[0]) for resolved in found]
        for address in addresses:
            webhooks.may_be_reached(self._scheme, address, loopback=self._loopback)
        return await self._network.connect_tcp(str(addresses[0]), port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Courier:
    """Delivers; a context manager that keeps its connections."""

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback
        self._open = AsyncExitStack()
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    async def __aenter__(self) -> "Courier":
        for scheme in ("https", "http"):
            backend = Reachable(scheme, loopback=self._loopback)
            pool = httpcore.AsyncConnectionPool(network_backend=backend, keepalive_expiry=30)
            self._pools[scheme] = await self._open.enter_async_context(pool)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def deliver(self, due: Due) -> Delivered:
        """What came of one try; never raises for what the other side does."""
        body, headers = message(due, int(time.time()))
        pool = self._pools[due.url.partition(":")[0].lower()]
        try:
            async with (
                asyncio.timeout(SECONDS),
                pool.stream("POST", due.url, headers=headers, content=body, extensions={"timeout": TIMEOUT}) as answer,
            ):
                return Delivered(due.id, answer.status)
        except Problem as forbidden:
            return Delivered(due.id, None, forbidden.detail)
        except (TimeoutError, httpcore.TimeoutException):
            return Delivered(due.id, None, "pas de réponse à temps")
        except Exception as error:
            return Delivered(due.id, None, f"connexion impossible : {_cause(error)}")


def _cause(error: Exception) -> str:
    match error:
        case gaierror():
            return "aucun serveur ne porte ce nom"
        case httpcore.ConnectError():
            return "le serveur la refuse, ou son certificat n’est pas valable"
        case httpcore.NetworkError() | httpcore.RemoteProtocolError():
            return "le serveur l’a coupée"
        case _:
            return "le serveur répond d’une façon inattendue"


def message(due: Due, at: int) -> tuple[bytes, list[tuple[str, str]]]:
    """The body, with ids and the status only, and its signed headers."""
    told = {
        "delivery_id": str(due.id),
        "orientation_id": str(due.orientation_id),
        "sequence": due.sequence,
        "status": due.status,
        "on": due.on,
    }
    body = json.dumps(told, separators=(",", ":")).encode()
    return body, [
        ("Content-Type", "application/json"),
        ("User-Agent", "plie-orientation"),
        ("Content-Length", str(len(body))),
        ("PLIE-Delivery", str(due.id)),
        ("PLIE-Signature", webhooks.signature(due.secret, at, body)),
    ]
