"""What makes one of the four services, and one instance of it at work.

Invariant: pages answer as soon as the database does; Kafka may come and go without losing anything.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine

from plie_chassis.calendar import PARIS
from plie_chassis.database import create_engine, is_database_away
from plie_chassis.messaging.inbox import Inbox
from plie_chassis.messaging.kafka import Connection, Consumption
from plie_chassis.messaging.relay import Relay
from plie_chassis.messaging.subscriptions import Subscriptions
from plie_chassis.settings import Settings
from plie_chassis.unit_of_work import Units
from plie_chassis.web.navigation import Counts, Link
from plie_contracts import streams
from plie_contracts.declaration import Declaration, Instance
from plie_contracts.declaration import load as load_declaration

log = structlog.get_logger()

RESTART_SECONDS = 2.0
STATEMENT_SECONDS = 60.0


@dataclass(frozen=True)
class Service:
    """The definition of a service; each service's app.py makes one, by hand.

    `roles` are the account roles it knows, with their French names; `counts` what waits at each place of the navigation;
    `open_to_others` lets other organisations' people and systems in, to see what the service shows them;
    `search_path` the database schemas, where not only `public`; `background` works for as long as the instance does,
    and is started again when it fails.
    """

    name: str
    title: str
    package: str
    metadata: MetaData
    subscriptions: Subscriptions
    routes: Sequence[Any]
    navigation: Sequence[Link]
    roles: Mapping[str, str]
    counts: Counts | None = None
    open_to_others: bool = False
    settings: type[Settings] = Settings
    search_path: str | None = None
    background: Sequence["Background"] = ()


class Runtime:
    """One instance at work: its database, its relay and its member of the consumer group."""

    def __init__(
        self, service: Service, settings: Settings, *, clock: Callable[[], datetime] = lambda: datetime.now(PARIS)
    ) -> None:
        self.service = service
        self.settings = settings
        self.declaration: Declaration = load_declaration(settings.declaration)
        self.instance: Instance = self.declaration.instance(f"{settings.organisation}.{service.name}")
        self.connection = Connection.of(settings)
        self.engine: AsyncEngine = create_engine(settings.database_url, schemas=service.search_path)
        # Requests may take every connection of their pool: events travel on connections of their own.
        self.messaging_engine: AsyncEngine = create_engine(
            settings.database_url, schemas=service.search_path, pool_size=2, statement_seconds=STATEMENT_SECONDS
        )
        self.relay = Relay(self.messaging_engine, streams.source_of(self.instance.name), self.connection.new_producer)
        self.units = Units(self.engine, self.instance, self.declaration, wake=self.relay.wake, clock=clock)
        incoming = Units(self.messaging_engine, self.instance, self.declaration, wake=self.relay.wake, clock=clock)
        self.inbox = Inbox(incoming, service.subscriptions)
        self.topics: Sequence[str] = self.declaration.reads(self.instance.name)
        self.consumption: Consumption | None = None
        self.consumption_error: str | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Runtime"]:
        """Relay and consume in the background until the block ends."""
        tasks = [
            asyncio.create_task(self.relay.run(), name="relay"),
            asyncio.create_task(self._consume(), name="consume"),
        ]
        tasks += [asyncio.create_task(self._keep(work), name=work.__name__) for work in self.service.background]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await self.close()

    async def close(self) -> None:
        """Let the database's connections go."""
        await self.engine.dispose()
        await self.messaging_engine.dispose()

    async def _keep(self, work: "Background") -> None:
        while True:
            try:
                await work(self)
            except Exception as error:
                _end_if_cancelled()
                say = log.warning if is_database_away(error) else log.exception
                say("background work interrupted", work=work.__name__, error=type(error).__name__)
            await asyncio.sleep(RESTART_SECONDS)

    async def _consume(self) -> None:
        """Join the group, trying again while Kafka or the database cannot be reached."""
        while True:
            consumption = Consumption(self.connection, self.instance.name, self.topics, self.inbox)
            try:
                await self.inbox.take_up_unknown()
                await consumption.start()
                self.consumption, self.consumption_error = consumption, None
                await asyncio.Event().wait()
            except Exception as error:
                _end_if_cancelled()
                self.consumption_error = type(error).__name__
                log.warning("not consuming", error=self.consumption_error)
            finally:
                self.consumption = None
                await consumption.stop()
            await asyncio.sleep(RESTART_SECONDS)


def _end_if_cancelled() -> None:
    """A rollback that fails while a task is cancelled raises its own error in the place of the cancellation."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class Background(Protocol):
    """Work beside requests and events, until cancelled."""

    __name__: str

    async def __call__(self, runtime: Runtime) -> None: ...
