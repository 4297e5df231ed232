"""One commission does one thing at a time: commands and incoming facts take turns, so that none sees a half-done other.

The lock ends with the transaction; what waits behind it is one secretariat and one consumer.
"""

from sqlalchemy import text

from plie_chassis.unit_of_work import UnitOfWork

TURN = text("select pg_advisory_xact_lock(hashtext('plie_admission'))")


async def take_turn(work: UnitOfWork) -> None:
    await work.session.execute(TURN)
