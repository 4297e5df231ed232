"""Sessions live on the server: the browser holds a random token, the table its hash, and a deleted row ends it at once."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from plie_chassis.accounts import passwords, throttle
from plie_chassis.accounts.tables import Account, Session
from plie_chassis.problems import Invalid
from plie_chassis.unit_of_work import Actor, Units

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)


class WrongCredentials(Invalid):
    code = "sign-in.refused"
    title = "Connexion refusée"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The account behind a request, and its session."""

    actor: Actor
    login: str
    token_hash: bytes
    notice: str | None


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def csrf_token(token_hash: bytes, secret: bytes) -> str:
    """What a form of this session must carry; it needs no storage, as it is derived from the session."""
    return urlsafe_b64encode(hmac.digest(secret, b"csrf:" + token_hash, "sha256")).decode().rstrip("=")


async def sign_in(units: Units, login: str, password: str, address: str) -> tuple[str, Actor]:
    """Open a session: the token for the cookie, and who it is. Raises WrongCredentials or TooManyTries."""
    login, now = login.strip().lower(), units.clock()
    async with units.engine.begin() as connection:
        await throttle.count_try(connection, login, address, now)
    async with units.engine.connect() as connection:
        account = (
            await connection.execute(
                select(Account.__table__).where(Account.login == login, Account.disabled_at.is_(None))
            )
        ).one_or_none()
    if not await passwords.verify(account.password_hash if account else None, password) or account is None:
        raise WrongCredentials(
            "L’identifiant ou le mot de passe ne correspond pas. Vérifiez les deux, et la touche majuscule."
        )
    token = secrets.token_urlsafe(32)
    async with units.engine.begin() as connection:
        await throttle.forgive(connection, login, address)
        await connection.execute(
            insert(Session).values(token_hash=hash_of(token), account_id=account.id, opened_at=now, seen_at=now)
        )
    return token, _actor(account)


async def read(connection: AsyncConnection, token: str, now: datetime) -> SignedIn | None:
    """Who holds this session, or None where it is over, revoked or its account disabled. Takes its notice along."""
    hashed = hash_of(token)
    row = (
        await connection.execute(
            select(Account.__table__, Session.opened_at, Session.seen_at, Session.notice)
            .join(Session, Session.account_id == Account.id)
            .where(Session.token_hash == hashed, Account.disabled_at.is_(None))
        )
    ).one_or_none()
    if row is None or now - row.seen_at >= IDLE or now - row.opened_at >= ABSOLUTE:
        return None
    if row.notice is not None or now - row.seen_at >= TOUCH_EVERY:
        await connection.execute(update(Session).where(Session.token_hash == hashed).values(seen_at=now, notice=None))
        await connection.commit()
    return SignedIn(_actor(row), row.login, hashed, row.notice)


async def announce(connection: AsyncConnection, token_hash: bytes, notice: str) -> None:
    """Have the next page of this session tell `notice` once."""
    await connection.execute(update(Session).where(Session.token_hash == token_hash).values(notice=notice))


async def close(connection: AsyncConnection, token: str) -> None:
    await connection.execute(delete(Session).where(Session.token_hash == hash_of(token)))


def _actor(row: Row[tuple[object, ...]]) -> Actor:
    return Actor(
        kind="account",
        id=row.id,
        display_name=row.display_name,
        organisation=row.organisation,
        structure=row.structure,
        prescriber_kinds=frozenset(row.prescriber_kinds),
        roles=frozenset(row.roles),
        referent_id=row.referent_id,
    )
