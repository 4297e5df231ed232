"""What `check` looks at before an instance is switched on: its database and each of its Kafka rights."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

from aiokafka.errors import KafkaError
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from plie_chassis.service import Runtime

ANSWER_SECONDS = 10.0


class Finding(NamedTuple):
    right: bool
    what: str


async def findings(runtime: Runtime) -> AsyncIterator[Finding]:
    """One finding per thing that can be wrong, in the order in which to mend them."""
    yield Finding(True, f"settings: {runtime.instance.name} in {runtime.settings.declaration.name}")
    yield await _database(runtime)
    producer = runtime.connection.new_producer()
    try:
        await asyncio.wait_for(producer.start(), ANSWER_SECONDS)
    except (KafkaError, OSError, TimeoutError) as error:
        await producer.stop()
        yield Finding(False, f"Kafka at {runtime.connection.bootstrap_servers}: {type(error).__name__}")
        return
    yield Finding(True, f"Kafka at {runtime.connection.bootstrap_servers}, as {runtime.connection.username}")
    try:
        for right, topics in (("write", runtime.declaration.writes(runtime.instance.name)), ("read", runtime.topics)):
            for topic in topics:
                try:
                    await asyncio.wait_for(producer.partitions_for(topic), ANSWER_SECONDS)
                    yield Finding(True, f"{right} {topic}")
                except (KafkaError, TimeoutError) as error:
                    yield Finding(False, f"{right} {topic}: {type(error).__name__}")
    finally:
        await producer.stop()


async def _database(runtime: Runtime) -> Finding:
    try:
        async with runtime.engine.connect() as connection:
            tables = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    except (SQLAlchemyError, OSError) as error:
        return Finding(False, f"database: {type(error).__name__}")
    missing = {"outbox", "inbox", "account"} - tables
    return Finding(not missing, "database: run `migrate` first" if missing else "database: migrated")
