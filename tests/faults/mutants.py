"""What must never be done, done: each takes one guarantee away, so that the checker can be seen to miss it.

Planted only in a process that the fault tool started for it; the product has no such switch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """`under` is the fault that shows it, at the service `at`."""

    plant: Callable[[], None]
    under: str
    at: str


def replace(owner: Any, name: str, value: Any) -> None:
    """Puts `value` in the place of what the product has, in this process only."""
    setattr(owner, name, value)


def acknowledge_first() -> None:
    """Offsets are committed before the effect is in the database."""
    from faststream.kafka import KafkaMessage

    from plie_chassis import service
    from plie_chassis.messaging.kafka import Consumption

    class AckFirst(Consumption):
        async def _take(self, message: KafkaMessage) -> None:
            await message.ack()
            await super()._take(message)

    replace(service, "Consumption", AckFirst)


def forget_what_was_taken() -> None:
    """No event is ever known to have been taken before."""
    from plie_chassis.messaging import ledger

    async def take(_session: Any, _digests: Any) -> dict[bytes, bytes]:
        return {}

    replace(ledger, "take", take)


def follow_a_cursor() -> None:
    """The relay remembers the last position it sent: a transaction that commits after a later one is passed over."""
    from plie_chassis.messaging.relay import BATCH, Relay

    following = "select position, id, topic, key, sequence, type, value, time, traceparent from outbox where position > $1 order by position limit $2"

    async def relay_batch(self: Any) -> int:
        producer = await self._started_producer()
        async with self._engine.connect() as connection:
            database = (await connection.get_raw_connection()).driver_connection
            rows = await database.fetch(following, getattr(self, "cursor", 0), BATCH)
            if rows:
                await self._send(producer, rows)
                self.cursor = rows[-1]["position"]
                await database.execute("delete from outbox where position <= $1", self.cursor)
        return len(rows)

    replace(Relay, "relay_batch", relay_batch)


def mark_before_the_acknowledgement() -> None:
    """Rows leave the outbox when they are handed to the producer, whatever Kafka says of them."""
    from plie_chassis.messaging.relay import BATCH, PENDING, SENT, Relay

    async def relay_batch(self: Any) -> int:
        async with self._engine.connect() as connection:
            database = (await connection.get_raw_connection()).driver_connection
            rows = await database.fetch(PENDING, [], BATCH)
            await database.execute(SENT, [row["position"] for row in rows])
        if rows:
            await self._send(await self._started_producer(), rows)
        return len(rows)

    replace(Relay, "relay_batch", relay_batch)


def commit_before_the_outbox() -> None:
    """State is committed first and what it makes known afterwards."""
    from plie_chassis.crashpoints import crashpoint
    from plie_chassis.messaging import outbox

    write = outbox.write

    async def written_afterwards(connection: Any, entries: Any) -> None:
        if entries:
            database = (await connection.get_raw_connection()).driver_connection
            await database.execute("commit")
            crashpoint("before-the-outbox")
            await database.execute("begin")
        await write(connection, entries)

    replace(outbox, "write", written_afterwards)


def know_events_by_their_id_alone() -> None:
    """Two writers that count their events 1, 2, 3 are taken for one."""
    from plie_chassis.messaging import ledger

    replace(ledger, "event_of", lambda _source, id_: blake2b(id_.encode(), digest_size=16).digest())


def let_others_pass_what_is_parked() -> None:
    """Later events of a key are applied although an earlier one is parked."""
    from plie_chassis.messaging.ledger import Standing

    replace(Standing, "parked", property(lambda _self: False, lambda _self, _value: None))


MUTANTS: Mapping[str, Mutant] = {
    "ack-first": Mutant(acknowledge_first, "crash/inbox-noted", "reporting"),
    "inbox-off": Mutant(forget_what_was_taken, "duplicates", "reporting"),
    "cursor-relay": Mutant(follow_a_cursor, "slow-commits", "parcours"),
    "mark-before-ack": Mutant(mark_before_the_acknowledgement, "crash/relay-sent", "parcours"),
    "commit-before-outbox": Mutant(commit_before_the_outbox, "crash/before-the-outbox", "parcours"),
    "dedupe-on-id-alone": Mutant(know_events_by_their_id_alone, "same-ids", "orientation"),
    "parking-holds-nothing-back": Mutant(let_others_pass_what_is_parked, "poison/handler-bug", "orientation"),
}
