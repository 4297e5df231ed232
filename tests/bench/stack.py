"""The broker and the database server that everything here is measured on, and organisations declared on them."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from plie_chassis.database import create_engine
from plie_chassis.messaging.kafka import Connection
from plie_chassis.migrations import migrate
from plie_chassis.settings import Settings
from plie_chassis.unit_of_work import Units
from plie_contracts import streams
from plie_contracts.declaration import Instance
from plie_deploy import provision
from plie_deploy.kafka import LocalKafka
from plie_deploy.postgres import LocalPostgres, sqlalchemy_url
from plie_deploy.testing import Declared, declared

ROLE = "plie"
ORGANISATIONS = "departement-38", "metropole", "mde-grenoble-nord"


@dataclass(frozen=True)
class Machine:
    kafka: LocalKafka
    postgres: LocalPostgres
    directory: Path

    @contextmanager
    def stack(self, *organisations: str, document: Mapping[str, Any] | None = None) -> Iterator["Stack"]:
        """These organisations with topics of their own, which are deleted at the end."""
        made = declared(self.kafka, self.directory, *organisations, document=document)
        try:
            yield Stack(self.kafka, self.postgres, made, self.directory)
        finally:
            provision.remove(self.kafka.admin_config, made.declaration)


@dataclass(frozen=True)
class Stack:
    kafka: LocalKafka
    postgres: LocalPostgres
    declared: Declared
    directory: Path

    @asynccontextmanager
    async def instance(self, name: str) -> AsyncIterator["Site"]:
        """The instance called so in organisations.yaml, on a new database at the schema of its release."""
        instance = self.declared.instance(name)
        url = sqlalchemy_url(await self.postgres.create_database(instance.name, owner=ROLE, password=ROLE))
        engine = create_engine(url)
        package = f"plie_{instance.service}"
        await migrate(engine, package=package, metadata=import_module(f"{package}.tables").Base.metadata)
        connection = Connection(self.kafka.bootstrap_servers, instance.name, self.declared.passwords[instance.name])
        try:
            yield Site(instance, url, engine, Units(engine, instance, self.declared.declaration), connection)
        finally:
            await engine.dispose()
            await self.postgres.drop_database(instance.name)

    def settings(self, site: "Site") -> Settings:
        """What the runtime of this instance is told."""
        return Settings(
            organisation=site.instance.organisation,
            database_url=site.url,
            kafka_bootstrap_servers=site.connection.bootstrap_servers,
            kafka_security_protocol="SASL_PLAINTEXT",
            kafka_username=site.connection.username,
            kafka_password=SecretStr(site.connection.password),
            declaration=self.declared.path,
            secret_key=SecretStr(secrets.token_hex(32)),
        )

    def log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def environment(self, site: "Site", port: int) -> dict[str, str]:
        """What `serve` of this instance is told."""
        told = {
            "ORGANISATION": site.instance.organisation,
            "DATABASE_URL": site.url,
            "KAFKA_BOOTSTRAP_SERVERS": site.connection.bootstrap_servers,
            "KAFKA_SECURITY_PROTOCOL": site.connection.security_protocol,
            "KAFKA_USERNAME": site.connection.username,
            "KAFKA_PASSWORD": site.connection.password,
            "DECLARATION": str(self.declared.path),
            "SECRET_KEY": secrets.token_hex(32),
            "PORT": str(port),
        }
        return {**os.environ, **{f"PLIE_{name}": value for name, value in told.items()}}


@dataclass(frozen=True)
class Site:
    """One instance: its database and its Kafka principal."""

    instance: Instance
    url: str
    engine: AsyncEngine
    units: Units
    connection: Connection

    @property
    def source(self) -> str:
        return streams.source_of(self.instance.name)

    @property
    def facts_topic(self) -> str:
        family = self.instance.service
        assert family != "reporting", "reporting writes no facts"
        return streams.facts_topic(family, self.instance.organisation)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection]:
        """A plain connection, as the references use it."""
        connection = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        try:
            yield connection
        finally:
            await connection.close()


@contextmanager
def running() -> Iterator[Machine]:
    with TemporaryDirectory(prefix="plie-bench-", ignore_cleanup_errors=True) as directory:
        kafka, postgres = LocalKafka(Path(directory) / "kafka"), LocalPostgres(Path(directory) / "postgres")
        kafka.start()
        try:
            postgres.start()
            yield Machine(kafka, postgres, Path(directory))
        finally:
            kafka.kill()
            postgres.kill()
