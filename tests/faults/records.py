"""What can be wrong with records: sent twice, out of order, poisoned, of another release, under ids that two writers share."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from aiokafka import AIOKafkaProducer, ConsumerRecord

from plie_contracts.streams import parse_topic

from .history import Effect
from .lives import Life, submission
from .round import Fault, NotInjected, Round
from .world import PRODUCERS, Member, until

WRITERS = ("orientation", "admission", "parcours")


async def send_again(round_: Round) -> None:
    """Every record so far once more, of all streams, while people live and once they have arrived."""
    round_.live()
    await asyncio.sleep(round_.rng.uniform(1.0, 3.0))
    await _resend(round_, await round_.world.records())
    await asyncio.wait(round_.lives, timeout=60)
    await _resend(round_, await round_.world.records())


async def _resend(round_: Round, records: list[ConsumerRecord]) -> None:
    again = [
        record for record in records if (record.topic, record.partition, record.offset) not in round_.world.poisoned
    ]
    async with round_.world.producer() as producer:
        await asyncio.gather(*[await _copy(producer, record) for record in again])
    round_.note(f"{len(again)} records sent again")


async def _copy(producer: AIOKafkaProducer, record: ConsumerRecord) -> Any:
    return await producer.send(
        record.topic,
        record.value,
        key=record.key,
        partition=record.partition,
        timestamp_ms=record.timestamp,
        headers=list(record.headers),
    )


async def disorder(round_: Round) -> None:
    """Relays that take their time and send what gathered meanwhile in any order: sequences arrive out of order."""
    before = len(_inversions(await round_.world.records()))
    for service in WRITERS:
        await round_.restart(round_.world[service], disorder=True)
    # What is told of these leads elsewhere when it is believed in the order of its arrival.
    round_.live(*(round_.person(fate=fate) for fate in ("rectify", "rectify", "defer", "refuse")))
    await asyncio.wait(round_.lives, timeout=60)
    for service in WRITERS:
        await round_.restart(round_.world[service])
    inverted = _inversions(await round_.world.records())[before:]
    if not inverted:
        raise NotInjected("every record arrived in its order")
    notices = sum(topic.startswith("plie.notice") for topic in inverted)
    round_.note(f"{len(inverted)} records after one of a later sequence, {notices} of them notices")


def _inversions(records: list[ConsumerRecord]) -> list[str]:
    """The topic of each record whose key has had a later sequence before it, there."""
    last: dict[tuple[str, bytes], int] = {}
    inverted = []
    for record in records:
        if sequence := dict(record.headers).get("ce_sequence"):
            key, number = (record.topic, record.key), int(sequence)
            if number < last.get(key, 0):
                inverted.append(record.topic)
            last[key] = max(number, last.get(key, 0))
    return inverted


POISONS = {
    "not-json": "envelope.invalid",
    "bad-schema": "schema.invalid",
    "wrong-source": "source.not-topic-writer",
    "no-header": "envelope.missing",
    "not-text": "envelope.invalid",
}
"""What is wrong, and the code of its refusal."""


async def poison(round_: Round) -> None:
    """Records that no reader can take, among good ones, on every stream that the chain reads."""
    round_.live()
    await asyncio.sleep(round_.rng.uniform(0.5, 2.0))
    topics = [spec.name for spec in round_.world.declared.declaration.topics() if not spec.name.startswith("plie.dead")]
    async with round_.world.producer() as producer:
        for topic in topics:
            for kind, code in POISONS.items():
                value, headers = _poisoned(kind, topic, round_.rng)
                key = str(uuid.UUID(int=round_.rng.getrandbits(128))).encode()
                sent = await producer.send_and_wait(topic, value, key=key, headers=_with_key(headers, key))
                round_.world.poisoned[sent.topic, sent.partition, sent.offset] = code
    round_.note(f"{len(topics) * len(POISONS)} poisoned records")


def _poisoned(kind: str, topic: str, rng: Random) -> tuple[bytes, dict[str, bytes]]:
    parsed = parse_topic(topic)
    assert parsed is not None
    organisation, _, service = parsed.writer.partition(".")
    types = {
        "orientation": "OrientationWithdrawn",
        "admission": "AdmissionRefused",
        "parcours": "JobEnded",
        "submission": "OrientationSubmitted",
        "identity": "IdentityProvided",
        "fse": "FseRecordUpdated",
        "notice": "OrientationOutcomeNotified",
    }
    name = types[parsed.family]
    headers = {
        "ce_specversion": b"1.0",
        "ce_id": str(uuid.UUID(int=rng.getrandbits(128))).encode(),
        "ce_source": f"/organisations/{organisation}{'/' + service if service else ''}".encode(),
        "ce_type": f"fr.plie.{name}.v1".encode(),
        "ce_time": datetime.now(UTC).isoformat().encode(),
        "ce_dataschema": f"urn:plie:{name}:v1".encode(),
        "content-type": b"application/json",
    }
    if parsed.family != "submission":
        headers["ce_sequence"] = b"1"
    match kind:
        case "not-json":
            return b"{not json", headers
        case "bad-schema":
            return b'{"told": 12}', headers
        case "wrong-source":
            return b"{}", {**headers, "ce_source": b"/organisations/somebody-else/parcours"}
        case "no-header":
            del headers["ce_type"]
            return b"{}", headers
        case _:
            return b"\xff\xfe", {**headers, "ce_id": b"\xff\xfe"}


def _with_key(headers: dict[str, bytes], key: bytes) -> list[tuple[str, bytes]]:
    return [*headers.items(), ("ce_subject", key)]


async def break_a_handler(round_: Round) -> None:
    """A bug in one handler for one person; mended, what was parked is taken up in its order."""
    member = round_.member("orientation", "admission", "parcours")
    person = round_.person(way="http", fate="admit")
    if member.service == "admission":
        await member.stop()  # the bug must be there before the orientation
    await person.oriented()
    of, where = [person.orientation_id], {}
    if member.service == "orientation":
        where = {"status": "in-commission"}  # what comes after it would pass
    await _after_a_bug(round_, member, person, of=of, where=where)


async def deploy_a_bug(round_: Round) -> None:
    """A handler that fails for everybody: consumption stops, and says so, before a whole topic is parked."""
    member = round_.member("admission", "parcours")
    await _after_a_bug(round_, member, until_it=_has_stopped)


BREAKS = {
    "orientation": "OrientationOutcomeNotified",
    "admission": "OrientationReceived",
    "parcours": "AdmissionValidated",
}


Seen = Callable[[Round, Member], Awaitable[object]]


async def _after_a_bug(round_: Round, member: Member, *begun: Life, until_it: Seen | None = None, **bug: Any) -> None:
    kind, seen = BREAKS[member.service], until_it or _parked
    await round_.restart(member, fails_on=kind, **bug)
    round_.live(*begun)
    if not await until(lambda: seen(round_, member), 30):
        raise NotInjected(f"{kind} did not fail in {member.service}")
    await asyncio.wait(round_.lives, timeout=round_.rng.uniform(4.0, 6.0))  # what follows arrives behind it
    await round_.restart(member)
    replayed = set()
    while parked := await _parked(round_, member):
        reference = parked[0]
        if reference in replayed:
            raise NotInjected(f"{reference} of {member.service} stays parked")
        replayed.add(reference)
        await member.command("dead-letters", "replay", reference)
    round_.note(f"{kind} in {member.service}: {len(replayed)} replayed")


async def _has_stopped(_round: Round, member: Member) -> bool:
    """It consumes no more, and whoever asks for its health is told."""
    return bool(await member.halted()) and await member.health() != "ok"


async def _parked(round_: Round, member: Member) -> list[str]:
    rows = await round_.world.fetch(
        member.service, "select number from held_record where state = 'parked' order by topic, partition, \"offset\""
    )
    return [f"h{row['number']}" for row in rows]


async def share_ids(round_: Round) -> None:
    """Two direct producers that each number their events 1, 2, 3."""
    kinds = {"mission-locale": ("ML", "Mission Locale"), "ccas": ("CCAS", "CCAS de Voiron")}
    today = round_.person().today
    for _ in range(4):
        for producer in PRODUCERS:
            reference = f"PANNE-{uuid.uuid4().hex[:12]}"
            body = submission(reference, *kinds[producer], today, round_.rng)
            await round_.driver.submit(
                producer, body, Effect("orientation", reference), id_=f"{round_.world.next_shared_id}"
            )
        round_.world.next_shared_id += 1
    round_.live()


async def write_as_a_later_release(round_: Round) -> None:
    """One instance, then another, writes a field that nobody else knows."""
    round_.live()
    for service in round_.rng.sample(WRITERS, 2):
        await round_.restart(round_.world[service], adds_a_field=True)
        await asyncio.sleep(round_.rng.uniform(0.5, 1.5))
    await asyncio.wait(round_.lives, timeout=60)
    for service in WRITERS:
        await round_.restart(round_.world[service])


async def read_as_an_earlier_release(round_: Round) -> None:
    """A reader meets types it does not know; after its upgrade it takes them up."""
    unknown = {
        "reporting": ("ContactLogged", "ParcoursOpened"),
        "admission": ("JobStarted",),
        "parcours": ("AdmissionValidated",),
    }
    member = round_.member(*unknown)
    await round_.restart(member, not_yet_known=unknown[member.service])
    round_.live()
    if not await until(lambda: _has_kept(round_, member), 30):
        raise NotInjected(f"{member.service} met no type that it does not know")
    await asyncio.sleep(round_.rng.uniform(0.5, 3.0))
    kept = await round_.world.fetch(member.service, UNKNOWN)
    round_.note(f"{len(kept)} records of unknown types in {member.service}")
    await round_.restart(member)


async def _has_kept(round_: Round, member: Member) -> bool:
    return bool(await round_.world.fetch(member.service, UNKNOWN))


UNKNOWN = "select number from held_record where state = 'unknown'"

FAULTS = (
    Fault("duplicates", send_again),
    Fault("reordering", disorder),
    Fault("poison/records", poison),
    Fault("poison/handler-bug", break_a_handler),
    Fault("poison/bad-deploy", deploy_a_bug),
    Fault("same-ids", share_ids, people=4),
    Fault("schema/new-writer", write_as_a_later_release),
    Fault("schema/old-reader", read_as_an_earlier_release),
)
