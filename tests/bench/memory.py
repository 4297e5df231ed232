"""What one serving instance holds of the machine's memory while nobody asks anything of it."""

import asyncio

import psutil

SETTLING_SECONDS = 3.0


async def at_rest(pid: int) -> float:
    """Resident megabytes of a process that has just got ready."""
    await asyncio.sleep(SETTLING_SECONDS)
    return float(psutil.Process(pid).memory_info().rss / 2**20)
