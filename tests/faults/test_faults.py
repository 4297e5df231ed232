"""A part of the matrix that every test run plays: `make faults` plays all of it, with schedules of its own."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from .catalogue import FAULTS
from .matrix import play_mutant
from .mutants import MUTANTS
from .round import play
from .servers import Servers
from .world import World, chain

SEED, PEOPLE = 1, 5
PLAYED = (
    "crash/http-reply",
    "crash/inbox-applied",
    "double-click-and-lost-reply",
    "duplicates",
    "postgres-stop",
    "network/kafka-one-way",
)


@pytest.fixture(scope="module")
async def world(broken_servers: Servers) -> AsyncIterator[World]:
    """One chain, one fault after the other, so that each finds what the others left."""
    async with chain(broken_servers) as one:
        yield one


@pytest.mark.parametrize("fault", PLAYED)
async def test_nothing_is_lost_and_nothing_done_twice_under(fault: str, world: World) -> None:
    result = await play(world, FAULTS[fault], Random(f"{SEED} {fault} 1"), people=PEOPLE)
    assert not result.verdict.problems, (result.notes, result.verdict.problems)


@pytest.mark.parametrize("mutant", MUTANTS)
async def test_the_checker_catches_what_must_never_be_done(mutant: str, broken_servers: Servers) -> None:
    result = await play_mutant(broken_servers, mutant, Random(f"{SEED} {mutant} 1"), people=PEOPLE)
    assert result.verdict.broken, (mutant, result.notes, result.commands, result.verdict.late)
