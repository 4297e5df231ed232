"""`make bench`: prints each figure beside its reference as soon as it is known, and writes build/bench.json."""

import sys
from pathlib import Path

import uvloop

from plie_deploy.processes import Unavailable

from . import stack
from .measure import FULL, measure
from .rows import Row, heading, line, write

RESULTS = Path("build/bench.json")


async def printed(running: stack.Stack) -> list[Row]:
    print(heading(), flush=True)
    rows = []
    async for row in measure(running, FULL):
        print(line(row), flush=True)
        rows.append(row)
    return rows


try:
    with stack.running() as running:
        write(uvloop.run(printed(running)), RESULTS)
except Unavailable as missing:
    sys.exit(str(missing))
