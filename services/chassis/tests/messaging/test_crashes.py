"""A process that is killed at any step of its work, on either side of Kafka, loses nothing and does nothing twice."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from plie_chassis.ids import new_id
from plie_deploy.testing import eventually

from .conftest import Side, consuming, holds, process, send_all
from .sample import contact


@asynccontextmanager
async def relaying(side: Side) -> AsyncIterator[None]:
    """What the next process of this side does: a new relay on what the database holds."""
    relay = asyncio.create_task(side.relay().run())
    try:
        yield
    finally:
        relay.cancel()
        await asyncio.wait({relay})


async def dies(started: asyncio.subprocess.Process) -> None:
    assert await asyncio.wait_for(started.wait(), 60) == -signal.SIGKILL, "the crash point was not reached"


@pytest.mark.parametrize(
    "step",
    [
        "transaction-open:3",
        "rows-and-outbox:3",
        "committed:3",
        "relay-selected:1",
        "relay-sent:1",
        "relay-acknowledged:1",
        "relay-marked:1",
    ],
)
async def test_a_writer_killed_at_any_step_loses_nothing_and_repeats_nothing(
    step: str, writer: Side, reader: Side, topic: str
) -> None:
    person = new_id()
    contacts = [(str(person), minutes) for minutes in range(5)]
    async with process(writer.program(topics=[], contacts=contacts), CRASHPOINT=step) as killed:
        await dies(killed)
    [(committed,)] = await writer.fetch("select coalesce(max(last), 0) from outbox_counter")
    assert committed == {"transaction-open": 2, "rows-and-outbox": 2, "committed": 3}.get(
        step.split(":", maxsplit=1)[0], 5
    )
    async with relaying(writer), consuming(reader.consumption([topic])):
        await eventually(lambda: holds(reader, person, list(range(committed))), within=30)


@pytest.mark.parametrize(
    "step",
    ["inbox-polled:2", "inbox-noted:2", "inbox-state:12", "inbox-applied:2", "inbox-committed:2", "offset-commit:2"],
)
async def test_a_reader_killed_at_any_step_loses_nothing_and_repeats_nothing(
    step: str, writer: Side, reader: Side, topic: str
) -> None:
    person, other = new_id(), new_id()
    for minutes in range(15):
        await writer.emit(contact(person, minutes), contact(other, minutes))
    await send_all(writer)
    async with process(reader.program(topics=[topic], max_records=4), CRASHPOINT=step) as killed:
        await dies(killed)
    async with consuming(reader.consumption([topic], max_records=4)):
        for key in (person, other):
            await eventually(lambda key=key: holds(reader, key, list(range(15))), within=30)
