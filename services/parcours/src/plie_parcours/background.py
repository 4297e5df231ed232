"""What a Maison does beside requests and events: it hands over the files whose day has come."""

import asyncio
from typing import Final

import structlog

from plie_chassis.database import is_database_away
from plie_chassis.service import Runtime
from plie_chassis.unit_of_work import Units
from plie_parcours.handlers import handovers

log = structlog.get_logger()

QUARTER_OF_AN_HOUR: Final = 900.0


async def hand_over_files(runtime: Runtime) -> None:
    while True:
        await hand_over_what_is_due(runtime.units)
        await asyncio.sleep(QUARTER_OF_AN_HOUR)


async def hand_over_what_is_due(units: Units) -> None:
    """Each person in a transaction of their own: one that fails is tried again later and keeps nobody else waiting."""
    async with units.begin() as work:
        due = await handovers.due(work)
    for participant_id in due:
        try:
            async with units.begin() as work:
                await handovers.hand_over(participant_id, work)
        except Exception as error:
            if is_database_away(error):
                raise
            log.exception("a file was not handed over", participant_id=str(participant_id))


BACKGROUND = (hand_over_files,)
