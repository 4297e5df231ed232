"""The run's broker and database server: real ones, started when first asked for, whose data the machine may forget."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from plie_deploy.kafka import LocalKafka
from plie_deploy.postgres import LocalPostgres
from plie_deploy.processes import Running

_MEMORY = Path("/dev", "shm")
"""Memory as a file system, open to all: what stands in it stands in a TemporaryDirectory, whose name none can guess."""
_ROOM = 4 * 2**30


def quick_directory() -> str | None:
    """Where data may stand that is lost with the machine: in memory when there is room, else None, for the usual place."""
    has_room = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    return str(_MEMORY) if has_room else None


class QuickPostgres(LocalPostgres):
    """Outlives its own end, as the tests ask, but not the machine's: it never waits for a disk, and keeps a short log."""

    def _launch(self, arguments: list[str]) -> Running:
        return super()._launch([*arguments, "-c", "fsync=off", "-c", "max_wal_size=256MB"])


def _stack() -> tuple[type[LocalKafka], type[LocalPostgres]]:
    """Processes of this machine, or containers with `STACK=containers`."""
    if os.environ.get("STACK") != "containers":
        return LocalKafka, QuickPostgres
    from plie_deploy.containers import ContainerKafka, ContainerPostgres

    return ContainerKafka, ContainerPostgres


@pytest.fixture(scope="session")
def kafka() -> Iterator[LocalKafka]:
    """The run's broker. A test that stops or kills it starts it again."""
    with _directory("plie-kafka-") as directory:
        broker = _stack()[0](Path(directory))
        broker.start()
        try:
            yield broker
        finally:
            broker.kill()


@pytest.fixture(scope="session")
def postgres() -> Iterator[LocalPostgres]:
    """The run's database server. A test that stops or kills it starts it again."""
    with _directory("plie-postgres-") as directory:
        server = _stack()[1](Path(directory))
        server.start()
        try:
            yield server
        finally:
            server.kill()


def _directory(prefix: str) -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix=prefix, dir=quick_directory(), ignore_cleanup_errors=True)
