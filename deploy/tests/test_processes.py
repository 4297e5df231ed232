import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil

from plie_deploy.processes import Child
from plie_deploy.testing import eventually

_PARENT = """
import sys, pathlib
from plie_deploy.processes import Child
child = Child(["sleep", "600"], log=pathlib.Path(sys.argv[1]))
print(child.pid, flush=True)
sys.stdin.read()
"""


async def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PARENT, tmp_path / "log"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert parent.stdout is not None
    child = psutil.Process(int(await parent.stdout.readline()))
    parent.kill()
    await parent.communicate()
    await eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_a_child_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    child = Child(
        [
            sys.executable,
            "-c",
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(); time.sleep(600)",
        ],
        log=tmp_path / "log",
    )
    while not (tmp_path / "log").read_bytes():
        assert not child.wait(0.01)
    child.stop(within=0.2)
    assert child.poll() == -signal.SIGKILL


def test_ctrl_c_in_the_terminal_does_not_reach_a_child(tmp_path: Path) -> None:
    child = Child(["sleep", "600"], log=tmp_path / "log")
    assert os.getpgid(child.pid) != os.getpgid(0)
    child.kill()
