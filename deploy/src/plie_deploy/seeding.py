"""Makes the demo data in a process of its own; what it prints is the supervisor's progress."""

import asyncio
import sys
from functools import partial
from pathlib import Path

from plie_deploy import lives, state


async def main(data_dir: Path) -> None:
    plan = state.plan_of(data_dir)
    await lives.seed(plan.runs, plan.scale, partial(print, flush=True))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
