"""The same broker and database server out of container images: `STACK=containers` runs every test on them.

They use the host's network and a directory of ours, so that ports, passwords and crashes are those of the local ones.
"""

import os
import signal
import time
from pathlib import Path
from typing import Any, Final

from testcontainers.core.container import DockerContainer

from plie_deploy.kafka import LocalKafka
from plie_deploy.postgres import LocalPostgres, server_user
from plie_deploy.processes import Running, Unavailable, last_line

KAFKA_IMAGE: Final = os.environ.get("PLIE_KAFKA_IMAGE", "apache/kafka:4.3.1")
POSTGRES_IMAGE: Final = os.environ.get("PLIE_POSTGRES_IMAGE", "postgres:18")


class Container(Running):
    """A running container."""

    def __init__(
        self,
        image: str,
        command: list[str],
        *,
        directory: Path,
        user: tuple[int, int],
        log: Path,
        stop_signal: signal.Signals,
    ) -> None:
        self.stop_signal = stop_signal
        self._log = log
        self._code: int | None = None
        self._container = (
            DockerContainer(image)
            .with_volume_mapping(directory, str(directory), "rw")
            .with_volume_mapping("/etc/passwd", "/etc/passwd", "ro")  # initdb wants to know its user's name
            .with_command(command[1:])
            .with_kwargs(
                entrypoint=command[:1],
                network_mode="host",
                user=f"{user[0]}:{user[1]}",
                working_dir=str(directory),
            )
            .start()
        )

    @property
    def pid(self) -> int:
        return int(self._attributes()["State"]["Pid"])

    def poll(self) -> int | None:
        if self._code is None:
            state = self._attributes()["State"]
            if not state["Running"]:
                self._code = int(state["ExitCode"])
                self._keep_the_log()
                self._container.stop()
        return self._code

    def wait(self, seconds: float | None = None) -> bool:
        deadline = None if seconds is None else time.monotonic() + seconds
        while self.poll() is None:
            if deadline is not None and time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def send(self, signum: signal.Signals) -> None:
        if self.poll() is None:
            try:
                self._container.get_wrapped_container().kill(signal=signum.name)
            except OSError:  # it ended in between
                if self.poll() is None:
                    raise

    def _attributes(self) -> dict[str, Any]:
        wrapped = self._container.get_wrapped_container()
        wrapped.reload()
        return dict(wrapped.attrs)

    def _keep_the_log(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._log.write_bytes(b"".join(self._container.get_logs()))


class ContainerKafka(LocalKafka):
    def _format(self, arguments: list[str]) -> None:
        tool = self._container(["/opt/kafka/bin/kafka-storage.sh", *arguments])
        tool.wait(60)
        if tool.poll() != 0:
            raise Unavailable(f"Kafka's data directory could not be made: {last_line(self.log)} (log: {self.log})")

    def _launch(self) -> Running:
        return self._container(["/opt/kafka/bin/kafka-server-start.sh", str(self._properties)])

    def _container(self, command: list[str]) -> Container:
        return Container(
            KAFKA_IMAGE,
            command,
            directory=self.data_dir,
            user=(os.geteuid(), os.getegid()),
            log=self.log,
            stop_signal=signal.SIGTERM,
        )


class ContainerPostgres(LocalPostgres):
    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()

    def _initdb(self, arguments: list[str]) -> None:
        self.data_dir.chmod(0o711)  # in a container `nobody` may not walk through root's own directories
        tool = self._container(["initdb", *arguments])
        tool.wait(60)
        if tool.poll() != 0:
            raise Unavailable(f"PostgreSQL's data directory could not be made: {last_line(self.log)} (log: {self.log})")

    def _launch(self, arguments: list[str]) -> Running:
        return self._container(["postgres", *arguments])

    def _container(self, command: list[str]) -> Container:
        return Container(
            POSTGRES_IMAGE,
            command,
            directory=self.data_dir,
            user=server_user(),
            log=self.log,
            stop_signal=signal.SIGINT,
        )
