"""`plie-demo` as a newcomer uses it, without demo data."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process as Subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest
from confluent_kafka.admin import AdminClient

from plie_deploy import state, status
from plie_deploy.kafka import client_config
from plie_deploy.plan import INDEX_PORT, Plan
from plie_deploy.processes import port_is_free
from plie_deploy.state import Process, State
from plie_deploy.testing import eventually

COMMAND = Path(sys.executable).parent / "plie-demo"


@dataclass(frozen=True)
class Ended:
    code: int | None
    out: str
    err: str


async def plie_demo(*arguments: str | Path) -> Ended:
    process = await asyncio.create_subprocess_exec(
        COMMAND, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    return Ended(process.returncode, out.decode(), err.decode())


@dataclass(frozen=True)
class Demo:
    data_dir: Path
    port_offset: int

    async def status(self, *options: str) -> Ended:
        return await plie_demo("status", *options, "--data-dir", self.data_dir)

    async def description(self) -> dict[str, Any]:
        """As `status --json` prints it, without the second that a command takes to start."""
        known = self.state()
        return await asyncio.to_thread(status.describe, Plan(self.data_dir, known.port_offset, known.scale), known)

    async def is_healthy(self) -> bool:
        return status.is_healthy(await self.description(), self.state())

    def state(self) -> State:
        known = state.read(self.data_dir)
        assert known is not None
        return known

    def still_running(self) -> list[str]:
        known = self.state()
        everything = {"supervisor": known.supervisor, **known.processes}
        return [name for name, process in everything.items() if process.is_alive()]


@pytest.fixture(scope="module")
def port_offset() -> int:
    """One at which every port of a demo is free."""
    for offset in range(11_000, 20_000, 500):
        if all(map(port_is_free, Plan(Path("unused"), offset, "empty").ports)):
            return offset
    raise AssertionError("no free range of ports on this machine")


@pytest.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory, port_offset: int) -> AsyncIterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo"), port_offset)
    up = await plie_demo(
        *("up", "--detach", "--scale", "empty", "--data-dir", running.data_dir, "--port-offset", str(port_offset))
    )
    try:
        assert up.code == 0, up.out + up.err
        async with first_database(running) as connection:
            await connection.execute("create table kept as select 1 as x")
        yield running
    finally:
        down = await plie_demo("down", "--data-dir", running.data_dir)
        assert down.code == 0, down.err
        assert running.still_running() == []


@asynccontextmanager
async def first_database(demo: Demo) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect((await demo.description())["instances"][0]["database_url"])
    yield connection
    await connection.close()


async def test_status_describes_every_instance_account_and_token(demo: Demo) -> None:
    answer = await demo.status("--json")
    description = json.loads(answer.out)
    assert answer.code == 0
    assert description == await demo.description()
    assert description.keys() == {"kafka", "principals", "instances", "accounts", "tokens"}
    assert description["kafka"].keys() == {"bootstrap_servers", "security_protocol", "sasl_mechanism", "admin"}
    assert len(description["instances"]) == 9
    for instance in description["instances"]:
        assert instance.keys() == {"service", "organisation", "url", "database_url", "pid", "health"}
        assert instance["health"] == "ok"
        assert psutil.pid_exists(instance["pid"])
    assert {"organisation", "service", "username", "password"} == description["principals"][0].keys()
    assert (
        next(one for one in description["principals"] if one["service"] is None)["username"] == "mission-locale-voiron"
    )
    instances = {(one["organisation"], one["service"]) for one in description["instances"]}
    for kind in ("accounts", "tokens"):
        assert {(one["organisation"], one["service"]) for one in description[kind]} == instances


async def test_every_login_signs_in_and_every_token_is_known(demo: Demo) -> None:
    description = await demo.description()
    urls = {(one["organisation"], one["service"]): one["url"] for one in description["instances"]}
    collections = {
        "orientation": "orientations",
        "admission": "files",
        "parcours": "participants",
        "reporting": "conservation",
    }
    async with httpx.AsyncClient(timeout=30) as client:
        for account in description["accounts"]:
            url = urls[account["organisation"], account["service"]]
            form = {"login": account["login"], "password": account["password"]}
            answer = await client.post(f"{url}/connexion", data=form, headers={"Origin": url})
            assert answer.status_code == 303, (account["login"], answer.status_code)
        for token in description["tokens"]:
            url = f"{urls[token['organisation'], token['service']]}/api/v1/{collections[token['service']]}"
            answer = await client.get(url, headers={"Authorization": f"Bearer {token['token']}"})
            assert answer.status_code == 200, answer.text


async def test_every_instance_has_a_database_of_its_own(demo: Demo) -> None:
    description = await demo.description()
    urls = [instance["database_url"] for instance in description["instances"]]
    assert len(set(urls)) == len(urls)
    async with first_database(demo) as connection:
        assert not await connection.fetchval("select rolsuper from pg_roles where rolname = current_user")


async def test_the_index_page_links_every_instance_and_shows_every_login(demo: Demo) -> None:
    description = await demo.description()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{INDEX_PORT + demo.port_offset}") as client:
        page = (await client.get("/")).text
        assert all(instance["url"] in page for instance in description["instances"])
        assert all(account["login"] in page for account in description["accounts"])
        assert (await client.get("/look/plie.css")).status_code == 200
        assert (await client.get("/look/../index.py")).status_code == 404
        assert (await client.get("/look/%2e%2e/pages.py")).status_code == 404


@pytest.mark.parametrize("name", ["mde-grenoble-nord.parcours", "postgres", "kafka"])
async def test_what_is_killed_is_started_again(demo: Demo, name: str) -> None:
    killed = demo.state().processes[name]
    os.kill(killed.pid, signal.SIGKILL)
    await eventually(lambda: demo.state().processes[name] != killed, within=60)
    await eventually(demo.is_healthy, within=90, every=0.5)
    assert (await demo.status()).code == 0


async def test_a_second_demo_in_the_same_directory_is_refused_in_one_line(demo: Demo) -> None:
    second = await plie_demo("up", "--data-dir", demo.data_dir, "--port-offset", str(demo.port_offset + 250))
    assert second.code == 1
    assert second.err == f"a demo already runs in {demo.data_dir} (`plie-demo status` shows it)\n"
    assert await demo.is_healthy()


async def test_taken_ports_are_said_a_line_each(demo: Demo, tmp_path: Path) -> None:
    second = await plie_demo("up", "--data-dir", tmp_path, "--port-offset", str(demo.port_offset))
    assert second.code == 1
    assert f"port {8101 + demo.port_offset} (departement-38.orientation) is already taken" in second.err
    assert "Traceback" not in second.err


async def test_where_no_demo_runs_status_says_so(tmp_path: Path) -> None:
    answer = await plie_demo("status", "--json", "--data-dir", tmp_path)
    assert answer.code == 1
    assert json.loads(answer.out)["instances"] == []
    assert (await plie_demo("down", "--data-dir", tmp_path)).code == 0


async def test_a_supervisor_that_is_killed_takes_everything_along(demo: Demo) -> None:
    assert (await plie_demo("down", "--data-dir", demo.data_dir)).code == 0
    async with in_the_foreground(demo) as up:
        await seen(up, "service instances")
        children = [Process.of(child.pid) for child in psutil.Process(up.pid).children(recursive=True)]
        assert len(children) > 2
        assert (await demo.status()).code == 1, "it is still starting"
        up.kill()
        await eventually(lambda: not any(child.is_alive() for child in children), within=60)


async def test_a_next_run_resumes_the_data_and_ctrl_c_leaves_nothing_running(demo: Demo) -> None:
    before = await demo.description()
    assert (await plie_demo("down", "--data-dir", demo.data_dir)).code == 0

    async with in_the_foreground(demo) as up:
        printed = await seen(up, "Ctrl-C stops all of it.")
        description = await demo.description()
        assert all(account["password"] in printed for account in description["accounts"])
        for kept in ("principals", "accounts", "tokens"):
            assert description[kept] == before[kept]
        async with first_database(demo) as connection:
            assert await connection.fetchval("select x from kept") == 1
        kafka = description["kafka"]
        admin = client_config(kafka["bootstrap_servers"], kafka["admin"]["username"], kafka["admin"]["password"])
        assert "plie.orientation.v1.metropole" in AdminClient(admin).list_topics(timeout=20).topics

        refused = await plie_demo("down", "--data-dir", demo.data_dir)
        assert refused.code == 1
        assert "runs in the foreground" in refused.err
        os.killpg(up.pid, signal.SIGINT)
        assert await up.wait() == 0
    assert demo.still_running() == []


@asynccontextmanager
async def in_the_foreground(demo: Demo) -> AsyncIterator[Subprocess]:
    up = await asyncio.create_subprocess_exec(
        *(COMMAND, "up", "--scale", "empty", "--data-dir", demo.data_dir, "--port-offset", str(demo.port_offset)),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield up
    finally:
        if up.returncode is None:
            up.terminate()
        await up.communicate()


async def seen(process: Subprocess, text: str) -> str:
    """What it printed up to this text."""
    assert process.stdout is not None
    async with asyncio.timeout(180):
        return (await process.stdout.readuntil(text.encode())).decode()
