"""What an instance does beside requests and events: it delivers webhooks, works through imports, forgets what is over."""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final
from uuid import UUID

import structlog

from plie_chassis.database import is_database_away
from plie_chassis.service import Runtime
from plie_chassis.unit_of_work import Units
from plie_orientation.delivery import Courier
from plie_orientation.handlers import drafts, import_steps, imports, webhooks
from plie_orientation.handlers.webhooks import Due
from plie_orientation.settings import webhooks_loopback

log = structlog.get_logger()

IDLE_SECONDS: Final = 1.0
HOUR: Final = 3600.0


async def deliver_webhooks(runtime: Runtime) -> None:
    busy: set[UUID] = set()
    async with Courier(loopback=webhooks_loopback()) as courier, asyncio.TaskGroup() as at_work:
        while True:
            if not await deliver_due(runtime.units, courier, at_work, busy):
                await asyncio.sleep(IDLE_SECONDS)


async def deliver_due(units: Units, courier: Courier, at_work: asyncio.TaskGroup, busy: set[UUID]) -> int:
    """One round; answers how many are under way. Nobody waits for a webhook that takes its time: it is `busy`."""
    async with units.begin() as work:
        due = await webhooks.take_due(work, busy)
    for webhook_id, told in groupby(sorted(due, key=attrgetter("webhook_id")), key=attrgetter("webhook_id")):
        busy.add(webhook_id)
        at_work.create_task(_deliver_to(webhook_id, list(told), units, courier, busy))
    return len(due)


async def _deliver_to(webhook_id: UUID, due: Sequence[Due], units: Units, courier: Courier, busy: set[UUID]) -> None:
    """Nothing is locked meanwhile; what cannot be recorded is due again after its lease."""
    try:
        tries = await asyncio.gather(*(courier.deliver(one) for one in due))
        async with units.begin() as work:
            await webhooks.record(tries, work)
    except Exception as error:
        log.warning("deliveries not recorded", error=type(error).__name__)
    finally:
        busy.discard(webhook_id)


async def work_through_imports(runtime: Runtime) -> None:
    while True:
        if not await import_more(runtime.units):
            await asyncio.sleep(IDLE_SECONDS)


async def import_more(units: Units) -> bool:
    """One step; lines that fail together are taken one by one, and the one that fails alone is told as such."""
    try:
        async with units.begin() as work:
            return await import_steps.go_on(work)
    except import_steps.StepFailed as failed:
        if failed.__cause__ is None or is_database_away(failed.__cause__):
            raise
        log.warning("import taken line by line", error=type(failed.__cause__).__name__)
    try:
        async with units.begin() as work:
            return await import_steps.go_on(work, at_once=1)
    except import_steps.StepFailed as failed:
        if failed.__cause__ is None or is_database_away(failed.__cause__):
            raise
        log.exception("a line of an import failed")
        import_id, number = failed.import_id, failed.numbers[0]
    async with units.begin() as work:
        await import_steps.give_up_on(import_id, number, work)
    return True


async def forget_what_is_over(runtime: Runtime) -> None:
    while True:
        async with runtime.units.begin() as work:
            await drafts.forget_old_drafts(work)
            await webhooks.forget_old_deliveries(work)
            await imports.forget_old_lines(work)
        await asyncio.sleep(HOUR)


BACKGROUND = (deliver_webhooks, work_through_imports, forget_what_is_over)
