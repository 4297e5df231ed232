"""Whether the chain kept its promises: waits until nothing is under way, then compares what everyone holds.

It knows what the driver was told, the services' own tables, the log, and reporting's API; it finds, it does not mend.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import asyncpg
from confluent_kafka import KafkaException

from plie_contracts.streams import facts_topic, parse_topic

from . import evidence, figures
from .history import History
from .servers import SERVICES
from .world import Position, World, until

BOUND_SECONDS = 60.0
"""Within this time after the last fault is healed and the last command answered, nothing is under way any more."""

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaException, TimeoutError)

Key = tuple[str, str]


@dataclass
class Verdict:
    """`seconds` it took until nothing was under way; `late` is what did not come in time, `broken` every promise not kept."""

    seconds: float
    late: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        return [*self.late, *self.broken]

    @property
    def held(self) -> bool:
        return not self.problems


async def check(world: World, history: History, *, bound: float = BOUND_SECONDS) -> Verdict:
    """Every promise, after the chain has come to rest."""
    started = time.monotonic()
    at_rest = await until(lambda: _is_settled(world), bound, pause=0.1) and not await _under_way(world)
    verdict = Verdict(time.monotonic() - started)
    if not at_rest:
        verdict.late.append(f"not at rest after {verdict.seconds:.0f} s: {await _under_way(world)}")
    # True at any time:
    verdict.broken += history.contradictions(await evidence.effects(world))
    verdict.broken += [f"answers differ for {c.effect}" for c in history.commands if "two answers differ" in c.told]
    verdict.broken += await _acknowledged_too_early(world)
    verdict.broken += await _repeated_in_public(world, history)
    # True at rest:
    counters = await _written(world)
    apart = verdict.broken if at_rest else verdict.late
    apart += await _in_the_log(world, counters)
    apart += await _in_every_consumer(world, counters)
    apart += [problem async for problem in _kept_aside(world)]
    apart += await _within_services(world)
    apart += await _told_to_prescribers(world)
    apart += await figures.differences(world, "statistics")
    if verdict.held:
        await world["reporting"].command("rebuild")
        verdict.broken += await figures.differences(world, "rebuilt statistics")
        verdict.broken += await _in_every_consumer(world, counters)
    return verdict


async def _is_settled(world: World) -> bool:
    """At rest, or broken in a way that no waiting mends."""
    if not await _under_way(world):
        return True
    try:
        return bool(await _acknowledged_too_early(world))
    except AWAY:
        return False


async def _under_way(world: World) -> str:
    """What is not over yet, in words; empty when every outbox is empty, every lag zero and every instance healthy."""
    try:
        ends = await world.ends()
        for service in SERVICES:
            member = world[service]
            pending = (await world.fetch(service, "select count(*) as n from outbox"))[0]["n"]
            if pending:
                return f"{pending} rows in the outbox of {service}"
            taken = {
                (row["topic"], row["partition"]): row["next"]
                for row in await world.fetch(service, "select topic, partition, next from inbox_offset")
            }
            reads = world.declared.declaration.reads(member.name)
            behind = sum(
                max(0, end - taken.get((at.topic, at.partition), 0)) for at, end in ends.items() if at.topic in reads
            )
            if behind:
                return f"{service} is {behind} records behind"
            health = await member.health()
            if health != "ok":
                return f"{service} says {health}"
        if await world.ends() != ends:
            return "the log grows"
    except AWAY as error:
        return f"{type(error).__name__} while asking"
    return ""


async def _written(world: World) -> Mapping[Key, int]:
    """How many events each writer told under each key: its own counters."""
    written: dict[Key, int] = {}
    for service in SERVICES:
        for row in await world.fetch(service, "select topic, key, last from outbox_counter"):
            written[row["topic"], row["key"]] = row["last"]
    return written


async def _in_the_log(world: World, counters: Mapping[Key, int]) -> list[str]:
    """Every event that was told is in the log under its sequence, and under no other; repeated records are the same."""
    sequences: dict[Key, dict[int, set[bytes]]] = defaultdict(lambda: defaultdict(set))
    contents: dict[tuple[bytes, bytes], set[bytes]] = defaultdict(set)
    for record in await world.records():
        headers = dict(record.headers)
        if (record.topic, record.partition, record.offset) in world.poisoned:
            continue
        if sequence := headers.get("ce_sequence"):
            sequences[record.topic, record.key.decode()][int(sequence)].add(headers["ce_id"])
        contents[headers["ce_source"], headers["ce_id"]].add(blake2b(record.value or b"").digest())
    problems = [
        f"two contents under {id_!r} of {source!r}" for (source, id_), seen in contents.items() if len(seen) > 1
    ]
    for key in sequences.keys() | counters.keys():
        told, seen = counters.get(key, 0), sequences.get(key, {})
        if sorted(seen) != list(range(1, told + 1)):
            problems.append(f"{told} events told under {key}, the log has {sorted(seen)}")
        problems += [
            f"sequence {number} of {key} stands for {len(ids)} events" for number, ids in seen.items() if len(ids) > 1
        ]
    return problems


async def _acknowledged_too_early(world: World) -> list[str]:
    """What a group has committed to Kafka is in its database."""
    problems = []
    for service in SERVICES:
        committed = await world.committed(world[service].name)
        rows = await world.fetch(service, "select topic, partition, next from inbox_offset")
        taken = {(row["topic"], row["partition"]): row["next"] for row in rows}
        problems += [
            f"{service} acknowledged {at.topic} {at.partition} up to {offset}, and took {taken.get((at.topic, at.partition), 0)}"
            for at, offset in committed.items()
            if offset > taken.get((at.topic, at.partition), 0)
        ]
    return problems


FACTS_OF_REPORTING = {
    "orientation": ("orientation_fact", "orientation_id"),
    "admission": ("admission_fact", "orientation_id"),
    "parcours": ("parcours_fact", "participant_id"),
}


async def _in_every_consumer(world: World, counters: Mapping[Key, int]) -> list[str]:
    """Whoever reads a stream has taken it up to its last sequence, key by key; reporting holds each fact once."""
    problems = []
    for service in SERVICES:
        reads = set(world.declared.declaration.reads(world[service].name))
        standing = {
            (row["topic"], row["key"]): row["last"]
            for row in await world.fetch(service, "select topic, key, last from inbox_sequence")
        }
        for key, told in counters.items():
            if key[0] in reads and standing.get(key, 0) != told:
                problems.append(f"{service} has taken {key} up to {standing.get(key, 0)} of {told}")
    for family, (table, subject) in FACTS_OF_REPORTING.items():
        rows = await world.fetch(
            "reporting",
            f"select writer, cast({subject} as text) as key, array_agg(sequence order by sequence) as sequences"
            f" from {table} group by 1, 2",
        )
        held = {(f"plie.{family}.v1.{row['writer']}", row["key"]): list(row["sequences"]) for row in rows}
        told_here = {key: told for key, told in counters.items() if key[0].startswith(f"plie.{family}.v1.")}
        problems += [
            f"reporting holds {held.get(key, [])} of the {told_here.get(key, 0)} facts of {key}"
            for key in held.keys() | told_here.keys()
            if held.get(key, []) != list(range(1, told_here.get(key, 0) + 1))
        ]
    return problems


async def _kept_aside(world: World) -> Any:
    """Nothing waits; only what was poisoned is refused, under its code, and each reader told its writer so, once."""
    announced = await _announced(world)
    for service in SERVICES:
        for row in await world.fetch(service, "select topic, state, count(*) as n from held_record group by 1, 2"):
            yield f"{service} keeps {row['n']} records of {row['topic']} as {row['state']}"
        refused = {
            (row["topic"], row["partition"], row["offset"]): row["code"]
            for row in await world.fetch(service, 'select topic, partition, "offset", code from refused_record')
        }
        for position, code in refused.items():
            if position not in world.poisoned:
                yield f"{service} refused {position}: {code}"
            elif code != world.poisoned[position]:
                yield f"{service} refused {position} as {code}, and not as {world.poisoned[position]}"
        told = announced[world[service].name]
        for position in refused.keys() | told.keys():
            codes = list(told.get(position, {}).values())
            if codes != [refused.get(position)]:
                yield f"{service} refused {position} as {refused.get(position)} and told its writer {codes}"
        reads = set(world.declared.declaration.reads(world[service].name))
        for position in world.poisoned.keys() - refused.keys():
            if position[0] in reads:
                yield f"{service} did not refuse {position}"


async def _announced(world: World) -> Mapping[str, Mapping[Position, Mapping[bytes, str]]]:
    """By reader: the records it told their writer it refused, each announcement by its id, with its code."""
    announced: dict[str, dict[Position, dict[bytes, str]]] = defaultdict(lambda: defaultdict(dict))
    for record in await world.records():
        topic = parse_topic(record.topic)
        if topic and topic.family == "dead-letter":
            told = json.loads(record.value)
            position = (told["topic"], told["partition"], told["offset"])
            announced[topic.writer][position][dict(record.headers)["ce_id"]] = told["code"]
    return announced


CONFIDENTIAL_STREAMS = frozenset({"identity", "submission"})


async def _repeated_in_public(world: World, history: History) -> list[str]:
    """Nothing that a command confided stands in a stream of facts, in a notice, or in reporting's database."""
    said: dict[str, set[str]] = defaultdict(set)
    for record in await world.records():
        topic = parse_topic(record.topic)
        if topic and topic.family not in CONFIDENTIAL_STREAMS:
            parts = (record.key, record.value, *(value for _, value in record.headers))
            said[record.topic].add(" ".join(_readable(part) for part in parts))
    for (table,) in await world.fetch("reporting", "select tablename from pg_tables where schemaname = 'public'"):
        rows = await world.fetch("reporting", f'select cast(held as text) as said from "{table}" held')
        said[f"reporting's table {table}"] |= {row["said"] for row in rows}
    return [
        f"{place} holds « {secret} »"
        for place, lines in said.items()
        for text in ["\n".join(lines).casefold()]
        for secret in history.confided
        if secret.casefold() in text
    ]


