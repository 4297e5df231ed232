import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from plie_deploy.nursery import Nursery, Order
from plie_deploy.processes import environment
from plie_deploy.testing import eventually


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    nursery = Nursery(tmp_path_factory.mktemp("nursery") / "nursery.log")
    nursery.start()
    yield nursery
    nursery.kill()


def without_settings(log: Path) -> Order:
    return Order("plie_orientation.cli", ["plie-orientation", "migrate"], environment({}), str(log))


def test_what_is_forked_runs_as_its_own_command_would(nursery: Nursery, tmp_path: Path) -> None:
    forked = nursery.fork(without_settings(tmp_path / "log"))
    assert forked.wait(60)
    assert forked.poll() == 1
    said = (tmp_path / "log").read_text()
    assert "PLIE_DATABASE_URL: is missing" in said
    assert "Traceback" not in said


def test_a_settings_variable_of_one_never_reaches_the_next(nursery: Nursery, tmp_path: Path) -> None:
    log = tmp_path / "log"
    given = Order("plie_orientation.cli", ["plie-orientation", "migrate"], environment({"PLIE_PORT": "0"}), str(log))
    nursery.fork(given).wait(60)
    nursery.fork(without_settings(tmp_path / "other")).wait(60)
    assert "PLIE_ORGANISATION: is missing" in (tmp_path / "other").read_text()


def sleeping(log: Path) -> Order:
    return Order("timeit", ["timeit", "-n1", "-r1", "import time; time.sleep(600)"], environment({}), str(log))


def test_what_is_forked_leads_a_group_of_its_own_and_ends_by_a_signal(nursery: Nursery, tmp_path: Path) -> None:
    forked = nursery.fork(sleeping(tmp_path / "log"))
    assert os.getpgid(forked.pid) == forked.pid
    forked.kill()
    assert forked.poll() == -signal.SIGKILL


async def test_what_a_killed_nursery_forked_ends_with_it(tmp_path: Path) -> None:
    nursery = Nursery(tmp_path / "nursery.log")
    nursery.start()
    forked = nursery.fork(sleeping(tmp_path / "log"))
    process = psutil.Process(forked.pid)
    nursery.kill()
    assert forked.wait(20)
    await eventually(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
