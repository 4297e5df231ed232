"""What an instance does beside requests and events: it delivers webhooks, works through imports, forgets what is over."""

import asyncio
from typing import Final

import structlog

from plie_chassis.database import is_database_away
from plie_chassis.service import Runtime
from plie_orientation.delivery import Courier
from plie_orientation.handlers import drafts, imports, webhooks

log = structlog.get_logger()

IDLE_SECONDS: Final = 1.0
HOUR: Final = 3600.0


async def deliver_webhooks(runtime: Runtime) -> None:
    async with Courier() as courier:
        while True:
            if not await deliver_due(runtime, courier):
                await asyncio.sleep(IDLE_SECONDS)


async def deliver_due(runtime: Runtime, courier: Courier) -> int:
    """One round; answers how many were tried. Nothing is locked while the other side takes its time."""
    async with runtime.units.begin() as work:
        due = await webhooks.take_due(work)
    if due:
        tries = await asyncio.gather(*(courier.deliver(one) for one in due))
        async with runtime.units.begin() as work:
            await webhooks.record(tries, work)
    return len(due)


async def work_through_imports(runtime: Runtime) -> None:
    while True:
        if not await import_more(runtime):
            await asyncio.sleep(IDLE_SECONDS)


async def import_more(runtime: Runtime) -> bool:
    """One step; lines that fail together are taken one by one, and the one that fails alone is told as such."""
    try:
        async with runtime.units.begin() as work:
            return await imports.go_on(work)
    except Exception as error:
        if is_database_away(error):
            raise
        log.warning("import taken line by line", error=type(error).__name__)
    try:
        async with runtime.units.begin() as work:
            return await imports.go_on(work, at_once=1)
    except Exception as error:
        if is_database_away(error):
            raise
        log.exception("a line of an import failed")
    async with runtime.units.begin() as work:
        await imports.give_up_on_one(work)
    return True


async def forget_what_is_over(runtime: Runtime) -> None:
    while True:
        async with runtime.units.begin() as work:
            await drafts.forget_old_drafts(work)
            await webhooks.forget_old_deliveries(work)
            await imports.forget_old_lines(work)
        await asyncio.sleep(HOUR)


BACKGROUND = (deliver_webhooks, work_through_imports, forget_what_is_over)
