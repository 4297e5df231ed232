"""Ends what its parent started, once the parent is gone: run as a script, it needs nothing but the standard library.

Its standard input is held open by the parent and tells what to watch: `watch <pid> <signal>` and `forget <pid>` lines.
"""

import os
import signal
import sys
import time

GRACE_SECONDS = 8.0


def _send(pid: int, signum: int) -> bool:
    try:
        os.killpg(pid, signum)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watched: dict[int, int] = {}
    for line in sys.stdin:
        match line.split():
            case ["watch", pid, signum]:
                watched[int(pid)] = int(signum)
            case ["forget", pid]:
                watched.pop(int(pid), None)
            case _:
                continue
    left = {pid for pid, signum in watched.items() if _send(pid, signum)}
    deadline = time.monotonic() + GRACE_SECONDS
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = {pid for pid in left if _send(pid, 0)}
    for pid in left:
        _send(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
