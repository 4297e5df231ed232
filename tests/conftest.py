"""One whole platform for the tests that cross services: what `make demo` starts, on ports and data of its own."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from plie_deploy.plan import Plan
from plie_deploy.processes import port_is_free
from plie_deploy.testing.servers import quick_directory

DEMO = str(Path(sys.executable).with_name("plie-demo"))


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
        if all(map(port_is_free, Plan(Path("unused"), offset, "small").ports)):
            return offset
    raise AssertionError("no free ports")


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    if running := os.environ.get("PLATFORM"):  # a demo that runs already, by its data directory
        shown = subprocess.run([DEMO, "status", "--json", "--data-dir", running], check=True, capture_output=True)
        yield Platform(json.loads(shown.stdout), Path(running))
        return
    with tempfile.TemporaryDirectory(
        prefix="plie-platform-", dir=quick_directory(), ignore_cleanup_errors=True
    ) as directory:
        at = ["--data-dir", directory]
        subprocess.run(
            [DEMO, "up", "--detach", "--scale", "small", "--port-offset", str(free_offset()), *at], check=True
        )
        try:
            shown = subprocess.run([DEMO, "status", "--json", *at], check=True, capture_output=True)
            yield Platform(json.loads(shown.stdout), Path(directory))
        finally:
            subprocess.run([DEMO, "down", *at], check=True)
