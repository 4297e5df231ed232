"""What is over is deleted: sessions, kept answers and counts of tries past their time."""

from datetime import datetime

from sqlalchemy import delete, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from plie_chassis.accounts import idempotency, sessions, throttle
from plie_chassis.accounts.tables import Session, SignInThrottle


async def forget_what_is_over(connection: AsyncConnection, now: datetime) -> None:
    over = or_(Session.seen_at <= now - sessions.IDLE, Session.opened_at <= now - sessions.ABSOLUTE)
    await connection.execute(delete(Session).where(over))
    await connection.execute(delete(SignInThrottle).where(SignInThrottle.failed_at <= now - throttle.PAUSE))
    await idempotency.forget_expired(connection, now)
