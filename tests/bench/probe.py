"""A plain consumer in a process of its own: notes when each event can be read, and answers it as JSON by its id.

Its argument is a `Connection` as JSON, with the topic, the number of records to read and the header that names an event;
it says `ready` when it listens.
"""

import asyncio
import json
import sys
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict

from aiokafka import TopicPartition

from plie_chassis.messaging import kafka

from .watcher import Answer, watcher


def watching(
    connection: kafka.Connection, topic: str, partitions: int, count: int, header: str = "ce_id"
) -> AbstractAsyncContextManager[Answer]:
    """What is given answers, once all `count` were read, when each was."""
    asked = {"topic": topic, "partitions": partitions, "count": count, "header": header}
    return watcher(__name__, json.dumps({"connection": asdict(connection), **asked}))


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
