"""How long reporting takes to make its store anew from all streams, up to the switch."""

import time

from plie_chassis.service import Runtime
from plie_reporting.app import SERVICE
from plie_reporting.rebuild import Progress
from plie_reporting.rebuild import rebuild as rebuild_store

from .stack import Site, Stack


async def seconds_a_million(stack: Stack, reporting: Site) -> float:
    """Per million events: read, derived and switched."""
    runtime = Runtime(SERVICE, stack.settings(reporting))
    try:
        started = time.perf_counter()
        done = await rebuild_store(runtime, _say_nothing)
        took = time.perf_counter() - started
    finally:
        await runtime.close()
    assert done.read >= done.whole > 0, f"{done.read} of {done.whole} records"
    return took / done.read * 1e6


def _say_nothing(_progress: Progress) -> None: ...
