"""A process that imports the four services once and forks whatever runs them: nine instances start in the time of two.

It has no thread and no connection of its own, so that what it forks begins as clean as a new interpreter.
"""

import gc
import json
import os
import queue
import selectors
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from plie_deploy.processes import Child, Running, Unavailable, environment, last_line, unwatch, watch

_IMPORTED = (
    *(f"plie_{service}.cli" for service in ("orientation", "admission", "parcours", "reporting")),
    *("plie_chassis.serving", "plie_chassis.web.application", "uvloop"),
    *("plie_deploy.preparation", "plie_deploy.seeding"),
)


@dataclass(frozen=True)
class Order:
    """Call `main` of a module as a command with these arguments; `log` takes what it prints."""

    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: str


class Forked(Running):
    """A process that the nursery forked, and whose end it tells."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._code: int | None = None
        self._ended = threading.Event()

    @property
    def pid(self) -> int:
        return self._pid

    def poll(self) -> int | None:
        return self._code

    def wait(self, seconds: float | None = None) -> bool:
        return self._ended.wait(seconds)

    def end(self, code: int) -> None:
        self._code = code
        self._ended.set()
        unwatch(self._pid)


class Nursery:
    """The supervisor's side. Everything goes over one socket, a JSON document a line."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._forked: dict[int, Forked] = {}
        self._answers: queue.SimpleQueue[Forked | None] = queue.SimpleQueue()
        self._one_at_a_time = threading.Lock()
        self._child: Child | None = None

    def start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "plie_deploy.nursery", str(theirs.fileno())]
            self._child = Child(command, log=self._log, env=environment({}), pass_fds=[theirs.fileno()])
        self._channel = ours
        threading.Thread(target=self._listen, daemon=True).start()

    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def fork(self, order: Order) -> Forked:
        """Blocks until the services are imported. Raises Unavailable when they cannot be."""
        with self._one_at_a_time:
            self._tell({"order": asdict(order)})
            forked = self._answers.get()
            if forked is None:
                raise Unavailable(f"the services could not be loaded: {last_line(self._log)} (log: {self._log})")
            watch(forked.pid, forked.stop_signal)
            self._tell({"go": forked.pid})
        return forked

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()

    def _tell(self, document: Mapping[str, Any]) -> None:
        try:
            self._channel.sendall(json.dumps(document).encode() + b"\n")
        except OSError:  # closed, as the nursery has ended
            self._answers.put(None)

    def _listen(self) -> None:
        # It is reset, not closed, where the nursery ends before it reads what it was told.
        with suppress(ConnectionResetError), self._channel, self._channel.makefile() as lines:
            for line in lines:
                match json.loads(line):
                    case {"forked": pid}:
                        self._forked[pid] = Forked(pid)
                        self._answers.put(self._forked[pid])
                    case {"ended": pid, "code": code}:
                        self._forked.pop(pid).end(code)
        for orphan in self._forked.values():
            orphan.send(signal.SIGKILL)
            orphan.end(-signal.SIGKILL)
        self._answers.put(None)


def serve(channel: socket.socket) -> None:
    """The nursery's side, until the supervisor closes its end."""
    for module in _IMPORTED:
        import_module(module)
    gc.freeze()
    waking, wake = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    gates: dict[int, int] = {}
    ready = selectors.DefaultSelector()
    ready.register(channel, selectors.EVENT_READ)
    ready.register(waking, selectors.EVENT_READ)
    received = b""
    while True:
        for key, _ in ready.select():
            if key.fileobj is waking:
                waking.recv(4096)
                _tell_who_ended(channel)
                continue
            chunk = channel.recv(65_536)
            if not chunk:
                return
            *lines, received = (received + chunk).split(b"\n")
            for line in lines:
                match json.loads(line):
                    case {"order": order}:
                        pid, gates[pid] = _fork(Order(**order), [channel, waking, wake])
                        channel.sendall(json.dumps({"forked": pid}).encode() + b"\n")
                    case {"go": pid}:
                        os.write(gates[pid], b".")
                        os.close(gates.pop(pid))


def _tell_who_ended(channel: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        ended = {"ended": pid, "code": os.waitstatus_to_exitcode(status)}
        channel.sendall(json.dumps(ended).encode() + b"\n")


def _fork(order: Order, ours: Sequence[socket.socket]) -> tuple[int, int]:
    """The new process and its gate: it begins once a byte is written there, and never if we end before."""
    opened, gate = os.pipe()
    pid = os.fork()
    with suppress(OSError):  # done on both sides, as either may come first: a signal goes to the group
        os.setpgid(pid, pid)
    if pid == 0:
        os.close(gate)
        for one in ours:
            one.close()
        _begin(order, opened)
    os.close(opened)
    return pid, gate


def _begin(order: Order, opened: int) -> NoReturn:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if not os.read(opened, 1):
        os._exit(0)
    os.close(opened)
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(order.environment)
    sys.argv = list(order.arguments)
    code = 1
    try:
        import_module(order.module).main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