def _readable(part: bytes | None) -> str:
    """As it is, or where it is JSON without the escapes that might hide something."""
    text = (part or b"").decode(errors="replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


async def _told_to_prescribers(world: World) -> list[str]:
    """Prescribers hear each thing the commission tells, once, and show the last decision, however the notices came."""
    told: dict[str, dict[int, str]] = defaultdict(dict)  # in the order in which they first came
    for sequence, notice in await _notices(world):
        told[notice["orientation_id"]].setdefault(sequence, notice["status"])
    decided, problems = await evidence.decisions(world), []
    for row in await world.fetch("orientation", "select cast(id as text) as id, later, status from orientation"):
        said = [status for _, status in sorted(told[row["id"]].items())]
        decisions = decided.get(row["id"], [])
        if [status for status in said if status in evidence.OUTCOME.values()] != decisions:
            problems.append(f"the commission decided {decisions} on {row['id']} and told {said}")
        later = [entry["status"] for entry in json.loads(row["later"])]
        heard = [status for status in later if status not in {"withdrawn", "received"}]
        if heard != (came := list(told[row["id"]].values())):
            problems.append(f"the prescriber of {row['id']} was told {came} and shows {heard}")
        stands = decisions[-1] if decisions else "withdrawn" if "withdrawn" in later else (said or ["received"])[-1]
        if row["status"] != stands:
            problems.append(f"the prescriber of {row['id']} shows {row['status']} (heard {heard}), and it is {stands}")
    return problems


async def _within_services(world: World) -> list[str]:
    """What each service shows follows from what the others wrote, once each."""
    problems = []
    decisions = await world.fetch(
        "admission",
        "select cast(orientation_id as text) as id, count(*) as n, count(distinct session_id) as sessions"
        " from decision where not rectifies group by 1",
    )
    problems += [f"{row['n']} decisions on {row['id']}" for row in decisions if row["n"] != row["sessions"]]
    orphans = await world.fetch("admission", "select count(*) as n from file where facts is null or snapshot is null")
    if orphans[0]["n"]:
        problems.append(f"{orphans[0]['n']} files of the commission lack their facts or their identity")
    nameless = await world.fetch(
        "parcours", "select count(*) as n from participant where not exists (select from identity where identity.participant_id = participant.participant_id)"
    )  # fmt: skip
    if nameless[0]["n"]:
        problems.append(f"{nameless[0]['n']} participants without their identity")
    admitted = await world.fetch(
        "admission", "select cast(participant_id as text) as id from file where status = 'admitted'"
    )
    welcomed = await world.fetch("parcours", "select cast(participant_id as text) as id from participant")
    if {row["id"] for row in admitted} != {row["id"] for row in welcomed}:
        problems.append(f"{len(admitted)} people admitted, {len(welcomed)} welcomed")
    kept, told = await evidence.facts_kept(world), await _facts_told(world)
    problems += [
        f"{name} of {who} is kept {kept[who, name]} times and told {told[who, name]} times"
        for who, name in kept.keys() | told.keys()
        if kept[who, name] != told[who, name]
    ]
    return problems


async def _facts_told(world: World) -> Counter[tuple[str, str]]:
    """How often the Maison told each kind of fact of each person: repeated records are one."""
    topic = facts_topic("parcours", world["parcours"].instance.organisation)
    told = {
        (dict(record.headers)["ce_id"], record.key.decode(), dict(record.headers)["ce_type"].decode().split(".")[2])
        for record in await world.records()
        if record.topic == topic and (record.topic, record.partition, record.offset) not in world.poisoned
    }
    return Counter((who, name) for _, who, name in told)


async def _notices(world: World) -> list[tuple[int, dict[str, Any]]]:
    """What the commission told the prescribers' instance, each with its sequence."""
    topic = f"plie.notice.v1.{world['admission'].name}.to.{world['orientation'].name}"
    return [
        (int(dict(record.headers)["ce_sequence"]), json.loads(record.value))
        for record in await world.records()
        if record.topic == topic and (record.topic, record.partition, record.offset) not in world.poisoned
    ]
