"""The run's broker and database server: real ones, started when first asked for."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from plie_deploy.kafka import LocalKafka
from plie_deploy.postgres import LocalPostgres


def _stack() -> tuple[type[LocalKafka], type[LocalPostgres]]:
    """Processes of this machine, or containers with `STACK=containers`."""
    if os.environ.get("STACK") != "containers":
        return LocalKafka, LocalPostgres
    from plie_deploy.containers import ContainerKafka, ContainerPostgres

    return ContainerKafka, ContainerPostgres


@pytest.fixture(scope="session")
def kafka() -> Iterator[LocalKafka]:
    """The run's broker. A test that stops or kills it starts it again."""
    with tempfile.TemporaryDirectory(prefix="plie-kafka-", ignore_cleanup_errors=True) as directory:
        broker = _stack()[0](Path(directory))
        broker.start()
        try:
            yield broker
        finally:
            broker.kill()


@pytest.fixture(scope="session")
def postgres() -> Iterator[LocalPostgres]:
    """The run's database server. A test that stops or kills it starts it again."""
    with tempfile.TemporaryDirectory(prefix="plie-postgres-", ignore_cleanup_errors=True) as directory:
        server = _stack()[1](Path(directory))
        server.start()
        try:
            yield server
        finally:
            server.kill()
