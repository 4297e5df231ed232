"""Records that were refused or parked: seen, explained, replayed in their order, or discarded for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, literal, select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from plie_chassis.database import driver_of
from plie_chassis.messaging import ledger
from plie_chassis.messaging.inbox import Inbox, Verdict
from plie_chassis.messaging.readings import RawRecord, family_of
from plie_chassis.messaging.tables import DiscardedRecord, HeldRecord, RefusedRecord
from plie_chassis.problems import Conflict, NotFound
from plie_chassis.unit_of_work import UnitOfWork, Units
from plie_contracts.streams import FACTS

GAP_IS_ALARMING_AFTER = timedelta(minutes=15)
STATES_IN_FRENCH = {
    "refused": "refusé par le contrat",
    "parked": "mis de côté : le traitement a échoué",
    "behind": "en attente derrière un enregistrement mis de côté",
    "gap": "en attente d’un enregistrement antérieur",
    "unknown": "type inconnu de cette version, gardé pour plus tard",
}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`reference` names it in commands: `r12` for a refused record, `h12` for a held one."""

    reference: str
    state: str
    topic: str
    partition: int
    offset: int
    key: str | None
    sequence: int | None
    code: str | None
    path: str | None
    why: str
    since: datetime

    @property
    def alarming(self) -> bool:
        """False only for what usually heals by itself."""
        if self.state == "unknown":
            return False
        return self.state != "gap" or datetime.now(UTC) - self.since > GAP_IS_ALARMING_AFTER


class DeadLetterNotFound(NotFound):
    code = "dead-letter.not-found"
    title = "Enregistrement introuvable"


class NoLongerInKafka(Conflict):
    code = "dead-letter.expired"
    title = "Enregistrement effacé de Kafka"


class AlreadySettled(Conflict):
    code = "dead-letter.settled"
    title = "Enregistrement déjà traité"


class NotAtTheHead(Conflict):
    code = "dead-letter.not-first"
    title = "Un enregistrement antérieur attend"


async def listed(session: AsyncSession, *, limit: int = 200, before: str | None = None) -> list[DeadLetter]:
    """Open dead letters, newest first, at most `limit`; `before` is the reference the page ends at."""
    refused = select(literal("r").label("table"), RefusedRecord.number, RefusedRecord.refused_at.label("since")).where(
        RefusedRecord.resolved_at.is_(None)
    )
    held = select(literal("h"), HeldRecord.number, HeldRecord.held_since)
    both = union_all(refused, held).subquery()
    query = select(both.c.table, both.c.number).order_by(both.c.since.desc(), both.c.table, both.c.number.desc())
    if before is not None:
        edge = await found(session, before)
        query = query.where(
            (both.c.since < edge.since) | ((both.c.since == edge.since) & (both.c.number < int(edge.reference[1:])))
        )
    rows = (await session.execute(query.limit(limit))).all()
    letters = {letter.reference: letter for letter in await _load(session, [f"{t}{n}" for t, n in rows])}
    return [letters[f"{t}{n}"] for t, n in rows]


async def found(session: AsyncSession, reference: str) -> DeadLetter:
    """Raises DeadLetterNotFound."""
    letters = await _load(session, [reference])
    if not letters:
        raise DeadLetterNotFound(f"Aucun enregistrement refusé ou mis de côté ne porte la référence « {reference} ».")
    return letters[0]


async def _load(session: AsyncSession, references: Sequence[str]) -> list[DeadLetter]:
    numbers = {kind: [int(r[1:]) for r in references if r[0] == kind and r[1:].isdigit()] for kind in "rh"}
    refused = await session.scalars(select(RefusedRecord).where(RefusedRecord.number.in_(numbers["r"])))
    held = await session.scalars(select(HeldRecord).where(HeldRecord.number.in_(numbers["h"])))
    return [
        DeadLetter(f"r{r.number}", "refused", r.topic, r.partition, r.offset, r.key, r.sequence, r.code, r.path, r.message, r.refused_at)
        for r in refused
    ] + [
        DeadLetter(
            f"h{h.number}", h.state, h.topic, h.partition, h.offset, h.key, h.sequence, None, None,
            h.error or STATES_IN_FRENCH[h.state], h.held_since,
        )
        for h in held
    ]  # fmt: skip


