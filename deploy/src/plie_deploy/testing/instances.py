"""One instance in a test: its application without a broker, on a socket where one is needed, or at work on the run's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from litestar import Litestar
from pydantic import SecretStr

from plie_chassis.service import Runtime, Service
from plie_chassis.settings import Settings
from plie_chassis.unit_of_work import Units
from plie_chassis.web.application import TOKEN_RATE, application
from plie_chassis.web.system import Report
from plie_deploy.kafka import SECURITY_PROTOCOL, LocalKafka
from plie_deploy.testing.declarations import DECLARATION, Declared
from plie_deploy.testing.waiting import eventually

SECRET_KEY = SecretStr("s" * 32)


async def healthy() -> dict[str, Any]:
    return {"status": "ok", "database": "ok"}


async def no_figures() -> bytes:
    return b""


def application_of(
    service: Service, units: Units, *, report: Report = healthy, token_rate: int = TOKEN_RATE
) -> Litestar:
    """The application of the instance and on the database of `units`; no Kafka is asked."""
    settings = service.settings(
        organisation=units.instance.organisation,
        database_url=units.engine.url.render_as_string(hide_password=False),
        kafka_bootstrap_servers="127.0.0.1:1",
        kafka_username=units.instance.name,
        kafka_password=SecretStr("unused"),
        declaration=DECLARATION,
        secret_key=SECRET_KEY,
    )
    return application(service, units, settings, report=report, figures=no_figures, token_rate=token_rate)


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """An application on a socket of its own, for what speaks real HTTP; answers its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    try:
        await eventually(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def settings_on(
    kafka: LocalKafka, declared: Declared, instance: str, database_url: str, *, of: type[Settings] = Settings
) -> Settings:
    """The settings with which the instance called so in organisations.yaml stands on the run's broker."""
    name = declared.name(instance)
    return of(
        organisation=declared.instance(instance).organisation,
        database_url=database_url,
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        kafka_security_protocol=SECURITY_PROTOCOL,
        kafka_username=name,
        kafka_password=SecretStr(declared.passwords[name]),
        declaration=declared.path,
        secret_key=SECRET_KEY,
    )


def runtime_of(
    service: Service, kafka: LocalKafka, declared: Declared, organisation: str, database_url: str
) -> Runtime:
    """This service of that organisation, not at work yet."""
    instance = f"{organisation}.{service.name}"
    return Runtime(service, settings_on(kafka, declared, instance, database_url, of=service.settings))
