"""What a process under test runs: a service's own command, after misbehaving as its conduct asks.

Of all this the product itself knows one switch only, where to crash (`plie_chassis.crashpoints`); the rest is put in the
place of what it has, by this module, which only the processes that the fault tool starts do load.
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any

from .mutants import MUTANTS, replace


@dataclass(frozen=True)
class Conduct:
    """`crash` is `point:n`; `clock` shifts the service's clock by seconds; `slow` is a pause before each batch;
    `fails_on` a type of event whose handler breaks for the keys `of` (none: every key) where its fields say `where`;
    `not_yet_known` types this process takes for those of a later release; `adds_a_field` writes as a later release would;
    `disorder` lets events gather in the outbox and sends them in any order; `patience` is for how many seconds a batch is
    tried again while the database is away, and an acknowledgement is waited for (0: as the product does).
    """

    crash: str = ""
    clock: float = 0.0
    slow: float = 0.0
    fails_on: str = ""
    of: Sequence[str] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    not_yet_known: Sequence[str] = ()
    adds_a_field: bool = False
    disorder: bool = False
    patience: float = 0.0
    mutant: str = ""


WELL = Conduct()
GATHERING_SECONDS = 1.5


def arguments(service: str, conduct: Conduct, *command: str) -> list[str]:
    return ["faults", service, json.dumps(asdict(conduct)), *command]


def main() -> None:
    _, service, conduct, *command = sys.argv
    _conduct(Conduct(**json.loads(conduct)))
    sys.argv = [f"plie-{service}", *command]
    import_module(f"plie_{service}.cli").main()


def _conduct(conduct: Conduct) -> None:
    from plie_chassis import crashpoints

    if conduct.mutant:
        MUTANTS[conduct.mutant].plant()
    if conduct.clock:
        _shift_the_clock(timedelta(seconds=conduct.clock))
    if conduct.slow:
        _be_slow(conduct.slow)
    if conduct.fails_on:
        _break_a_handler(conduct)
    for name in conduct.not_yet_known:
        _forget(name)
    if conduct.adds_a_field:
        _add_a_field()
    if conduct.disorder:
        _relay_in_disorder()
    if conduct.patience:
        _lose_patience(conduct.patience)
    if conduct.crash:
        crashpoints.arm(conduct.crash)


def _shift_the_clock(shift: timedelta) -> None:
    from plie_chassis import serving
    from plie_chassis.calendar import PARIS
    from plie_chassis.service import Runtime

    replace(serving, "Runtime", partial(Runtime, clock=lambda: (datetime.now(UTC) + shift).astimezone(PARIS)))


def _be_slow(seconds: float) -> None:
    from plie_chassis.messaging.inbox import Inbox

    take = Inbox.take

    async def slowly(self: Inbox, batch: Any) -> None:
        await asyncio.sleep(seconds)
        await take(self, batch)

    replace(Inbox, "take", slowly)


def _relay_in_disorder() -> None:
    from plie_chassis.messaging import relay

    relay_batch = relay.Relay.relay_batch

    async def later(self: relay.Relay) -> int:
        await asyncio.sleep(GATHERING_SECONDS)
        return await relay_batch(self)

    replace(relay.Relay, "relay_batch", later)
    replace(relay, "PENDING", relay.PENDING.replace("order by position", "order by random()"))


def _lose_patience(seconds: float) -> None:
    from plie_chassis.messaging import kafka, relay

    replace(kafka, "RETRY_SECONDS", seconds)
    replace(relay, "ACK_SECONDS", seconds)


def _break_a_handler(conduct: Conduct) -> None:
    from plie_chassis.messaging.inbox import Inbox

    apply = Inbox.apply

    def breaks(event: Any) -> bool:
        return (
            event.name == conduct.fails_on
            and (not conduct.of or event.key() in conduct.of)
            and all(getattr(event, name) == value for name, value in conduct.where.items())
        )

    async def breaking(self: Inbox, batch: Sequence[Any], work: Any) -> None:
        if any(breaks(received.event) for received in batch):
            raise ZeroDivisionError("a bug in a handler")
        await apply(self, batch, work)

    replace(Inbox, "apply", breaking)


def _forget(name: str) -> None:
    from plie_contracts import records
    from plie_contracts.events import EVENTS

    records._BY_TYPE.pop(EVENTS[name].ce_type())


def _add_a_field() -> None:
    from plie_contracts import records

    encode = records.encode

    def with_one_more(event: Any) -> bytes:
        return json.dumps({**json.loads(encode(event)), "told_by_a_later_release": 1}, ensure_ascii=False).encode()

    replace(records, "encode", with_one_more)
