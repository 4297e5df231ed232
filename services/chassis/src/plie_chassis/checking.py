"""What `check` looks at before an instance is switched on: its database and each of its Kafka rights."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from typing import Any, NamedTuple

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
    for finding in await asyncio.to_thread(lambda: list(_rights(runtime))):
        yield finding


def _rights(runtime: Runtime) -> Iterator[Finding]:
    """What the broker itself says this principal may do."""
    from confluent_kafka import KafkaException, TopicCollection
    from confluent_kafka.admin import AdminClient

    connection = runtime.connection
    options: dict[str, str | int | float | bool] = {
        "bootstrap.servers": connection.bootstrap_servers,
        "security.protocol": connection.security_protocol,
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": connection.username,
        "sasl.password": connection.password,
        "socket.timeout.ms": int(ANSWER_SECONDS * 1000),
        "log_level": 0,
    }
    if connection.ca_file:
        options["ssl.ca.location"] = connection.ca_file
    admin = AdminClient(options)
    try:
        admin.list_topics(timeout=ANSWER_SECONDS)
    except KafkaException as error:
        yield Finding(
            False, f"Kafka at {connection.bootstrap_servers}, as {connection.username}: {error.args[0].str()}"
        )
        return
    yield Finding(True, f"Kafka at {connection.bootstrap_servers}, as {connection.username}")
    wanted = dict.fromkeys(runtime.declaration.writes(runtime.instance.name), "write") | dict.fromkeys(
        runtime.topics, "read"
    )
    described = admin.describe_topics(TopicCollection(list(wanted)), include_authorized_operations=True)
    for topic, future in described.items():
        yield _judged(f"{wanted[topic]} {topic}", wanted[topic], future)
    group = runtime.instance.name
    [(_, future)] = admin.describe_consumer_groups([group], include_authorized_operations=True).items()
    yield _judged(f"read group {group}", "read", future)


def _judged(what: str, right: str, future: "Future[Any]") -> Finding:
    from confluent_kafka import KafkaException

    try:
        allowed = {operation.name.lower() for operation in future.result(ANSWER_SECONDS).authorized_operations or ()}
    except KafkaException as error:
        return Finding(False, f"{what}: {error.args[0].str()}")
    return Finding(right in allowed, what if right in allowed else f"{what}: no right to {right}")


async def _database(runtime: Runtime) -> Finding:
    try:
        async with runtime.engine.connect() as connection:
            tables = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    except (SQLAlchemyError, OSError) as error:
        return Finding(False, f"database: {type(error).__name__}")
    missing = {"outbox", "inbox", "account"} - tables
    return Finding(not missing, "database: run `migrate` first" if missing else "database: migrated")
