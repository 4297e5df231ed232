"""One round: people live while a fault happens; it is healed, they come to where they were going, and all is checked."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from .checker import BOUND_SECONDS, Verdict, check
from .driver import Driver, Stalled
from .history import History
from .lives import Life
from .mutants import MUTANTS
from .process import Conduct
from .servers import Servers
from .world import Member, World


class NotInjected(Exception):
    """The fault did not happen, and why: nothing can be said of it."""


@dataclass
class Round:
    """`shift` is how far the services' clock is from the machine's."""

    world: World
    rng: Random
    driver: Driver
    people: int = 8
    mutant: str = ""
    shift: timedelta = timedelta()
    lives: list[asyncio.Task[None]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def person(self, way: str = "", fate: str = "") -> Life:
        return Life(self.driver, Random(self.rng.random()), len(self.lives), self.shift, way, fate)

    def live(self, *already: Life) -> None:
        """Everybody sets out; `already` are people who have begun."""
        people = [*already, *(self.person() for _ in range(self.people - len(already)))]
        self.lives += [asyncio.create_task(person.run()) for person in people]

    def conduct(self, member: Member, **misbehaviour: Any) -> Conduct:
        """That of a process which is started now: where a mutant is planted, it stays."""
        planted = bool(self.mutant) and MUTANTS[self.mutant].at == member.service
        return Conduct(mutant=self.mutant if planted else "", **misbehaviour)

    async def start(self, member: Member, **misbehaviour: Any) -> None:
        await member.start(self.conduct(member, **misbehaviour))

    async def restart(self, member: Member, **misbehaviour: Any) -> None:
        """Returns once it answers."""
        await member.restart(self.conduct(member, **misbehaviour))

    def member(self, *services: str) -> Member:
        """One of these, by chance; the one where the mutant shows, if there is one."""
        at = MUTANTS[self.mutant].at if self.mutant else ""
        return self.world[at if at in services else self.rng.choice(services)]

    def note(self, text: str) -> None:
        self.notes.append(text)

    async def arrived(self, within: float) -> list[str]:
        """Waits for everybody; who did not arrive, and why."""
        _, late = await asyncio.wait(self.lives, timeout=within) if self.lives else (set(), set())
        for life in late:
            life.cancel()
        ended = await asyncio.gather(*self.lives, return_exceptions=True)
        problems = [f"{len(late)} people did not arrive within {within:.0f} s"] if late else []
        for error in ended:
            if isinstance(error, Stalled):
                problems.append(f"the chain does not go on: {error}")
            elif isinstance(error, Exception):
                problems.append(f"the driver failed: {type(error).__name__}: {error}")
        return problems


Injection = Callable[[Round], Awaitable[None]]
"""Makes people live, makes something go wrong meanwhile, and heals it. Raises NotInjected."""


@dataclass(frozen=True)
class Fault:
    """`lacks` says what this machine does not have for it, or nothing."""

    name: str
    inject: Injection
    lacks: Callable[[Servers], str] = lambda _servers: ""
    people: int = 8


@dataclass
class Result:
    fault: str
    verdict: Verdict
    commands: str
    notes: list[str]
    seconds: float


async def play(
    world: World,
    fault: Fault,
    rng: Random,
    *,
    people: int | None = None,
    mutant: str = "",
    patience: float = 90.0,
    bound: float = BOUND_SECONDS,
) -> Result:
    """Raises NotInjected."""
    started = time.monotonic()
    history = world.history
    driver = Driver(world, history, patience=patience)
    told_before = len(history.commands)
    each = Round(world, rng, driver, people or fault.people, mutant)
    try:
        await fault.inject(each)
        driver.healed = time.monotonic()
        problems = await each.arrived(patience + 30)
    except BaseException:
        for life in each.lives:
            life.cancel()
        await asyncio.gather(*each.lives, return_exceptions=True)
        raise
    verdict = await check(world, history, bound=bound)
    verdict.late[:0] = problems
    outcomes = History(history.commands[told_before:]).outcomes()
    said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    return Result(fault.name, verdict, said, each.notes, time.monotonic() - started)
