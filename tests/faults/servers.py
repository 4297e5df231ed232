"""The broker and the database server under test, each on a small disk where one may be mounted, and the links to them.

Every instance reaches Kafka by a listener of its own and PostgreSQL by a port of its own, so that one can be cut off alone.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import asyncpg

from plie_chassis.database import create_engine
from plie_chassis.migrations import migrate
from plie_deploy.kafka import LocalKafka
from plie_deploy.nursery import Nursery
from plie_deploy.postgres import LocalPostgres, sqlalchemy_url
from plie_deploy.processes import Child, free_port, write_secret

from .proxy import Link

SERVICES = ("orientation", "admission", "parcours", "reporting")
ROLE = "plie"
DISK = "1g"


class KafkaBehindLinks(LocalKafka):
    """Advertises to the instances of each service the link that leads to its listener; `direct` is for the checker."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self.listeners = {service: free_port() for service in SERVICES}
        self.links: dict[str, Link] = {}

    def _write_properties(self) -> None:
        super()._write_properties()
        module = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        names = {service.upper(): port for service, port in self.listeners.items()}
        own = f"SASL_PLAINTEXT://127.0.0.1:{self.port}"
        lines = [
            f"listeners={own},CONTROLLER://127.0.0.1:{self._controller_port},"
            + ",".join(f"{name}://127.0.0.1:{port}" for name, port in names.items()),
            f"advertised.listeners={own},"
            + ",".join(f"{name}://127.0.0.1:{self.links[name.lower()].port}" for name in names),
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,"
            + ",".join(f"{name}:SASL_PLAINTEXT" for name in names),
            *(f"listener.name.{name.lower()}.scram-sha-512.sasl.jaas.config={module}" for name in names),
        ]
        write_secret(self._properties, self._properties.read_text() + "\n".join(lines) + "\n")


# A process of its own holds the mount, so that it goes away with us, however we end.
_HOLD = """
mount -t tmpfs -o size="$2",mode=755 plie-faults "$1" || exit 1
trap 'umount --lazy "$1"; exit 0' TERM
touch "$1/mounted"
while :; do sleep 3600 & wait $!; done
"""


@dataclass
class Disk:
    """A small file system that can be filled; without the right to mount one it is an ordinary directory."""

    path: Path
    holder: Child | None = None

    @property
    def is_small(self) -> bool:
        return (self.path / "mounted").exists()

    def mount(self) -> None:
        self.path.mkdir(parents=True)
        self.holder = Child(["sh", "-c", _HOLD, "sh", self.path, DISK], log=self.path.with_suffix(".log"))
        while not self.is_small and not self.holder.wait(0.02):
            pass

    def fill(self) -> None:
        with (self.path / "ballast").open("wb", buffering=0) as ballast:
            for size in (1 << 20, 1 << 12):
                with suppress(OSError):
                    while True:
                        ballast.write(b"\0" * size)

    def make_room(self) -> None:
        (self.path / "ballast").unlink(missing_ok=True)

    def unmount(self) -> None:
        if self.holder is not None:
            self.holder.stop()


@dataclass
class Servers:
    kafka: KafkaBehindLinks
    postgres: LocalPostgres
    nursery: Nursery
    kafka_disk: Disk
    postgres_disk: Disk
    postgres_links: dict[str, Link]
    directory: Path
    rng: Random

    @property
    def links(self) -> list[Link]:
        return [*self.kafka.links.values(), *self.postgres_links.values()]

    def heal(self) -> None:
        for link in self.links:
            link.heal()


@asynccontextmanager
async def servers(rng: Random) -> AsyncIterator[Servers]:
    with TemporaryDirectory(prefix="plie-faults-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        kafka_disk, postgres_disk = Disk(directory / "kafka-disk"), Disk(directory / "postgres-disk")
        for disk in (kafka_disk, postgres_disk):
            await asyncio.to_thread(disk.mount)
        kafka = KafkaBehindLinks(kafka_disk.path / "kafka")
        postgres = LocalPostgres(postgres_disk.path / "postgres", log=directory / "postgres.log")
        nursery = Nursery(directory / "nursery.log")
        kafka.links = {service: Link(kafka.listeners[service], rng, free_port()) for service in SERVICES}
        made = Servers(
            kafka,
            postgres,
            nursery,
            kafka_disk,
            postgres_disk,
            {service: Link(postgres.port, rng, free_port()) for service in SERVICES},
            directory,
            rng,
        )
        try:
            nursery.start()
            for link in made.links:
                await link.start()
            await asyncio.gather(asyncio.to_thread(kafka.start), _templates(postgres))
            yield made
        finally:
            nursery.kill()
            await asyncio.to_thread(kafka.kill)
            await asyncio.to_thread(postgres.kill)
            for link in made.links:
                await link.close()
            kafka_disk.unmount()
            postgres_disk.unmount()


def template_of(service: str) -> str:
    return f"template_{service}"


async def _templates(postgres: LocalPostgres) -> None:
    """One database a service at the schema of its release, from which every chain's are cloned."""
    await asyncio.to_thread(postgres.start)
    connection = await asyncpg.connect(postgres.url("postgres"))
    await connection.execute("alter system set max_wal_size = '128MB'")  # the disk is small
    await connection.execute("select pg_reload_conf()")
    await connection.close()
    for service in SERVICES:
        url = await postgres.create_database(template_of(service), owner=ROLE, password=ROLE)
        package = f"plie_{service}"
        engine = create_engine(sqlalchemy_url(url))
        await migrate(engine, package=package, metadata=import_module(f"{package}.tables").Base.metadata)
        await engine.dispose()
        await postgres.seal(template_of(service))
