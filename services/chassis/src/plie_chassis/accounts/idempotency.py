"""A POST that is sent again gets its first answer: the answer is kept in the transaction of the command it answers.

A key is owned by (token, route) and kept seven days. A refused command leaves nothing, so its retry is judged anew.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from plie_chassis.accounts.tables import Idempotency
from plie_chassis.database import driver_of
from plie_chassis.problems import Conflict, FieldError, Invalid

KEPT = timedelta(days=7)
LONGEST_KEY = 255
WAIT = "La même demande est encore en cours. Renvoyez-la dans quelques secondes."


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
        """The number of the advisory lock that one transaction at a time holds for this key."""
        name = f"{self.token_id} {self.route} {self.key}".encode()
        return int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str


LOOK = """
    select held.locked, kept.fingerprint, kept.status, kept.body
    from (select pg_try_advisory_xact_lock($1) as locked) held
    left join idempotency kept on kept.token_id = $2 and kept.route = $3 and kept.key = $4 and kept.answered_at > $5
"""
KEEP = """
    insert into idempotency (token_id, route, key, fingerprint, status, body, answered_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (token_id, route, key) do update set fingerprint = excluded.fingerprint, status = excluded.status,
        body = excluded.body, answered_at = excluded.answered_at where idempotency.answered_at <= $8
    returning true
"""


async def first_answer(connection: AsyncConnection, key: Key, now: datetime) -> Answer | None:
    """The answer already given under `key`, or None for the one who may now run the command.

    Raises StillRunning while another transaction runs it, KeyReused where the body differs.
    """
    asked = (key.lock(), key.token_id, key.route, key.key, now - KEPT)
    row = (await connection.exec_driver_sql(LOOK, asked)).one()
    if not row.locked:
        raise StillRunning(WAIT)
    if row.fingerprint is None:
        return None
    if row.fingerprint != key.fingerprint:
        raise KeyReused(
            "Cette clé d’idempotence a déjà servi pour une autre demande. Prenez une nouvelle clé ; rien n’est enregistré.",
            errors=[FieldError("Idempotency-Key", KeyReused.code, "Une clé vaut pour un seul corps de demande.")],
        )
    return Answer(row.status, row.body)


async def keep(connection: AsyncConnection, key: Key, answer: Answer, now: datetime) -> None:
    """Raises StillRunning, and so undoes the command, where another answer came between the look and the lock.

    The look cannot see what the lock's former holder committed while the statement waited to start; this can.
    """
    given = (key.token_id, key.route, key.key, key.fingerprint, answer.status, answer.body, now, now - KEPT)
    driver = await driver_of(connection)
    if await driver.fetchrow(KEEP, *given) is None:
        raise StillRunning(WAIT)


async def forget_expired(connection: AsyncConnection, now: datetime) -> None:
    await connection.execute(delete(Idempotency).where(Idempotency.answered_at <= now - KEPT))
