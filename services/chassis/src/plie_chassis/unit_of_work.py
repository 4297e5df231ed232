"""A unit of work: one transaction that writes state and the events it makes known, or neither.

Only the edge (a request, an incoming batch, a command line) begins one; handlers never commit.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from plie_chassis.calendar import PARIS, paris_date
from plie_chassis.crashpoints import crashpoint
from plie_chassis.ids import new_id
from plie_chassis.messaging import outbox
from plie_chassis.trace import current_traceparent
from plie_contracts import records, streams
from plie_contracts.declaration import Declaration, Instance
from plie_contracts.events import Event


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: an account of the pages or an API token of a partner."""

    kind: str
    id: UUID
    display_name: str
    organisation: str
    structure: str | None = None
    prescriber_kinds: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    referent_id: str | None = None


class UnitOfWork:
    """`connection` takes plain SQL, `session` mapped rows; both stand in the one transaction."""

    def __init__(
        self,
        connection: AsyncConnection,
        instance: Instance,
        declaration: Declaration,
        now: datetime,
        actor: Actor | None,
    ) -> None:
        self.connection = connection
        self._session: AsyncSession | None = None
        self.instance = instance
        self.declaration = declaration
        self.now = now
        self.actor = actor
        self.emitted: list[outbox.Entry] = []

    @property
    def session(self) -> AsyncSession:
        """Made when first asked for: a command that gets by with SQL does not pay for it."""
        if self._session is None:
            self._session = AsyncSession(self.connection, expire_on_commit=False)
        return self._session

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails inside leaves nothing of the inside; what went before stands."""
        async with self.session.begin_nested():
            # The session would set it with its first statement only, and much speaks to the driver past the session.
            await self.session.connection()
            yield

    async def flush(self) -> None:
        """Send to the database what the session holds."""
        if self._session is not None:
            await self._session.flush()

    async def close(self) -> None:
        """Let go of the session's rows; the transaction is its opener's."""
        if self._session is not None:
            await self._session.close()

    @property
    def today(self) -> date:
        """The civil date of `now` in Paris."""
        return paris_date(self.now)

    @property
    def author(self) -> str | None:
        """Who asks, by the name under which it is recorded; None for what an event does."""
        return self.actor.display_name if self.actor else None

    def emit(self, event: Event, *, to: str | None = None) -> UUID:
        """Make `event` known in this transaction; answers its ce_id.

        Facts go to the instance's own topic. What is addressed names its reader in `to`: an instance
        (`centre-isere.admission`) or a direct producer's slug.
        Raises `plie_contracts.refusals.RefusedByContract` where the event breaks its own contract.
        """
        topic = self._topic_of(event, to)
        entry = outbox.Entry(
            id=new_id(self.now),
            topic=topic,
            key=event.key(),
            type=event.name,
            value=records.encode(event),
            time=self.now,
            traceparent=current_traceparent(),
        )
        self.emitted.append(entry)
        return entry.id

    async def last_sequence(self, topic: str, key: str) -> int:
        """The sequence of the last event told of `key`, or emitted here; exact while nobody else may tell one."""
        told = await outbox.last_sequence(self.connection, topic, key)
        return told + sum((entry.topic, entry.key) == (topic, key) for entry in self.emitted)

    def _topic_of(self, event: Event, to: str | None) -> str:
        match event.FAMILY:
            case "orientation" | "admission" | "parcours" as family:
                return streams.facts_topic(family, self.instance.organisation)
            case "identity" | "fse" | "notice" as family if to is not None:
                return streams.addressed_topic(family, self.instance.name, to)
            case "dead-letter" if to is not None:
                return streams.dead_letter_topic(self.instance.name, to)
        raise ValueError(f"{event.name} cannot be emitted without its reader")


class Units:
    """Begins units of work on one instance's database."""

    def __init__(
        self,
        engine: AsyncEngine,
        instance: Instance,
        declaration: Declaration,
        *,
        wake: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = lambda: datetime.now(PARIS),
    ) -> None:
        self.instance = instance
        self.declaration = declaration
        self.engine = engine
        self.clock = clock
        self._wake = wake

    @asynccontextmanager
    async def begin(self, *, actor: Actor | None = None, now: datetime | None = None) -> AsyncIterator[UnitOfWork]:
        """Commit at the end, roll back on any error; `now` stands in for the clock."""
        async with self.engine.begin() as connection:
            crashpoint("transaction-open")
            work = UnitOfWork(connection, self.instance, self.declaration, now or self.clock(), actor)
            try:
                yield work
                await work.flush()
            finally:
                await work.close()
            await outbox.write(connection, work.emitted)
            crashpoint("rows-and-outbox")
        crashpoint("committed")
        if work.emitted:
            self._wake()
