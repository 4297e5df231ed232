"""`python -m tests.faults [--seed N] [--rounds N] [--fault NAME…]`: the matrix of faults and mutants, and build/faults.json."""

import argparse
import asyncio
import secrets
import signal
import sys
import time
from random import Random

from plie_deploy.processes import Unavailable

from .catalogue import FAULTS
from .matrix import RESULTS, Matrix
from .mutants import MUTANTS
from .servers import servers


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="play the schedule of this seed again")
    parser.add_argument("--rounds", type=int, default=1, help="of each fault (default 1)")
    parser.add_argument("--fault", nargs="+", metavar="NAME", help="only these: a fault, a group of them, or a mutant")
    parser.add_argument("--list", action="store_true", help="name them all and end")
    return parser.parse_args()


def chosen(names: list[str] | None, known: list[str]) -> list[str]:
    """Those called so, or of a group that is called so (`crash`)."""
    return [one for one in known if names is None or any(one == name or one.startswith(f"{name}/") for name in names)]


async def run(seed: int, rounds: int, faults: list[str], mutants: list[str]) -> bool:
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {line}", flush=True)

    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    say(f"seed {seed}: {len(faults)} faults, {rounds} rounds each, and {len(mutants)} mutants")
    async with servers(Random(seed)) as running:
        matrix = Matrix(running, seed, say)
        await matrix.play_faults(faults, rounds)
        await matrix.plant_mutants(mutants)
    matrix.write()
    print(f"\n{matrix.table()}\nwritten to {RESULTS}")
    return matrix.is_green


def main() -> None:
    options = asked()
    faults, mutants = chosen(options.fault, list(FAULTS)), chosen(options.fault, list(MUTANTS))
    if options.list:
        print("\n".join([*FAULTS, *(f"{name} (mutant)" for name in MUTANTS)]))
        return
    if not faults and not mutants:
        sys.exit(f"no fault is called {' or '.join(options.fault)}; --list names them")
    seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    try:
        green = asyncio.run(run(seed, options.rounds, faults, mutants))
    except (Unavailable, asyncio.CancelledError, KeyboardInterrupt) as error:
        sys.exit(str(error) or "interrupted")
    sys.exit(not green)


if __name__ == "__main__":
    main()
