"""One chain of organisations at work: four instances as processes, two direct producers, and the ways to all of them.

Every chain has slugs, topics and databases of its own, so that many can follow each other on the same servers.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka import TopicPartition as ConfluentPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from plie_chassis.accounts import commands
from plie_chassis.database import create_engine
from plie_chassis.messaging.kafka import Connection
from plie_chassis.unit_of_work import Units
from plie_contracts.declaration import Instance
from plie_deploy import provision
from plie_deploy.kafka import ADMIN
from plie_deploy.nursery import Order
from plie_deploy.postgres import sqlalchemy_url
from plie_deploy.processes import Running, environment, free_port
from plie_deploy.testing import Declared, declared

from .history import History
from .process import WELL, Conduct, arguments
from .proxy import Link
from .servers import ROLE, SERVICES, Servers, template_of

DECLARATION = {
    "organisations": {
        "metropole": {
            "title": "Métropole",
            "prescribers": ["DEPT", "ML", "CCAS"],
            "services": {"orientation": {"port": 8103}, "reporting": {"port": 8401}},
        },
        "centre-isere": {
            "title": "Maison de l’emploi Centre Isère",
            "services": {
                "admission": {"port": 8202, "title": "CLAS Centre Isère", "serves": {"territories": ["voironnais", "chartreuse", "sud-gresivaudan"]}},
                "parcours": {"port": 8303, "clas": "centre-isere", "etp": 4.0},
            },
        },
        "mission-locale": {
            "title": "Mission Locale",
            "publishes": {"hosted-by": "metropole.orientation", "kind": "ML", "structure": "Mission Locale"},
        },
        "ccas": {
            "title": "CCAS",
            "publishes": {"hosted-by": "metropole.orientation", "kind": "CCAS", "structure": "CCAS de Voiron"},
        },
    },
    "not-served": {"territories": ["metropole", "gresivaudan"]},
    "esf-operations": {},
}  # fmt: skip
INSTANCES = {
    "orientation": "metropole.orientation",
    "admission": "centre-isere.admission",
    "parcours": "centre-isere.parcours",
    "reporting": "metropole.reporting",
}
PRODUCERS = ("mission-locale", "ccas")
REFERENT = "referent-01"
START_SECONDS = 30.0


class NotLoopback(Exception):
    """Faults are injected on this machine's own servers only."""


def refuse_others(address: str) -> None:
    """Raises NotLoopback: what is broken here must be ours."""
    host = httpx.URL(address if "//" in address else f"tcp://{address}").host
    if host not in {"127.0.0.1", "localhost", "::1"}:
        raise NotLoopback(f"{address} is not on this machine")


async def until(condition: Callable[[], Awaitable[object]], within: float, *, pause: float = 0.05) -> bool:
    """Whether the condition came true in that time."""
    deadline = time.monotonic() + within
    while not await condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(pause)
    return True


