"""What a running demo says of itself in its data directory, for `status` and `down` and for the next `up`."""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from plie_deploy.plan import Plan, Scale
from plie_deploy.processes import Unavailable, write_secret

Phase = Literal["starting", "making-data", "ready", "ended"]


@dataclass
class Process:
    """`started` tells it from a later process of the same pid."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "Process":
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return cls(pid, 0.0)

    def age(self) -> float:
        """Seconds since it was started."""
        return time.time() - self.started

    def is_alive(self) -> bool:
        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.started and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


@dataclass
class State:
    """`data` says how far the demo data of this directory is."""

    scale: Scale
    port_offset: int
    detached: bool
    supervisor: Process
    phase: Phase = "starting"
    data: Literal["none", "begun", "made"] = "none"
    processes: dict[str, Process] = field(default_factory=dict)

    def is_running(self) -> bool:
        return self.supervisor.is_alive()


def read(data_dir: Path) -> State | None:
    try:
        document = json.loads(_path(data_dir).read_text())
    except FileNotFoundError:
        return None
    supervisor = Process(**document.pop("supervisor"))
    processes = {name: Process(**process) for name, process in document.pop("processes").items()}
    return State(**document, supervisor=supervisor, processes=processes)


def plan_of(data_dir: Path) -> Plan:
    """The plan of the demo that runs there. Raises Unavailable when there never was one."""
    known = read(data_dir)
    if known is None:
        raise Unavailable(f"there is no demo in {data_dir}")
    return Plan(data_dir, known.port_offset, known.scale)


def write(data_dir: Path, state: State) -> None:
    write_secret(_path(data_dir), json.dumps(asdict(state), indent=1))


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """One demo at a time in a data directory; the lock goes with the process. Raises Unavailable."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{data_dir} cannot be made: {error.strerror}") from error
    with (data_dir / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(f"a demo already runs in {data_dir} (`plie-demo status` shows it)") from None
        yield


def _path(data_dir: Path) -> Path:
    return data_dir / "state.json"
