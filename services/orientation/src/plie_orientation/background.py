"""What an instance does beside requests and events: it delivers webhooks, works through imports, forgets what is over."""

import asyncio
from typing import Final

from plie_chassis.service import Runtime
from plie_orientation.delivery import Courier
from plie_orientation.handlers import drafts, webhooks

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


async def forget_what_is_over(runtime: Runtime) -> None:
    while True:
        async with runtime.units.begin() as work:
            await drafts.forget_old_drafts(work)
            await webhooks.forget_old_deliveries(work)
        await asyncio.sleep(HOUR)


BACKGROUND = (deliver_webhooks, forget_what_is_over)
