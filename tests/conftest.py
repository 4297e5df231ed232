"""One whole platform for the tests that cross services: what `make demo` starts, on ports and data of its own."""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

DEMO = str(Path(sys.executable).with_name("plie-demo"))
PORTS = (8000, 8101, 8102, 8103, 8201, 8202, 8301, 8302, 8303, 8401, 9092, 9093, 15432)


@dataclass(frozen=True)
class Platform:
    """What `plie-demo status --json` says."""

    status: dict[str, Any]
    data_dir: Path

    def instance(self, organisation: str, service: str) -> dict[str, Any]:
        return next(i for i in self.status["instances"] if (i["organisation"], i["service"]) == (organisation, service))

    def api(self, organisation: str, service: str) -> httpx.AsyncClient:
        """A client of this instance's API with the token that holds every scope."""
        token = next(
            t["token"] for t in self.status["tokens"] if (t["organisation"], t["service"]) == (organisation, service)
        )
        return httpx.AsyncClient(
            base_url=self.instance(organisation, service)["url"],
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )

    def account(self, organisation: str, service: str, role: str) -> dict[str, Any]:
        return next(
            a
            for a in self.status["accounts"]
            if (a["organisation"], a["service"]) == (organisation, service) and role in a["roles"]
        )

    @property
    def index(self) -> str:
        port = int(self.instance("departement-38", "orientation")["url"].rpartition(":")[2]) - 101
        return f"http://127.0.0.1:{port}/"

    def principal(self, organisation: str, service: str | None) -> dict[str, Any]:
        return next(
            p for p in self.status["principals"] if (p["organisation"], p["service"]) == (organisation, service)
        )


def free_offset() -> int:
    """A port offset at which every port of a demo is free now."""
    for _ in range(100):
        offset = 1000 + secrets.randbelow(30_000)
        if all(_is_free(port + offset) for port in PORTS):
            return offset
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    if running := os.environ.get("PLATFORM"):  # a demo that runs already, by its data directory
        shown = subprocess.run([DEMO, "status", "--json", "--data-dir", running], check=True, capture_output=True)
        yield Platform(json.loads(shown.stdout), Path(running))
        return
    with tempfile.TemporaryDirectory(prefix="plie-platform-", ignore_cleanup_errors=True) as directory:
        at = ["--data-dir", directory]
        subprocess.run(
            [DEMO, "up", "--detach", "--scale", "small", "--port-offset", str(free_offset()), *at], check=True
        )
        try:
            shown = subprocess.run([DEMO, "status", "--json", *at], check=True, capture_output=True)
            yield Platform(json.loads(shown.stdout), Path(directory))
        finally:
            subprocess.run([DEMO, "down", *at], check=True)