async def counts(session: AsyncSession) -> dict[str, int]:
    """Open dead letters by state."""
    held = await session.execute(select(HeldRecord.state, func.count().label("records")).group_by(HeldRecord.state))
    refused = await session.scalar(
        select(func.count()).where(RefusedRecord.resolved_at.is_(None)).select_from(RefusedRecord)
    )
    return {row.state: row.records for row in held} | {"refused": refused or 0}


async def alarming(session: AsyncSession) -> int:
    """Records that wait for someone: parked, behind a parked one, or behind a gap older than a quarter of an hour."""
    since = datetime.now(UTC) - GAP_IS_ALARMING_AFTER
    waiting = HeldRecord.state.in_(("parked", "behind")) | (
        (HeldRecord.state == "gap") & (HeldRecord.held_since < since)
    )
    return await session.scalar(select(func.count()).select_from(HeldRecord).where(waiting)) or 0


async def replay_held(units: Units, inbox: Inbox, reference: str) -> int:
    """Take up the chain of this record's key, in order, until one fails again; answers how many were applied.

    A gap is given up: its key goes on from the first record that waits.
    """
    async with units.begin() as work:
        letter = await found(work.session, reference)
        return await inbox.resume(work, letter.topic, letter.key or "", past_gap=letter.state == "gap")


async def replay_refused(units: Units, inbox: Inbox, reference: str, record: RawRecord | None) -> Verdict:
    """Judge a refused record again, as Kafka still holds it.

    PASSED says that a newer snapshot stands, so that nothing was applied. Raises NoLongerInKafka, AlreadySettled.
    """
    if record is None:
        raise NoLongerInKafka("Kafka ne garde plus cet enregistrement ; il ne peut pas être rejoué.")
    async with units.begin() as work:
        number = (await _open_refusal(work.session, reference)).number
        verdict = await inbox.judge_again(work, record)
        if verdict is not Verdict.REFUSED:
            await _resolve(work.session, number, "replayed")
        return verdict


async def _open_refusal(session: AsyncSession, reference: str) -> RefusedRecord:
    """The refusal, locked. Raises DeadLetterNotFound, AlreadySettled."""
    await found(session, reference)
    refused = await session.get(RefusedRecord, int(reference[1:]), with_for_update=True)
    if refused is None or refused.resolved_at is not None:
        raise AlreadySettled(f"L’enregistrement « {reference} » a déjà été corrigé, rejoué ou écarté.")
    return refused


async def discard(units: Units, reference: str, reason: str) -> None:
    """Never apply this record. Its place in the sequence counts as taken.

    Raises NotAtTheHead where an earlier record of its key waits, AlreadySettled.
    """
    async with units.begin() as work:
        letter = await found(work.session, reference)
        if letter.state == "refused":
            await _resolve(work.session, (await _open_refusal(work.session, reference)).number, "discarded")
        else:
            await ledger.lock(await driver_of(work.connection), [(letter.topic, letter.key or "")])
            await _discard_held(work, await found(work.session, reference))
        await work.session.execute(
            insert(DiscardedRecord)
            .values(topic=letter.topic, partition=letter.partition, offset=letter.offset, reason=reason)
            .on_conflict_do_nothing()
        )


async def _discard_held(work: UnitOfWork, letter: DeadLetter) -> None:
    chain = (HeldRecord.topic == letter.topic, HeldRecord.key == letter.key, HeldRecord.state != "unknown")
    earlier = await work.session.scalar(
        select(func.count()).select_from(HeldRecord).where(*chain, HeldRecord.offset < letter.offset)
    )
    if earlier and letter.state != "unknown":
        raise NotAtTheHead("Un enregistrement antérieur de la même personne attend : rejouez-le ou écartez-le d’abord.")
    await work.session.execute(delete(HeldRecord).where(HeldRecord.number == int(letter.reference[1:])))
    if family_of(letter.topic) in FACTS and letter.sequence is not None:
        await ledger.advance(await driver_of(work.connection), {(letter.topic, letter.key or ""): letter.sequence})
    next_one = select(func.min(HeldRecord.number)).where(*chain, HeldRecord.state == "behind").scalar_subquery()
    await work.session.execute(
        update(HeldRecord)
        .where(HeldRecord.number == next_one)
        .values(state="parked", error="à rejouer : le précédent a été écarté")
    )


async def _resolve(session: AsyncSession, number: int, resolution: str) -> None:
    await session.execute(
        update(RefusedRecord)
        .where(RefusedRecord.number == number)
        .values(resolved_at=func.now(), resolution=resolution)
    )
