"""API tokens of partners' systems: random, shown once, stored hashed, limited in rate.

A token is looked up once every few seconds; a revoked one is refused everywhere within CACHED.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TypeVar

from sqlalchemy import select

from plie_chassis.accounts.tables import Token
from plie_chassis.problems import TooManyRequests, Unauthenticated
from plie_chassis.unit_of_work import Actor, Units

CACHED = timedelta(seconds=3)
PREFIX = "plie_"

T = TypeVar("T")


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class InvalidToken(Unauthenticated):
    code = "token.invalid"
    title = "Jeton refusé"


@dataclass(slots=True)
class Bucket:
    """Requests a token may still send now; it fills up again with time."""

    left: float
    filled_at: datetime


class Tokens:
    """The tokens of one instance, with a short memory of those just seen."""

    def __init__(self, units: Units, *, rate: int = 200) -> None:
        """`rate` is in requests per second and token; a second's worth may come at once."""
        self._units = units
        self._rate = rate
        self._seen: dict[bytes, tuple[Actor, datetime]] = {}
        self._buckets: dict[bytes, Bucket] = {}

    async def actor(self, authorization: str | None) -> Actor:
        """Who holds the token of this `Authorization` header. Raises InvalidToken or TooManyRequests."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise InvalidToken("Envoyez votre jeton dans l’en-tête « Authorization: Bearer … ».")
        hashed, now = hash_of(token.strip()), self._units.clock()
        known = self._seen.get(hashed)
        if known is None or now - known[1] >= CACHED:
            known = (await self._look_up(hashed), now)
            _remember(self._seen, hashed, known, stale=lambda seen: now - seen[1] >= CACHED)
        self._count(hashed, now)
        return known[0]

    async def _look_up(self, hashed: bytes) -> Actor:
        async with self._units.engine.connect() as connection:
            row = (
                await connection.execute(
                    select(Token.__table__).where(Token.token_hash == hashed, Token.revoked_at.is_(None))
                )
            ).one_or_none()
        if row is None:
            self._seen.pop(hashed, None)
            raise InvalidToken(
                "Ce jeton n’est pas connu de cette instance, ou il a été révoqué. "
                "Demandez-en un à l’organisation qui l’exploite."
            )
        return Actor(
            kind="token",
            id=row.id,
            display_name=row.label,
            organisation=row.organisation,
            structure=row.structure,
            prescriber_kinds=frozenset(row.prescriber_kinds),
            scopes=frozenset(row.scopes),
            roles=frozenset(row.roles),
            referent_id=row.referent_id,
        )

    def _count(self, hashed: bytes, now: datetime) -> None:
        bucket = self._buckets.get(hashed)
        if bucket is None:
            bucket = Bucket(self._rate, now)
            _remember(self._buckets, hashed, bucket, stale=lambda old: now - old.filled_at >= timedelta(seconds=1))
        elapsed = max((now - bucket.filled_at).total_seconds(), 0.0)
        bucket.left = min(bucket.left + elapsed * self._rate, self._rate)
        bucket.filled_at = now
        if bucket.left < 1:
            raise TooManyRequests(
                f"Ce jeton a droit à {self._rate} demandes par seconde. Attendez un instant, puis renvoyez la demande.",
                retry_after=max(1, ceil((1 - bucket.left) / self._rate)),
            )
        bucket.left -= 1


def _remember(memory: dict[bytes, T], key: bytes, value: T, *, stale: Callable[[T], bool]) -> None:
    if len(memory) >= 1024:
        for old in [old for old, remembered in memory.items() if stale(remembered)]:
            del memory[old]
    memory[key] = value
