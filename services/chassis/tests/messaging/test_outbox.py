"""The outbox: state and events in one transaction, sequences without a gap in the order of commits."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from plie_chassis.ids import new_id
from plie_contracts.refusals import RefusedByContract

from .conftest import Side
from .sample import NOW, contact


async def rows(side: Side) -> list[tuple[str, int]]:
    return [(key, sequence) for key, sequence in await side.fetch("select key, sequence from outbox order by position")]


async def test_state_and_event_are_written_together(writer: Side) -> None:
    person = new_id()
    async with writer.units.begin(now=NOW) as work:
        await work.session.execute(text("insert into effect (key) values ('state')"))
        work.emit(contact(person))
    assert await writer.effects() == [None]
    assert await rows(writer) == [(str(person), 1)]


async def test_a_failing_command_leaves_neither_state_nor_event_nor_a_gap(writer: Side) -> None:
    person = new_id()
    with pytest.raises(ZeroDivisionError):
        async with writer.units.begin(now=NOW) as work:
            await work.session.execute(text("insert into effect (key) values ('state')"))
            work.emit(contact(person))
            raise ZeroDivisionError
    await writer.emit(contact(person))
    assert await writer.effects() == []
    assert await rows(writer) == [(str(person), 1)]


async def test_sequences_of_a_person_follow_commits_without_a_gap_under_concurrency(writer: Side) -> None:
    people = [new_id() for _ in range(3)]

    async def command(number: int) -> None:
        chosen = people if number % 2 else people[::-1]
        await writer.emit(*(contact(person, number) for person in chosen))

    await asyncio.gather(*(command(number) for number in range(40)))
    written = await rows(writer)
    for person in people:
        assert [sequence for key, sequence in written if key == str(person)] == list(range(1, 41))


async def test_several_events_of_one_person_in_one_transaction_keep_their_order(writer: Side) -> None:
    person, other = new_id(), new_id()
    await writer.emit(contact(person, 1), contact(other, 2), contact(person, 3))
    await writer.emit(contact(person, 4))
    found = await writer.fetch(
        "select sequence, convert_from(value, 'UTF8')::jsonb ->> 'duration_minutes' from outbox where key = :key order by position",
        key=str(person),
    )
    assert found == [(1, "1"), (2, "3"), (3, "4")]


async def test_an_event_that_breaks_its_contract_is_refused_before_anything_is_written(writer: Side) -> None:
    unknown = contact(UUID(int=0)).model_copy(update={"medium": "pigeon"})
    with pytest.raises(RefusedByContract):
        await writer.emit(unknown)
    assert await rows(writer) == []