@dataclass
class Member:
    """One instance as a process: started well or with a conduct, killed, stopped, and asked over its own links."""

    service: str
    instance: Instance
    servers: Servers
    settings: Mapping[str, str]
    token: str
    link: Link
    database: str
    """Its database, past the link."""

    log: Path
    running: Running | None = None
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        address = f"http://127.0.0.1:{self.link.port}"
        refuse_others(address)
        self.client = httpx.AsyncClient(
            base_url=address, headers={"Authorization": f"Bearer {self.token}"}, timeout=httpx.Timeout(10, connect=3)
        )

    @property
    def name(self) -> str:
        return self.instance.name

    @property
    def kafka(self) -> Link:
        return self.servers.kafka.links[self.service]

    @property
    def postgres(self) -> Link:
        return self.servers.postgres_links[self.service]

    async def fork(self, conduct: Conduct, *command: str, log: Path | None = None, **changes: str) -> Running:
        """A process of this instance, which runs `command`; `changes` are settings of its own."""
        order = Order(
            "tests.faults.process",
            arguments(self.service, conduct, *command),
            environment({**self.settings, **changes}),
            str(log or self.log),
        )
        return await asyncio.to_thread(self.servers.nursery.fork, order)

    async def start(self, conduct: Conduct = WELL) -> None:
        self.running = await self.fork(conduct, "serve")

    async def restart(self, conduct: Conduct = WELL) -> None:
        await self.stop()
        await self.start(conduct)
        await self.answers()

    async def answers(self) -> None:
        if not await until(self._is_live, START_SECONDS):
            raise TimeoutError(f"{self.name} does not answer (log: {self.log})")

    async def _is_live(self) -> bool:
        try:
            return (await self.client.get("/health/live")).status_code == 200
        except httpx.TransportError:
            return False

    async def read(self, path: str, question: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What a GET answers; asked once more where an idle connection was closed just then."""
        try:
            answer = await self.client.get(path, params=question)
        except httpx.RemoteProtocolError:
            answer = await self.client.get(path, params=question)
        return dict(answer.raise_for_status().json())

    async def health(self) -> str:
        return str((await self._ready()).get("status", "away"))

    async def halted(self) -> str | None:
        """The error for which it stopped to consume."""
        inbox = (await self._ready()).get("inbox") or {}
        return inbox.get("halted")

    async def _ready(self) -> dict[str, Any]:
        try:
            return dict((await self.client.get("/health/ready")).json())
        except (httpx.TransportError, ValueError):
            return {}

    def said(self, words: str) -> int:
        """How many lines of its log hold these words."""
        return sum(words in line for line in self.log.read_text(errors="replace").splitlines())

    def is_running(self) -> bool:
        return self.running is not None and self.running.poll() is None

    async def kill(self) -> None:
        if self.running is not None:
            await asyncio.to_thread(self.running.kill)

    async def stop(self) -> None:
        if self.running is not None:
            await asyncio.to_thread(self.running.stop)

    async def command(self, *words: str, within: float = 60.0) -> str:
        """Runs a command of the service to its end and answers what it printed. Raises where it fails."""
        log = self.log.with_suffix(f".{words[0]}.log")
        log.write_text("")
        job = await self.fork(WELL, *words, log=log)
        if not await asyncio.to_thread(job.wait, within):
            job.kill()
            raise TimeoutError(f"{self.name} {' '.join(words)}: not over within {within:.0f} s")
        said = log.read_text(errors="replace")
        if job.poll():
            raise RuntimeError(f"{self.name} {' '.join(words)}: {said.strip()[-300:]}")
        return said


Position = tuple[str, int, int]


@dataclass
class World:
    servers: Servers
    declared: Declared
    members: Mapping[str, Member]
    history: History = field(default_factory=History)
    poisoned: dict[Position, str] = field(default_factory=dict)
    """Records that the fault tool wrote itself, each with the code under which readers are right to refuse it."""

    next_shared_id: int = 1

    def __getitem__(self, service: str) -> Member:
        return self.members[service]

    def organisation(self, slug: str) -> str:
        return self.declared.name(slug)

    def connection(self, principal: str) -> Connection:
        """As this principal, past the links."""
        kafka = self.servers.kafka
        refuse_others(kafka.bootstrap_servers)
        password = kafka.admin_password if principal == ADMIN else self.declared.passwords[principal]
        return Connection(kafka.bootstrap_servers, principal, password)

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self[service].database, timeout=5)
        try:
            yield connection
        finally:
            await connection.close()

    async def fetch(self, service: str, query: str, *values: Any) -> list[asyncpg.Record]:
        async with self.database(service) as connection:
            return list(await connection.fetch(query, *values))

    @asynccontextmanager
    async def producer(self, principal: str = ADMIN) -> AsyncIterator[AIOKafkaProducer]:
        producer = self.connection(principal).new_producer()
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    def topics(self) -> list[TopicPartition]:
        return [
            TopicPartition(topic.name, number)
            for topic in self.declared.declaration.topics()
            for number in range(topic.partitions)
        ]

    async def ends(self) -> dict[TopicPartition, int]:
        """Where each partition of this chain ends. Raises KafkaException."""
        newest: Any = OffsetSpec
        latest = {ConfluentPartition(at.topic, at.partition): newest.latest() for at in self.topics()}
        admin = AdminClient(self.servers.kafka.admin_config)  # answers only while it is held
        asked = admin.list_offsets(latest, request_timeout=5)
        found = {at: await asyncio.wait_for(asyncio.wrap_future(answer), 10) for at, answer in asked.items()}
        return {TopicPartition(at.topic, at.partition): answer.offset for at, answer in found.items()}

    async def committed(self, group: str) -> dict[TopicPartition, int]:
        """How far this consumer group has acknowledged. Raises KafkaException."""
        admin = AdminClient(self.servers.kafka.admin_config)
        asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)], request_timeout=10)
        found = await asyncio.wait_for(asyncio.wrap_future(asked[group]), 15)
        return {TopicPartition(at.topic, at.partition): at.offset for at in found.topic_partitions}

    async def records(self) -> list[ConsumerRecord]:
        """Every record of every topic of this chain, each partition in its order."""
        found: list[ConsumerRecord] = []
        ends = {at: end for at, end in (await self.ends()).items() if end}
        if not ends:
            return []
        consumer = self.connection(ADMIN).new_reader()
        await consumer.start()
        try:
            consumer.assign(list(ends))
            while any([await consumer.position(at) < end for at, end in ends.items()]):
                for batch in (await consumer.getmany(timeout_ms=200, max_records=5000)).values():
                    found.extend(batch)
        finally:
            await consumer.stop()
        return found

    async def stop(self) -> None:
        await asyncio.gather(*(member.kill() for member in self.members.values()))
        for member in self.members.values():
            await member.client.aclose()
            await member.link.close()


@asynccontextmanager
async def chain(servers: Servers, conducts: Mapping[str, Conduct] | None = None) -> AsyncIterator[World]:
    """A chain that answers; `conducts` are those of instances that do not start well."""
    rng = Random(servers.rng.random())
    made = await asyncio.to_thread(declared, servers.kafka, servers.directory, document=DECLARATION)
    members = {service: await _member(servers, made, service, rng) for service in SERVICES}
    world = World(servers, made, members)
    try:
        for member in members.values():
            await member.start((conducts or {}).get(member.service, WELL))
        await asyncio.gather(*(member.answers() for member in members.values()))
        yield world
    finally:
        servers.heal()
        await world.stop()
        if servers.kafka.is_running():
            await asyncio.to_thread(provision.remove, servers.kafka.admin_config, made.declaration)


async def _member(servers: Servers, made: Declared, service: str, rng: Random) -> Member:
    instance = made.instance(INSTANCES[service])
    database = await servers.postgres.create_database(
        instance.name, owner=ROLE, password=ROLE, template=template_of(service)
    )
    token = f"plie_faults_{secrets.token_urlsafe(24)}"
    await _admit_the_driver(database, instance, made, token)
    port = free_port()
    link = Link(port, rng)
    await link.start()
    settings = {
        "PLIE_ORGANISATION": instance.organisation,
        "PLIE_DATABASE_URL": database.replace(
            f":{servers.postgres.port}/", f":{servers.postgres_links[service].port}/"
        ),
        "PLIE_KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{servers.kafka.links[service].port}",
        "PLIE_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "PLIE_KAFKA_USERNAME": instance.name,
        "PLIE_KAFKA_PASSWORD": made.passwords[instance.name],
        "PLIE_DECLARATION": str(made.path),
        "PLIE_SECRET_KEY": secrets.token_hex(32),
        "PLIE_PORT": str(port),
    }
    log = servers.directory / f"{instance.name}.log"
    return Member(service, instance, servers, settings, token, link, database, log)


async def _admit_the_driver(database: str, instance: Instance, made: Declared, token: str) -> None:
    """A token with every right of the instance and, in a Maison, a référent."""
    engine = create_engine(sqlalchemy_url(database))
    kinds = made.declaration.prescriber_kinds(instance.organisation)
    async with Units(engine, instance, made.declaration).begin() as work:
        await commands.add_token(
            commands.AddToken(
                label="Pannes",
                scopes=[f"{instance.service}:read", f"{instance.service}:write"],
                secret=token,
                prescriber_kinds=list(kinds),
                roles=["coordinator"] if instance.service == "parcours" else [],
            ),
            work,
        )
        if instance.service == "parcours":
            await commands.add_account(
                commands.AddAccount("referent", "Hélène Barthod", ["referent"], referent_id=REFERENT), work
            )
    await engine.dispose()
