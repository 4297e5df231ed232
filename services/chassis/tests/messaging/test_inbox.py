"""The inbox: every event takes effect once and in order; a bad record is set aside, explained, and stops nobody else."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from plie_chassis.database import driver_of, is_database_away
from plie_chassis.ids import new_id
from plie_chassis.messaging import dead_letters, ledger, readings
from plie_chassis.messaging.inbox import HandlersFailing, Inbox, Verdict
from plie_chassis.messaging.subscriptions import reads, subscriptions
from plie_chassis.messaging.tables import DiscardedRecord
from plie_contracts import records, streams
from plie_contracts.events import ContactLogged, IdentityProvided, ParcoursHandedOver
from plie_contracts.refusals import Refused
from plie_deploy import provision, testing
from plie_deploy.kafka import LocalKafka
from plie_deploy.testing import Declared

from .conftest import Side
from .sample import EFFECTS, NOW, contact, keep_effect


@pytest.fixture(scope="module")
def declared(kafka: LocalKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Declared]:
    """These tests hand records to the inbox themselves: one set of topics serves them all."""
    one = testing.declared(
        kafka, tmp_path_factory.mktemp("declared"), "metropole", "mde-grenoble-nord", "mde-grenoble-sud"
    )
    yield one
    provision.remove(kafka.admin_config, one.declaration)


@dataclass(frozen=True)
class Raw:
    """A record as it comes from Kafka."""

    topic: str
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    partition: int = 0
    timestamp: int = int(NOW.timestamp() * 1000)

    def with_header(self, name: str, value: bytes | None) -> "Raw":
        return replace(self, headers=[*((n, v) for n, v in self.headers if n != name), (name, value)])


@pytest.fixture
def record(topic: str, writer: Side) -> Any:
    offsets: dict[str, int] = {}

    def make(event: Any, sequence: int, **changes: Any) -> Raw:
        offsets[topic] = offsets.get(topic, -1) + 1
        headers = records.headers(
            event,
            id=str(new_id()),
            source=streams.source_of(writer.units.instance.name),
            sequence=sequence,
            time=NOW,
            traceparent=None,
        )
        return Raw(topic, offsets[topic], event.key().encode(), records.encode(event), headers, **changes)

    return make


@pytest.fixture
def inbox(reader: Side) -> Inbox:
    return Inbox(reader.units, EFFECTS)


async def letters(side: Side) -> list[dead_letters.DeadLetter]:
    async with side.units.begin() as work:
        return (await dead_letters.listed(work.session))[::-1]


async def announced(side: Side) -> list[dict[str, Any]]:
    return [
        json.loads(value)
        for (value,) in await side.fetch("select value from outbox where type = 'RecordRefused' order by position")
    ]


async def test_an_event_that_comes_twice_takes_effect_once(inbox: Inbox, reader: Side, record: Any) -> None:
    first = record(contact(new_id(), 30), 1)
    await inbox.take([first, replace(first, offset=1)])
    await inbox.take([replace(first, offset=2)])
    assert await reader.effects() == [30]


async def test_without_the_inbox_it_would_take_effect_twice(reader: Side, record: Any) -> None:
    class Forgetful(Inbox):
        async def take(self, batch: Any) -> None:
            async with self._units.begin() as work:
                await work.session.execute(_forget_all())
            await super().take(batch)

    first = record(contact(new_id(), 30), 1)
    inbox = Forgetful(reader.units, EFFECTS)
    await inbox.take([first])
    await inbox.take([replace(first, offset=1)])
    assert await reader.effects() == [30, 30]


def _forget_all() -> Any:
    return text("with a as (delete from inbox), b as (delete from inbox_sequence) select 1")


async def test_the_same_id_with_another_content_is_refused(inbox: Inbox, reader: Side, record: Any) -> None:
    person = new_id()
    first = record(contact(person, 30), 1)
    other = record(contact(person, 45), 2).with_header("ce_id", dict(first.headers)["ce_id"])
    await inbox.take([first, other])
    assert await reader.effects() == [30]
    assert [letter.code for letter in await letters(reader)] == ["envelope.id-reused"]


async def test_a_reused_id_takes_its_place_so_that_the_next_event_is_not_held(
    inbox: Inbox, reader: Side, record: Any
) -> None:
    person = new_id()
    first = record(contact(person, 1), 1)
    other = record(contact(person, 2), 2).with_header("ce_id", dict(first.headers)["ce_id"])
    await inbox.take([first, other, record(contact(person, 3), 3)])
    assert await reader.effects() == [1, 3]


async def test_another_event_under_a_sequence_that_was_taken_is_never_applied(
    inbox: Inbox, reader: Side, record: Any
) -> None:
    person = new_id()
    await inbox.take([record(contact(person, minutes), 1) for minutes in (1, 2, 3)])
    await inbox.take([record(contact(person, 4), 1)])
    assert await reader.effects() == [1]
    assert [letter.code for letter in await letters(reader)] == ["envelope.invalid"] * 3


async def test_an_event_ahead_of_its_turn_waits_for_the_missing_one(inbox: Inbox, reader: Side, record: Any) -> None:
    person = new_id()
    one, two, three = (record(contact(person, n), n) for n in (1, 2, 3))
    await inbox.take([one, three])
    assert await reader.effects() == [1]
    assert [letter.state for letter in await letters(reader)] == ["gap"]
    await inbox.take([two])
    assert await reader.effects() == [1, 2, 3]
    assert await letters(reader) == []


async def test_events_inverted_within_one_batch_take_effect_in_order(inbox: Inbox, reader: Side, record: Any) -> None:
    person = new_id()
    one, two, three = (record(contact(person, n), n) for n in (1, 2, 3))
    await inbox.take([two, one, three])
    assert await reader.effects() == [1, 2, 3]


async def test_an_older_snapshot_does_not_replace_a_newer_one(reader: Side, declared_identity: Any) -> None:
    kept: list[str] = []

    async def keep(received: Any, _work: Any) -> None:
        kept.append(received.event.last_name)

    inbox = Inbox(reader.units, subscriptions(reads(IdentityProvided, keep)))
    await inbox.take([declared_identity("Nouveau", 5, 0), declared_identity("Ancien", 4, 1)])
    assert kept == ["Nouveau"]


@pytest.fixture
def declared_identity(writer: Side) -> Any:
    clas, maison = writer.declared.name("metropole.admission"), writer.units.instance.name
    person = new_id()

    def make(last_name: str, sequence: int, offset: int) -> Raw:
        event = IdentityProvided(
            subject_kind="participant",
            subject_id=person,
            last_name=last_name,
            first_name="Noémie",
            birth_date=NOW.date().replace(year=1983),
            commune_insee="38185",
        )
        headers = records.headers(
            event, id=str(new_id()), source=streams.source_of(clas), sequence=sequence, time=NOW, traceparent=None
        )
        return Raw(
            streams.addressed_topic("identity", clas, maison),
            offset,
            event.key().encode(),
            records.encode(event),
            headers,
        )

    return make


async def test_a_snapshot_its_handler_refused_is_applied_when_judged_again(
    reader: Side, declared_identity: Any
) -> None:
    kept: list[str] = []
    refusing = True

    async def keep(received: Any, _work: Any) -> None:
        if refusing:
            raise Refused("ownership.not-owner")
        kept.append(received.event.last_name)

    inbox = Inbox(reader.units, subscriptions(reads(IdentityProvided, keep)))
    snapshot = declared_identity("Bérard", 1, 0)
    await inbox.take([snapshot])
    [letter] = await letters(reader)
    refusing = False
    assert await dead_letters.replay_refused(reader.units, inbox, letter.reference, snapshot) is Verdict.APPLIED
    assert kept == ["Bérard"]
    assert await letters(reader) == []


async def test_a_key_that_no_index_can_hold_is_refused_and_stops_nobody(
    inbox: Inbox, reader: Side, record: Any
) -> None:
    misused = replace(record(contact(new_id(), 1), 1), key=b'{"a": "' + b"x" * 6000 + b'"}')
    newer = (
        record(contact(new_id(), 2), 1).with_header("ce_type", b"fr.plie.ContactLogged.v9").with_header("no\0te", b"1")
    )
    await inbox.take([misused, newer, record(contact(new_id(), 7), 1)])
    assert await reader.effects() == [7]
    assert sorted(letter.state for letter in await letters(reader)) == ["refused", "unknown"]


POISON = {
    "bad JSON": (lambda raw: replace(raw, value=b"{not json"), "envelope.invalid"),
    "a value that is not UTF-8": (lambda raw: replace(raw, value=b'{"a": "\xff"}'), "envelope.invalid"),
    "a header that is None": (lambda raw: raw.with_header("ce_source", None), "envelope.invalid"),
    "a header that is not UTF-8": (lambda raw: raw.with_header("ce_subject", b"\xff\xfe"), "envelope.invalid"),
    "a forged source": (
        lambda raw: raw.with_header("ce_source", b"/organisations/metropole/parcours"),
        "source.not-topic-writer",
    ),
    "a name among the facts": (
        lambda raw: replace(raw, value=raw.value[:-1] + b',"last_name":"Martin"}'),
        "privacy.identity-in-facts",
    ),
}


@pytest.mark.parametrize("timestamp", [-1, 10**16])
async def test_a_clock_that_says_anything_stops_nobody(inbox: Inbox, reader: Side, record: Any, timestamp: int) -> None:
    await inbox.take([record(contact(new_id()), 1, timestamp=timestamp), record(contact(new_id()), 1)])
    assert len(await reader.effects()) == 2


@pytest.mark.parametrize("poison", POISON)
async def test_a_poison_record_lets_everyone_else_through_and_is_explained(
    poison: str, inbox: Inbox, reader: Side, record: Any, topic: str
) -> None:
    spoil, code = POISON[poison]
    before, bad, after = (
        record(contact(new_id(), 1), 1),
        record(contact(new_id(), 2), 1),
        record(contact(new_id(), 3), 1),
    )
    await inbox.take([before, spoil(bad), after])
    assert sorted(await reader.effects()) == [1, 3]
    [letter] = await letters(reader)
    assert (letter.state, letter.code, letter.offset) == ("refused", code, bad.offset)
    [told] = await announced(reader)
    assert {"topic": topic, "partition": 0, "offset": bad.offset, "code": code}.items() <= told.items()
    assert "Martin" not in json.dumps(told)


async def test_a_refusal_is_told_once_however_often_its_record_comes_and_stays_settled(
    inbox: Inbox, reader: Side, record: Any
) -> None:
    nameless = replace(record(contact(new_id(), 1), 1), headers=[])
    invalid = replace(record(contact(new_id(), 2), 1), value=b"[]")
    await inbox.take([nameless, invalid])
    await inbox.take([nameless, invalid])
    assert len(await announced(reader)) == 2
    for letter in await letters(reader):
        await dead_letters.discard(reader.units, letter.reference, "doublon")
    await inbox.take([nameless, invalid])
    async with reader.units.begin() as work:
        await ledger.forget(await driver_of(work.connection), event_of(invalid))
    await inbox.take([nameless, invalid])
    assert await letters(reader) == []
    assert len(await announced(reader)) == 2


def event_of(raw: Any) -> bytes:
    event = readings.read(raw).event
    assert event is not None
    return event


async def test_a_handler_that_misses_a_file_is_parked_like_any_other_bug(reader: Side, record: Any) -> None:
    async def miss(_received: Any, _work: Any) -> None:
        raise FileNotFoundError

    inbox = Inbox(reader.units, subscriptions(reads(ContactLogged, miss)))
    await inbox.take([record(contact(new_id(), 1), 1)])
    assert [letter.state for letter in await letters(reader)] == ["parked"]


async def test_a_refused_record_counts_for_its_person_and_its_correction_is_applied(
    inbox: Inbox, reader: Side, record: Any
) -> None:
    person = new_id()
    one, bad, three = (record(contact(person, n), n) for n in (1, 2, 3))
    await inbox.take([one, replace(bad, value=bad.value.replace(b'"telephone"', b"12")), three])
    assert await reader.effects() == [1, 3]
    corrected = record(contact(person, 2), 2)
    await inbox.take([corrected])
    assert await reader.effects() == [1, 3, 2]
    assert await letters(reader) == []


async def test_a_handler_that_fails_parks_its_person_and_nobody_else(inbox: Inbox, reader: Side, record: Any) -> None:
    person, other = new_id(), new_id()
    batch = [
        record(contact(person, 1), 1),
        record(contact(person, 666), 2),
        record(contact(other, 7), 1),
        record(contact(person, 3), 3),
    ]
    await inbox.take(batch)
    assert await reader.effects(person) == [1]
    assert await reader.effects(other) == [7]
    parked, behind = await letters(reader)
    assert (parked.state, behind.state) == ("parked", "behind")
    assert "ZeroDivisionError" in parked.why
    assert "bug" not in parked.why, "an error's text may quote a person's data"


async def mended(received: Any, work: Any) -> None:
    shorter = received.event.model_copy(update={"duration_minutes": received.event.duration_minutes % 600})
    await keep_effect(received._replace(event=shorter), work)


def mended_inbox(reader: Side) -> Inbox:

    return Inbox(reader.units, subscriptions(reads(ContactLogged, mended)))


async def test_replaying_a_parked_chain_keeps_its_order(inbox: Inbox, reader: Side, record: Any) -> None:
    person = new_id()
    await inbox.take([record(contact(person, minutes), n) for n, minutes in enumerate((1, 666, 3, 4), start=1)])
    head, *_ = await letters(reader)
    assert await dead_letters.replay_held(reader.units, inbox, head.reference) == 0, "the handler still fails"
    assert await dead_letters.replay_held(reader.units, mended_inbox(reader), head.reference) == 3
    assert await reader.effects() == [1, 66, 3, 4]
    assert await letters(reader) == []
    await inbox.take([record(contact(person, 5), 5)])
    assert await reader.effects() == [1, 66, 3, 4, 5]


async def slowly_mended(received: Any, work: Any) -> None:
    await work.session.execute(text("select pg_sleep(0.3)"))
    await mended(received, work)


async def test_two_people_who_replay_a_chain_at_once_apply_it_once(inbox: Inbox, reader: Side, record: Any) -> None:
    person = new_id()
    await inbox.take([record(contact(person, minutes), n) for n, minutes in enumerate((666, 2), start=1)])
    head, _ = await letters(reader)
    slow = Inbox(reader.units, subscriptions(reads(ContactLogged, slowly_mended)))
    outcomes = await asyncio.gather(
        *(dead_letters.replay_held(reader.units, slow, head.reference) for _ in range(2)), return_exceptions=True
    )
    assert 2 in outcomes
    assert await reader.effects() == [66, 2]


async def test_events_that_arrive_during_a_replay_are_not_left_behind(inbox: Inbox, reader: Side, record: Any) -> None:
    person = new_id()
    await inbox.take([record(contact(person, minutes), n) for n, minutes in enumerate((666, 2), start=1)])
    head, _ = await letters(reader)
    slow = Inbox(reader.units, subscriptions(reads(ContactLogged, slowly_mended)))
    replay = asyncio.create_task(dead_letters.replay_held(reader.units, slow, head.reference))
    await asyncio.gather(replay, inbox.take([record(contact(person, 3), 3)]))
    await inbox.take([record(contact(person, 4), 4)])
    if await letters(reader):
        await dead_letters.replay_held(reader.units, mended_inbox(reader), (await letters(reader))[0].reference)
    assert await reader.effects() == [66, 2, 3, 4]


async def test_two_processes_that_take_up_a_new_type_apply_it_once(inbox: Inbox, reader: Side, record: Any) -> None:
    newer = record(contact(new_id(), 2), 1).with_header("ce_type", b"fr.plie.ContactLogged.v9")
    await inbox.take([newer])
    await now_known(reader)
    slow = subscriptions(reads(ContactLogged, slowly_mended))
    taken = await asyncio.gather(*(Inbox(reader.units, slow).take_up_unknown() for _ in range(2)))
    assert sorted(taken) == [0, 1]
    assert await reader.effects() == [2]


async def test_a_settled_letter_is_neither_replayed_nor_discarded_again(
    inbox: Inbox, reader: Side, record: Any
) -> None:
    person = new_id()
    bad = replace(record(contact(person, 1), 1), value=b"[]")
    await inbox.take([bad])
    [letter] = await letters(reader)
    await inbox.take([record(contact(person, 1), 1)])
    for again in (
        dead_letters.replay_refused(reader.units, inbox, letter.reference, record(contact(person, 1), 1)),
        dead_letters.discard(reader.units, letter.reference, "doublon"),
    ):
        with pytest.raises(dead_letters.AlreadySettled):
            await again
    assert await reader.effects() == [1]


async def test_replay_stops_where_a_handler_fails_again(inbox: Inbox, reader: Side, record: Any) -> None:
    person = new_id()
    await inbox.take([record(contact(person, minutes), n) for n, minutes in enumerate((666, 2), start=1)])
    head, _ = await letters(reader)
    await dead_letters.discard(reader.units, head.reference, "doublon")
    await inbox.take([record(contact(person, 666), 3)])
    [next_one, _] = await letters(reader)
    assert await dead_letters.replay_held(reader.units, inbox, next_one.reference) == 1
    assert await reader.effects() == [2]
    assert [letter.state for letter in await letters(reader)] == ["parked"]


async def test_only_the_head_of_a_chain_can_be_discarded(inbox: Inbox, reader: Side, record: Any) -> None:
    person = new_id()
    await inbox.take([record(contact(person, minutes), n) for n, minutes in enumerate((666, 2), start=1)])
    _, behind = await letters(reader)
    with pytest.raises(dead_letters.NotAtTheHead):
        await dead_letters.discard(reader.units, behind.reference, "doublon")


async def test_a_discarded_record_is_never_applied_when_the_streams_are_read_anew(
    inbox: Inbox, reader: Side, record: Any
) -> None:
    person = new_id()
    bad = record(contact(person, 666), 1)
    await inbox.take([bad])
    [head] = await letters(reader)
    await dead_letters.discard(reader.units, head.reference, "doublon")
    async with reader.units.begin() as work:
        await work.session.execute(_forget_all())
    await mended_inbox(reader).take([bad, record(contact(person, 2), 2)])
    assert await reader.effects() == [2]


@pytest.mark.parametrize("value", [None, b"{}"], ids=["taken", "refused"])
async def test_a_gap_before_a_discarded_record_closes_when_the_streams_are_read_anew(
    inbox: Inbox, reader: Side, record: Any, value: bytes | None
) -> None:
    person = new_id()
    first, third, second, fourth = (record(contact(person, number), number) for number in (1, 3, 2, 4))
    third = replace(third, value=value or third.value)
    async with reader.units.begin() as work:
        discarded = {"topic": third.topic, "partition": third.partition, "offset": third.offset, "reason": "doublon"}
        work.session.add(DiscardedRecord(**discarded))
    await inbox.take([first, third])
    await inbox.take([second, fourth])
    assert await reader.effects() == [1, 2, 4]
    assert await letters(reader) == []


async def test_a_gap_can_be_given_up_by_hand(inbox: Inbox, reader: Side, record: Any) -> None:
    person = new_id()
    await inbox.take([record(contact(person, 3), 3), record(contact(person, 4), 4)])
    head, _ = await letters(reader)
    assert await dead_letters.replay_held(reader.units, inbox, head.reference) == 2
    assert await reader.effects() == [3, 4]


async def now_known(reader: Side) -> None:
    """As if a release had come that knows the type."""
    known = "case when v = 'fr.plie.ContactLogged.v9' then 'fr.plie.ContactLogged.v1'::bytea else v end"
    async with reader.units.begin() as work:
        await work.session.execute(
            text(f"update held_record set header_values = array(select {known} from unnest(header_values) v)")
        )


async def test_a_type_of_a_later_release_is_kept_counted_and_taken_up(inbox: Inbox, reader: Side, record: Any) -> None:
    person = new_id()
    newer = record(contact(person, 2), 2).with_header("ce_type", b"fr.plie.ContactLogged.v9")
    await inbox.take([record(contact(person, 1), 1), newer, record(contact(person, 3), 3)])
    assert await reader.effects() == [1, 3]
    assert [letter.state for letter in await letters(reader)] == ["unknown"]
    assert await announced(reader) == []
    assert await inbox.take_up_unknown() == 0
    await now_known(reader)
    assert await inbox.take_up_unknown() == 1
    assert await reader.effects() == [1, 3, 2]


async def test_handlers_that_fail_for_three_people_in_a_row_stop_everything(
    inbox: Inbox, reader: Side, record: Any
) -> None:
    batch = [
        record(contact(new_id(), 1), 1),
        *(record(contact(new_id(), 666), 1) for _ in range(3)),
        record(contact(new_id(), 2), 1),
    ]
    with pytest.raises(HandlersFailing):
        await inbox.take(batch)
    assert inbox.halted == "ZeroDivisionError"
    assert await reader.effects() == []
    assert await letters(reader) == []
    await mended_inbox(reader).take(batch)
    assert len(await reader.effects()) == 5


async def test_what_other_handlers_do_meanwhile_does_not_hide_one_that_always_fails(reader: Side, record: Any) -> None:
    inbox = Inbox(reader.units, subscriptions(reads(ContactLogged, keep_effect), reads(ParcoursHandedOver, pass_by)))
    with pytest.raises(HandlersFailing):
        for _ in range(3):
            await inbox.take([record(contact(new_id(), 666), 1), record(handed_over(new_id()), 1)])
    assert inbox.halted == "ZeroDivisionError"
    assert len(await letters(reader)) == 2


async def pass_by(_received: Any, _work: Any) -> None: ...


def handed_over(person: UUID) -> ParcoursHandedOver:
    return ParcoursHandedOver(
        participant_id=person, parcours_no=1, to="mde-grenoble-sud", handed_over_on=NOW.date(), last_sequence=1
    )


async def test_refusals_never_stop_everything(inbox: Inbox, reader: Side, record: Any) -> None:
    await inbox.take([replace(record(contact(new_id(), 1), 1), value=b"[]") for _ in range(10)])
    assert inbox.halted is None
    assert len(await letters(reader)) == 10


async def test_a_handler_may_refuse_what_is_not_its_writers(reader: Side, record: Any) -> None:
    async def refuse(received: Any, _work: Any) -> None:
        raise Refused("ownership.not-owner", "participant_id", "cette Maison n’accompagne pas cette personne")

    inbox = Inbox(reader.units, subscriptions(reads(ContactLogged, refuse)))
    person = new_id()
    await inbox.take([record(contact(person, 1), 1), record(contact(person, 2), 2)])
    assert [letter.code for letter in await letters(reader)] == ["ownership.not-owner"] * 2
    assert len(await announced(reader)) == 2


async def test_a_lost_database_takes_nothing_and_parks_nothing(reader: Side, record: Any) -> None:
    async def lose_connection(_received: Any, work: Any) -> None:
        await work.session.execute(text("select pg_terminate_backend(pg_backend_pid())"))

    inbox = Inbox(reader.units, subscriptions(reads(ContactLogged, lose_connection)))
    with pytest.raises(Exception) as lost:
        await inbox.take([record(contact(new_id(), 1), 1)])
    assert is_database_away(lost.value)
    assert await letters(reader) == []


async def test_two_members_that_take_the_same_record_give_one_effect(reader: Side, record: Any) -> None:
    person = new_id()
    batch = [record(contact(person, n), n) for n in range(1, 30)]
    members = [Inbox(reader.units, EFFECTS) for _ in range(3)]
    await asyncio.gather(*(member.take(batch) for member in members))
    assert await reader.effects() == list(range(1, 30))


async def test_where_one_key_stands_is_asked_of_the_index_however_many_keys_there_are(reader: Side) -> None:
    async with reader.units.engine.connect() as connection:
        driver = await driver_of(connection)
        await driver.execute("""
            insert into inbox_sequence (topic, key, last)
            select 'a topic', cast(number as text), 1 from generate_series(1, 20000) as number
        """)
        await driver.execute("analyze inbox_sequence")
        plan = await driver.fetch(f"explain {ledger.STANDING}", json.dumps({"a topic": ["1"]}))

    assert not any("Seq Scan on inbox_sequence" in line for (line,) in plan)
