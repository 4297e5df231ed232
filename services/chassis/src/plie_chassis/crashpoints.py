"""Places where a fault test ends the process at once: `CRASHPOINT=name:n` kills it the n-th time `name` is reached.

Without the variable, `crashpoint` does nothing.
"""

import os
import signal
from dataclasses import dataclass


@dataclass(slots=True)
class _Trap:
    name: str = ""
    left: int = 0


_trap = _Trap()


def arm(setting: str) -> None:
    """`name:n`. For a process that was forked with this module already imported."""
    name, _, count = setting.partition(":")
    _trap.name, _trap.left = name, int(count or 1)


def crashpoint(name: str) -> None:
    if name == _trap.name:
        _trap.left -= 1
        if _trap.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


arm(os.environ.get("CRASHPOINT", ""))
