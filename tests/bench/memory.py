"""What one serving instance holds of the machine's memory while nobody asks anything of it."""

import asyncio

import psutil

from .rows import Row

SETTLING_SECONDS = 3.0


async def at_rest(pid: int) -> Row:
    """Resident memory of a process that has just got ready."""
    await asyncio.sleep(SETTLING_SECONDS)
    megabytes = psutil.Process(pid).memory_info().rss / 2**20
    return Row("memory-at-rest", round(megabytes, 1), "MB", None, None, {"at_most": 130})
