"""Keeps journeys, what is counted and what that adds up to in step with the facts, for the people whose facts changed.

Invariant: once settled, what is derived equals a derivation from all facts at once, and the roll-ups equal its sums.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy import TextClause, text

from plie_chassis.unit_of_work import UnitOfWork, Units
from plie_contracts.territory import COMMUNES
from plie_reporting import sql
from plie_reporting.sql import AS_KNOWN, STORED, Derived

PLACES = {
    "communes": list(COMMUNES),
    "territories": [commune.territory for commune in COMMUNES.values()],
}
"""Parameters of every derivation: the territory of each commune."""

KEYS_AT_A_TIME = 1000

People = tuple[set[UUID], set[UUID]]
"""Orientations and participants that are derived together."""

# One settles a store at a time. What another transaction touches meanwhile has a row of its own, for the next time.
TAKE = text("""
    delete from touched where pg_try_advisory_xact_lock(1347438921, hashtext(current_schema()))
    returning orientations, participants
""")
LINKED = text("""
    select orientation_id, participant_id, merged_into from admission_fact
    where orientation_id = any(cast(:orientations as uuid[]))
    union
    select orientation_id, participant_id, merged_into from admission_fact
    where participant_id = any(cast(:participants as uuid[])) or merged_into = any(cast(:participants as uuid[]))
""")
CLEAR = (
    text("delete from journey where orientation_id = any(cast(:orientations as uuid[]))"),
    text("delete from counted where orientation_id = any(cast(:orientations as uuid[]))"),
    text(
        "delete from unattached where subject_id = any(cast(:orientations as uuid[]) || cast(:participants as uuid[]))"
    ),
)


# By how much the roll-ups change: less what they hold of these people before, plus what they hold of them after.
CHANGE = text("create temporary table if not exists change (like rolled) on commit drop")
ADD_UP = text(sql.change())
ROLL_UP = text("""
    insert into rolled (dimension, key, series, since, code, detail, n, amount)
    select dimension, key, series, since, code, detail, sum(n), sum(amount)
    from pg_temp.change group by 1, 2, 3, 4, 5, 6 having sum(n) <> 0 or sum(amount) <> 0
    on conflict (dimension, key, series, since, code, detail) do update
    set n = rolled.n + excluded.n, amount = rolled.amount + excluded.amount
""")
UNCHANGED = text("truncate pg_temp.change")

# A store that holds none yet, as the one that a rebuild makes, is added up at once.
IS_ROLLED_UP = text("select exists (select from rolled)")
ROLL_UP_ALL = tuple(text(sql.roll_up_all(series)) for series in sql.SERIES)

# The planner cannot tell how many rows a common table expression has, and takes one for granted: no loop over loops.
SET_BASED = text("select set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)")
AS_BEFORE = (text("set local enable_nestloop to default"), text("set local work_mem to default"))

KNOWN = text("select to_regclass('pg_temp.known_journey') is not null")
TABLES_OF_TRANSACTION = tuple(
    text(f"create temporary table known_{name} (like {name} including identity) on commit drop")
    for name in ("journey", "counted", "unattached")
)


async def derived(work: UnitOfWork, known_at: datetime | None = None) -> Derived:
    """Where to read what is derived, brought up to date: from all facts, or from those recorded by `known_at`.

    A unit of work reads as known at one instant only.
    """
    if known_at is None:
        await settle(work)
        return STORED
    if not await work.session.scalar(KNOWN):
        for table in TABLES_OF_TRANSACTION:
            await work.session.execute(table)
        async with _set_based(work):
            await work.session.execute(text(sql.derive_as_known()), {"known_at": known_at, **PLACES})
        await work.session.execute(text("analyze known_journey, known_counted"))
    return AS_KNOWN


async def settle(work: UnitOfWork) -> None:
    """Derive anew the journeys whose facts have changed. Does nothing while another process is at it."""
    touched = await _take_touched(work)
    if touched is None:
        return
    changes = bool(await work.session.scalar(IS_ROLLED_UP))
    if changes:
        await work.session.execute(CHANGE)
    async with _set_based(work):
        async for people in _linked_people(work, *touched):
            await _derive(work, people, notes_change=changes)
        for statement in (ROLL_UP, UNCHANGED) if changes else ROLL_UP_ALL:
            await work.session.execute(statement)


async def settle_all(units: Units, at_a_time: int) -> None:
    """Derive everyone into a store that nobody reads yet and that holds no roll-ups, in units of work of their own."""
    async with units.begin() as work:
        touched = await _take_touched(work)
        if touched is None:
            return
        everyone = [people async for people in _linked_people(work, *touched)]

    async def derive(people: People) -> None:
        async with units.begin() as work, _set_based(work):
            await _derive(work, people, notes_change=False)

    async def roll_up(statement: TextClause) -> None:
        async with units.begin() as work, _set_based(work):
            await work.session.execute(statement)

    await several_at_once(map(derive, everyone), at_a_time)
    await several_at_once(map(roll_up, ROLL_UP_ALL), at_a_time)


async def several_at_once(doing: Iterator[Awaitable[None]], at_a_time: int) -> None:
    """The first that fails ends the others, and is what is raised."""

    async def one_after_the_other() -> None:
        for done in doing:
            await done

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(at_a_time):
                tasks.create_task(one_after_the_other())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _take_touched(work: UnitOfWork) -> People | None:
    """The keys to derive anew; None where there is nothing to do, or somebody else is at it."""
    taken = (await work.session.execute(TAKE)).all()
    if not taken:
        return None
    return {key for row in taken for key in row.orientations}, {key for row in taken for key in row.participants}


async def _linked_people(work: UnitOfWork, orientations: set[UUID], participants: set[UUID]) -> AsyncIterator[People]:
    """These keys, some at a time, each with all those that it depends on."""
    while orientations or participants:
        some_orientations = set(islice(orientations, KEYS_AT_A_TIME))
        some_participants = set(islice(participants, KEYS_AT_A_TIME - len(some_orientations)))
        linked = await _linked(work, some_orientations, some_participants)
        yield linked
        orientations -= linked[0]
        participants -= linked[1]


async def _linked(work: UnitOfWork, orientations: set[UUID], participants: set[UUID]) -> People:
    """The keys with all those they depend on: re-entries and merges bind several orientations to one person."""
    new_orientations, new_participants = orientations, participants
    while new_orientations or new_participants:
        new = {"orientations": list(new_orientations), "participants": list(new_participants)}
        links = (await work.session.execute(LINKED, new)).all()
        new_orientations = {link.orientation_id for link in links} - orientations
        new_participants = _given(key for link in links for key in link[1:]) - participants
        orientations, participants = orientations | new_orientations, participants | new_participants
    return orientations, participants


def _given(keys: Iterable[UUID | None]) -> set[UUID]:
    return {key for key in keys if key is not None}


async def _derive(work: UnitOfWork, people: People, *, notes_change: bool) -> None:
    keys = {"orientations": list(people[0]), "participants": list(people[1])}
    if notes_change:
        await work.session.execute(ADD_UP, {**keys, "times": -1})
    for clear in CLEAR:
        await work.session.execute(clear, keys)
    await work.session.execute(text(sql.derive_people()), {**keys, **PLACES})
    if notes_change:
        await work.session.execute(ADD_UP, {**keys, "times": 1})


@asynccontextmanager
async def _set_based(work: UnitOfWork) -> AsyncIterator[None]:
    await work.session.execute(SET_BASED)
    yield
    for setting in AS_BEFORE:
        await work.session.execute(setting)
