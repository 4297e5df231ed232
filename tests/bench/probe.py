"""A plain consumer in a process of its own: notes when each event can be read, and answers it as JSON by its id.

Its argument is a `Connection` as JSON, with the topic, the number of records to read and the header that names an event;
it says `ready` when it listens.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict

from aiokafka import TopicPartition

from plie_chassis.messaging import kafka

ANSWER_SECONDS = 60.0


@asynccontextmanager
async def watching(
    connection: kafka.Connection, topic: str, partitions: int, count: int, header: str = "ce_id"
) -> AsyncIterator[Callable[[], Awaitable[dict[str, float]]]]:
    """Once it listens; what is given answers, when all `count` were read, when each was."""
    asked = {"topic": topic, "partitions": partitions, "count": count, "header": header}
    probe = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, json.dumps({"connection": asdict(connection), **asked})),
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    assert probe.stdout is not None
    said = probe.stdout

    async def seen() -> dict[str, float]:
        found: dict[str, float] = json.loads(await asyncio.wait_for(said.readline(), ANSWER_SECONDS))
        return found

    try:
        assert (await said.readline()).strip() == b"ready"
        yield seen
    finally:
        with suppress(ProcessLookupError):
            probe.kill()
        await probe.wait()


async def _watch(
    connection: kafka.Connection, topic: str, partitions: int, count: int, header: str
) -> dict[str, float]:
    seen: dict[str, float] = {}
    async with kafka.reader(connection) as consumer:
        consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
        await consumer.seek_to_end()
        await consumer.getmany(timeout_ms=100)
        print("ready", flush=True)
        while len(seen) < count:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                now = time.time()
                seen |= {dict(record.headers)[header].decode().strip('"'): now for record in records}
    return seen


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps(asyncio.run(_watch(kafka.Connection(**asked.pop("connection")), **asked))))
