"""A plain consumer in a process of its own: notes when each event can be read, and answers it as JSON by ce_id.

Its argument is a `Connection` as JSON, with the topic and the number of records to read; it says `ready` when it listens.
"""

import asyncio
import json
import sys
import time

from aiokafka import TopicPartition

from plie_chassis.messaging import kafka


async def watch(connection: kafka.Connection, topic: str, partitions: int, count: int) -> dict[str, float]:
    seen: dict[str, float] = {}
    async with kafka.reader(connection) as consumer:
        consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
        await consumer.seek_to_end()
        await consumer.getmany(timeout_ms=100)
        print("ready", flush=True)
        while len(seen) < count:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                now = time.time()
                seen |= {dict(record.headers)["ce_id"].decode(): now for record in records}
    return seen


asked = json.loads(sys.argv[1])
print(json.dumps(asyncio.run(watch(kafka.Connection(**asked.pop("connection")), **asked))))
