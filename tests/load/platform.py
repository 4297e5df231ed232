"""The platform under load: one that runs (PLATFORM=<data dir>), or a small demo of its own. Loopback only."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from plie_deploy.processes import Unavailable, free_port
from plie_deploy.state import plan_of

DEMO = str(Path(sys.executable).with_name("plie-demo"))
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Instance:
    name: str
    url: str
    database: str
    token: str
    pid: int
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Platform:
    instances: Mapping[str, Instance]
    kafka: Mapping[str, Any]

    def __getitem__(self, name: str) -> Instance:
        return self.instances[name]

    @classmethod
    def at(cls, data_dir: Path) -> "Platform":
        """What runs there. Raises Unavailable where an address is not of this machine's loopback."""
        shown = subprocess.run(
            [DEMO, "status", "--json", "--data-dir", str(data_dir)], check=False, capture_output=True, text=True
        )
        status = json.loads(shown.stdout or "{}")
        if not status.get("instances"):
            raise Unavailable(f"no platform runs in {data_dir}")
        refuse_strangers(status)
        told = {run.name: run.environment for run in plan_of(data_dir).runs}
        tokens = {f"{token['organisation']}.{token['service']}": token["token"] for token in status["tokens"]}
        found = {f"{one['organisation']}.{one['service']}": one for one in status["instances"]}
        return cls(
            {
                name: Instance(name, one["url"], one["database_url"], tokens[name], one["pid"], told[name])
                for name, one in found.items()
            },
            status["kafka"],
        )


def refuse_strangers(status: Mapping[str, Any]) -> None:
    """Load is for what runs here: raises Unavailable for any other address."""
    addresses = [f"kafka://{server}" for server in status["kafka"]["bootstrap_servers"].split(",")]
    addresses += [one[key] for one in status["instances"] for key in ("url", "database_url")]
    for address in addresses:
        if urlsplit(address).hostname not in LOOPBACK:
            raise Unavailable(f"{urlsplit(address).hostname} is not a loopback address: load is refused")


@contextmanager
def running() -> Iterator[Platform]:
    if given := os.environ.get("PLATFORM"):
        yield Platform.at(Path(given))
        return
    with tempfile.TemporaryDirectory(prefix="plie-load-", ignore_cleanup_errors=True) as directory:
        offset = free_port() - 8101
        at = ["--data-dir", directory]
        up = [DEMO, "up", "--detach", "--scale", "small", "--port-offset", str(offset), *at]
        subprocess.run(up, check=True, stdout=subprocess.DEVNULL)
        try:
            yield Platform.at(Path(directory))
        finally:
            subprocess.run([DEMO, "down", *at], check=True, stdout=subprocess.DEVNULL)
