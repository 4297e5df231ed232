"""`make bench`: prints each figure beside its reference as soon as it is known, and writes build/bench.json."""

import argparse
import signal
import sys
from pathlib import Path

import uvloop

from plie_chassis import collector
from plie_deploy.processes import Unavailable

from . import growth, stack
from .measure import FULL, NAMES, QUICK, Sizes, measure
from .rows import Row, heading, line, markdown, read, write

RESULTS = Path("build/bench.json")


async def printed(running: stack.Machine, sizes: Sizes, wanted: list[str]) -> None:
    if set(wanted) != {growth.NAME}:
        print(heading(), flush=True)
        rows: list[Row] = []
        async for row in measure(running, sizes, wanted):
            print(line(row), flush=True)
            rows.append(row)
        if sizes is FULL:
            write(rows, RESULTS)
    if not wanted or growth.NAME in wanted:
        async for text in growth.table(running, sizes.grown):
            print(text, flush=True)


parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
parser.add_argument("rows", nargs="*", choices=[[], *NAMES, growth.NAME], help="all when none is named")
parser.add_argument("--quick", action="store_true", help="small sizes: to see that it works, not how fast it is")
parser.add_argument("--table", action="store_true", help="only print build/bench.json as a table for docs/")
asked = parser.parse_args()

if asked.table:
    print(markdown(read(RESULTS)))
    sys.exit()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is stopped
collector.look_rarely()
try:
    with stack.running() as running:
        uvloop.run(printed(running, QUICK if asked.quick else FULL, asked.rows))
except Unavailable as missing:
    sys.exit(str(missing))
