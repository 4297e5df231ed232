"""One standalone Kafka Connect worker on the stack's broker, spoken to over its REST interface on loopback."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psutil

from plie_deploy.processes import Child, free_port

from . import peer_jars as jars
from .rows import NotRun
from .stack import Stack

# The flags of Kafka's own connect-standalone.sh.
MEMORY = (
    "-Xms256M",
    "-Xmx2G",
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:+ExplicitGCInvokesConcurrent",
)
START_SECONDS = 120.0
STATE_SECONDS = 60.0
SASL = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="{}" password="{}";'


class Worker:
    def __init__(self, child: Child, port: int) -> None:
        self.child = child
        self._address = f"http://127.0.0.1:{port}"

    def add(self, name: str, config: Mapping[str, str]) -> None:
        """Returns once its task runs."""
        self._ask("POST", "/connectors", {"name": name, "config": dict(config)})
        self._wait_until(name, lambda tasks: tasks == {"RUNNING"})

    def stop(self, name: str) -> None:
        self._ask("PUT", f"/connectors/{name}/stop")
        self._wait_until(name, lambda tasks: not tasks)

    def resume(self, name: str) -> None:
        self._ask("PUT", f"/connectors/{name}/resume")

    def remove(self, name: str) -> None:
        self.stop(name)
        self._ask("DELETE", f"/connectors/{name}")

    def complain(self, name: str) -> None:
        """Raises AssertionError where its task has failed."""
        for task in self._ask("GET", f"/connectors/{name}/status")["tasks"]:
            assert task["state"] != "FAILED", task.get("trace", "")[:2000]

    def megabytes(self) -> float:
        return float(psutil.Process(self.child.pid).memory_info().rss / 2**20)

    def is_up(self) -> bool:
        with suppress(OSError):
            self._ask("GET", "/connectors")
            return True
        return False

    def _wait_until(self, name: str, condition: Callable[[set[str]], bool]) -> None:
        deadline = time.monotonic() + STATE_SECONDS
        while True:
            with suppress(urllib.error.HTTPError):  # it is not known at once
                self.complain(name)
                if condition({task["state"] for task in self._ask("GET", f"/connectors/{name}/status")["tasks"]}):
                    return
            assert time.monotonic() < deadline, f"{name} did not get there in {STATE_SECONDS} s"
            time.sleep(0.1)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            self._address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            said = answer.read()
        return json.loads(said) if said else None


@contextmanager
def working(stack: Stack, *, wanted: bool = True) -> Iterator[Worker]:
    """Raises NotRun."""
    if not wanted:
        raise NotRun("not asked for")
    found, port = jars.get(), free_port()
    settings = stack.directory / "connect.properties"
    settings.write_text("\n".join(f"{name}={value}" for name, value in _settings(stack, found, port).items()))
    settings.chmod(0o600)
    command = [
        *(found.java, *MEMORY, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
        *("-cp", f"{found.worker}/*", "org.apache.kafka.connect.cli.ConnectStandalone", str(settings)),
    ]
    child = Child(command, log=stack.log("connect"))
    try:
        worker, deadline = Worker(child, port), time.monotonic() + START_SECONDS
        while not worker.is_up():
            assert child.poll() is None, f"Connect ended, see {stack.log('connect').read_text()[-2000:]}"
            assert time.monotonic() < deadline, "Connect did not start"
            time.sleep(0.2)
        yield worker
    finally:
        child.stop()


def _settings(stack: Stack, found: jars.Jars, port: int) -> dict[str, str]:
    kafka = stack.kafka
    client = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.jaas.config": SASL.format("admin", kafka.admin_password),
    }
    converter = "org.apache.kafka.connect.storage.StringConverter"
    return {
        "bootstrap.servers": kafka.bootstrap_servers,
        "key.converter": converter,
        "value.converter": converter,
        "offset.storage.file.filename": str(stack.directory / "connect.offsets"),
        "offset.flush.interval.ms": "10000",
        "listeners": f"http://127.0.0.1:{port}",
        "plugin.path": str(found.plugins),
        "plugin.discovery": "service_load",
        "connector.client.config.override.policy": "All",
        **{
            f"{part}{name}": value
            for part in ("", "producer.", "consumer.", "admin.")
            for name, value in client.items()
        },
    }
