"""How long two things take beside each other, on a machine that does other things meanwhile."""

import time
from collections.abc import Awaitable, Callable

Doing = Callable[[], Awaitable[object]]

FEWEST, MOST = 3, 40


async def least_by_turns(one: Doing, other: Doing, *, within: float) -> tuple[float, float]:
    """The least milliseconds that each took, by turns: what else the machine does only ever adds.

    Some times, and then until `one` takes less than `within` times the other, or many times.
    """
    best_one = best_other = float("inf")
    for turn in range(1, MOST + 1):
        best_one, best_other = min(best_one, await _milliseconds(one)), min(best_other, await _milliseconds(other))
        if turn >= FEWEST and best_one < best_other * within:
            break
    return best_one, best_other


async def _milliseconds(doing: Doing) -> float:
    started = time.perf_counter()
    await doing()
    return (time.perf_counter() - started) * 1000
