"""Child processes that never outlive the one that started them, however that one ends (a watchdog sees to it)."""

import atexit
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

# The command starts when the watchdog knows of it; if we end before that, `read` fails and it never does.
_ONCE_WATCHED = 'read -r _ && exec "$@" </dev/null'
_WATCHDOG = Path(__file__).with_name("watchdog.py")
# Below every system's ephemeral range: a client that retries a closed port there can connect to itself and keep it taken.
_FREE_PORTS = range(20_000, 32_000)


class Unavailable(Exception):
    """What is missing on this machine, in one plain line for the person at the keyboard."""


class _Watchdog:
    """One process per process of ours, started with the first child; its stdin closes when we end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def tell(self, line: str) -> None:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(_WATCHDOG)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
                atexit.register(self._let_go, self._process)
            assert self._process.stdin is not None
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()

    @staticmethod
    def _let_go(process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()


_watchdog = _Watchdog()


def watch(pid: int, stop_signal: signal.Signals) -> None:
    """Ends the process group of `pid` once we are gone."""
    _watchdog.tell(f"watch {pid} {stop_signal.value}")


def unwatch(pid: int) -> None:
    _watchdog.tell(f"forget {pid}")


class Running(ABC):
    """A process that was started, leader of its own group so that Ctrl-C in the terminal reaches only us."""

    stop_signal = signal.SIGTERM

    @property
    @abstractmethod
    def pid(self) -> int: ...

    @abstractmethod
    def poll(self) -> int | None:
        """The exit code once it has ended."""

    @abstractmethod
    def wait(self, seconds: float | None = None) -> bool:
        """Whether it ended within that time (None: however long it takes)."""

    def send(self, signum: signal.Signals) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signum)

    def ask_to_stop(self) -> None:
        self.send(self.stop_signal)

    def stop(self, *, within: float = 20.0) -> None:
        """Ends it: politely first, by SIGKILL once `within` seconds are over."""
        self.ask_to_stop()
        if not self.wait(within):
            self.kill()

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.wait()


class Child(Running):
    """A child process of ours."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        pass_fds: Sequence[int] = (),
    ) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _ONCE_WATCHED, "sh", *map(str, argv)],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                env=None if env is None else dict(env),
                cwd=cwd,
                start_new_session=True,
                pass_fds=pass_fds,
            )
        self.stop_signal = stop_signal
        self._is_watched = True
        watch(self.pid, stop_signal)
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as gate:
            gate.write(b"watched\n")

    @property
    def pid(self) -> int:
        return self._process.pid

    def poll(self) -> int | None:
        code = self._process.poll()
        if code is not None and self._is_watched:
            self._is_watched = False
            unwatch(self.pid)
        return code

    def wait(self, seconds: float | None = None) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self.poll()
        return True


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Ours without any PLIE_ setting of the caller's, and these settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PLIE_")}
    return {**inherited, **settings, "PYTHONUNBUFFERED": "1"}


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port nobody listens on; chosen at random, so that two callers at once rarely get the same."""
    for port in random.sample(_FREE_PORTS, 200):
        if port_is_free(port):
            return port
    raise Unavailable("no free TCP port was found between 20000 and 32000 on this machine")


def accepts_connections(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until_up(name: str, child: Running, port: int, log: Path, *, within: float) -> None:
    """Returns once the port accepts connections; raises Unavailable with the log's last line when the child ends."""
    deadline = time.monotonic() + within
    while not accepts_connections(port):
        if child.poll() is not None:
            raise Unavailable(f"{name} ended while starting: {last_line(log)} (all of it: {log})")
        if time.monotonic() > deadline:
            child.kill()
            raise Unavailable(f"{name} did not answer on port {port} within {within:.0f} s (its log: {log})")
        time.sleep(0.05)


def last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()] if log.exists() else []
    return lines[-1].strip() if lines else "no output"


def write_secret(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
