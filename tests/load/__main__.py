"""`make load`: orientations and contacts arrive at a stated rate while everything else runs; a table, and plots in build/load."""

import argparse
import asyncio
import signal
import sys
from dataclasses import replace
from pathlib import Path

from plie_deploy.processes import Unavailable

from . import report
from .arrival import Partners
from .platform import Platform, running
from .scenarios import FULL, QUICK, Ground, Outcome, Sizes, all_of
from .watch import Watch

FOLDER = Path("build/load")


async def printed(platform: Platform, sizes: Sizes, wanted: list[str]) -> list[Outcome]:
    print(f"peak: {sizes.rate:g} orientations and contacts a second, 1 to 3\n{report.heading()}", flush=True)
    outcomes = []
    async with Partners(platform) as partners, Watch(platform) as watch:
        for name, scenario in all_of(Ground(platform, partners, watch, sizes), FOLDER).items():
            if not wanted or name in wanted:
                outcomes.append(await scenario())
                print(report.line(outcomes[-1]), flush=True)
    return outcomes


parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
parser.add_argument(
    "scenarios", nargs="*", help="half, peak, twice, slow, backlog, members-1, members-2, members-4; else all"
)
parser.add_argument("--rate", type=float, help=f"the peak, in events a second (default {FULL.rate:g})")
parser.add_argument("--quick", action="store_true", help="a few seconds: to see that it works")
asked = parser.parse_args()

signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is stopped
try:
    with running() as platform:
        sizes = QUICK if asked.quick else FULL
        outcomes = asyncio.run(printed(platform, replace(sizes, rate=asked.rate or sizes.rate), asked.scenarios))
    drawn = report.draw(outcomes, FOLDER)
    print(f"{len(drawn)} plots in {FOLDER}")
    sys.exit(any(outcome.lost for outcome in outcomes))
except Unavailable as missing:
    sys.exit(str(missing))
