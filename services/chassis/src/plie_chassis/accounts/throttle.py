"""Guessing a password is slow: after too many tries in a row, a login or an address waits.

A try is counted before the password is looked at, under a row lock, so that parallel tries do not slip through.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from plie_chassis.accounts.tables import SignInThrottle
from plie_chassis.problems import TooManyRequests

TRIES_PER_LOGIN = 10
TRIES_PER_ADDRESS = 50  # an office of colleagues shares one address
PAUSE = timedelta(minutes=15)


class TooManyTries(TooManyRequests):
    code = "sign-in.throttled"
    title = "Trop d’essais"


def subjects(login: str, address: str) -> Sequence[tuple[str, int]]:
    return (f"address:{address}", TRIES_PER_ADDRESS), (f"login:{login}", TRIES_PER_LOGIN)


async def count_try(connection: AsyncConnection, login: str, address: str, now: datetime) -> None:
    """Count one more try. Raises TooManyTries during a pause, whatever the password would have been."""
    for subject, limit in subjects(login, address):
        await connection.execute(insert(SignInThrottle).values(subject=subject, failed_at=now).on_conflict_do_nothing())
        row = (
            await connection.execute(
                select(SignInThrottle.failures, SignInThrottle.failed_at)
                .where(SignInThrottle.subject == subject)
                .with_for_update()
            )
        ).one()
        over = now >= row.failed_at + PAUSE
        if row.failures >= limit and not over:
            wait = row.failed_at + PAUSE - now
            minutes = -(-int(wait.total_seconds()) // 60)
            raise TooManyTries(
                f"Trop d’essais sans succès. Par sécurité, attendez {minutes} minute{'s' if minutes > 1 else ''}, "
                "puis réessayez. Si le mot de passe est perdu, écrivez à la personne qui administre la plateforme.",
                retry_after=int(wait.total_seconds()),
            )
        await connection.execute(
            update(SignInThrottle)
            .where(SignInThrottle.subject == subject)
            .values(failures=1 if over else row.failures + 1, failed_at=now)
        )


async def forgive(connection: AsyncConnection, login: str, address: str) -> None:
    """After a success the login starts afresh; the address is given back this one try, as it may be trying others."""
    await connection.execute(delete(SignInThrottle).where(SignInThrottle.subject == f"login:{login}"))
    await connection.execute(
        update(SignInThrottle)
        .where(SignInThrottle.subject == f"address:{address}", SignInThrottle.failures > 0)
        .values(failures=SignInThrottle.failures - 1)
    )
