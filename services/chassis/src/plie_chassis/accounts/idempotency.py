"""A POST that is sent again gets its first answer: the answer is kept in the transaction of the command it answers.

A key is owned by (token, route) and kept seven days. A refused command leaves nothing, so its retry is judged anew.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from plie_chassis.accounts.tables import Idempotency
from plie_chassis.problems import Conflict, FieldError, Invalid

KEPT = timedelta(days=7)
LONGEST_KEY = 255


class KeyReused(Invalid):
    code = "idempotency.reused"
    title = "Clé d’idempotence déjà utilisée"


class StillRunning(Conflict):
    code = "idempotency.running"
    title = "Demande en cours"


@dataclass(frozen=True, slots=True)
class Key:
    token_id: UUID
    route: str
    key: str
    fingerprint: bytes

    @classmethod
    def of(cls, token_id: UUID, route: str, key: str, body: bytes) -> "Key":
        """Raises Invalid where `key` is no printable text of 1 to 255 characters."""
        if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            rule = f"L’en-tête « Idempotency-Key » compte de 1 à {LONGEST_KEY} caractères imprimables."
            raise Invalid(rule, errors=[FieldError("Idempotency-Key", "idempotency.key", rule)])
        return cls(token_id, route, key, hashlib.sha256(body).digest())

    def lock(self) -> int:
        name = f"{self.token_id} {self.route} {self.key}".encode()
        return int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str


# Two statements: in a single one the look would not see what the lock's former holder has just committed.
_ASK = text("SELECT pg_try_advisory_xact_lock(:lock)")
_LOOK = text(
    "SELECT fingerprint, status, body FROM idempotency"
    " WHERE token_id = :token_id AND route = :route AND key = :key AND answered_at > :since"
)


async def first_answer(session: AsyncSession, key: Key, now: datetime) -> Answer | None:
    """The answer already given under `key`, or None for the one who may now run the command.

    Raises StillRunning while another transaction runs it, KeyReused where the body differs.
    """
    connection = await session.connection()
    if not (await connection.execute(_ASK, {"lock": key.lock()})).scalar_one():
        raise StillRunning("La même demande est encore en cours. Renvoyez-la dans quelques secondes.")
    row = (
        await connection.execute(
            _LOOK, {"token_id": key.token_id, "route": key.route, "key": key.key, "since": now - KEPT}
        )
    ).one_or_none()
    if row is None:
        return None
    if row.fingerprint != key.fingerprint:
        raise KeyReused(
            "Cette clé d’idempotence a déjà servi pour une autre demande. Prenez une nouvelle clé ; rien n’est enregistré.",
            errors=[FieldError("Idempotency-Key", KeyReused.code, "Une clé vaut pour un seul corps de demande.")],
        )
    return Answer(row.status, row.body)


async def keep(session: AsyncSession, key: Key, answer: Answer, now: datetime) -> None:
    given = {"fingerprint": key.fingerprint, "status": answer.status, "body": answer.body, "answered_at": now}
    await session.execute(
        insert(Idempotency)
        .values(token_id=key.token_id, route=key.route, key=key.key, **given)
        .on_conflict_do_update(index_elements=["token_id", "route", "key"], set_=given)  # an expired one
    )


async def forget_expired(connection: AsyncConnection, now: datetime) -> None:
    await connection.execute(delete(Idempotency).where(Idempotency.answered_at <= now - KEPT))
