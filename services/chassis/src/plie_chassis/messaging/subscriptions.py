"""Which event feeds which handler, as each service's `subscriptions.py` lists it.

The topics themselves follow from the declaration: an instance listens to all that it may read.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import Event

E = TypeVar("E", bound=Event)
AnyEvent = Any


class Received(NamedTuple, Generic[E]):
    """An event as it arrived: `writer` is the instance that wrote it, `recorded_at` the broker's timestamp."""

    event: E
    id: str
    source: str
    writer: str
    sequence: int | None
    topic: str
    partition: int
    offset: int
    recorded_at: datetime


Handler = Callable[[Received[AnyEvent], UnitOfWork], Awaitable[None]]
SetHandler = Callable[[Sequence[Received[AnyEvent]], UnitOfWork], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    type: type[Event]
    handler: Handler


def reads(event: type[E], handler: Callable[[Received[E], UnitOfWork], Awaitable[None]]) -> Subscription:
    """`handler` takes each event of this type, in the order of its key."""
    return Subscription(event, handler)


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """What one service does with what it reads: a handler per type, or one for whole batches."""

    by_type: Mapping[type[Event], Handler]
    whole_batch: SetHandler | None = None

    async def apply(self, batch: Sequence[Received[AnyEvent]], work: UnitOfWork) -> None:
        if self.whole_batch is not None:
            await self.whole_batch(batch, work)
            return
        for received in batch:
            handler = self.by_type.get(type(received.event))
            if handler is not None:
                await handler(received, work)


def subscriptions(*table: Subscription) -> Subscriptions:
    """One handler per event type; a type without one is counted and passed over."""
    by_type = {subscription.type: subscription.handler for subscription in table}
    if len(by_type) < len(table):
        raise ValueError("two handlers for one event type")
    return Subscriptions(by_type)


def reads_all(handler: SetHandler) -> Subscriptions:
    """`handler` takes every event, a batch at a time, set-based."""
    return Subscriptions({}, handler)
