"""Open-loop arrival: each act begins at its own time, whatever has become of the others."""

import asyncio
import time
from collections.abc import Callable, Coroutine


async def at_rate(rate: float, seconds: float, act: Callable[[], Coroutine[None, None, None]]) -> None:
    """`rate` acts a second for that long; returns once all have ended. Raises what one of them raises."""
    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(started + number / rate - time.monotonic())
            group.create_task(act())
