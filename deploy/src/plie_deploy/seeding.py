"""Makes the demo data in a process of its own; what it prints is the supervisor's progress."""

import asyncio
import sys
from functools import partial
from pathlib import Path

from plie_deploy import lives, state


def main() -> None:
    plan = state.plan_of(Path(sys.argv[1]))
    asyncio.run(lives.seed(plan.runs, plan.scale, partial(print, flush=True)))
