"""Processes that end at once: at every step between a command and its effect, or anywhere."""

import asyncio

from .round import Fault, Injection, NotInjected, Round
from .servers import SERVICES
from .world import Member, until

WRITERS = ("orientation", "admission", "parcours")
REACHED_WITHIN = 60.0

# Where, in which services, and how late at most.
STEPS = {
    "transaction-open": (SERVICES, 40),
    "rows-and-outbox": (SERVICES, 30),
    "committed": (SERVICES, 30),
    "http-reply": (WRITERS, 6),
    "relay-selected": (WRITERS, 6),
    "relay-sent": (WRITERS, 5),
    "relay-acknowledged": (WRITERS, 4),
    "relay-marked": (WRITERS, 4),
    "inbox-polled": (SERVICES, 4),
    "inbox-noted": (SERVICES, 4),
    "inbox-applied": (SERVICES, 4),
    "inbox-committed": (SERVICES, 4),
    "offset-commit": (SERVICES, 4),
}


def crash(step: str) -> Injection:
    services, latest = STEPS.get(step, (WRITERS, 5))

    async def inject(round_: Round) -> None:
        member, time = round_.member(*services), round_.rng.randint(1, latest)
        await member.stop()
        await round_.start(member, crash=f"{step}:{time}")
        if not await until(lambda: _died(round_, member), REACHED_WITHIN):
            raise NotInjected(f"{member.service} did not reach {step} {time} times")
        round_.note(f"{member.service} died at {step} for the {time}. time")
        await round_.start(member)

    return inject


async def _died(round_: Round, member: Member) -> bool:
    """People set out, and others after them, until it has."""
    if member.is_running() and all(life.done() for life in round_.lives):
        round_.live()
    return not member.is_running()


async def kill_at_random(round_: Round) -> None:
    round_.live()
    for _ in range(round_.rng.randint(3, 5)):
        await asyncio.sleep(round_.rng.uniform(0.1, 1.2))
        victims = round_.rng.sample(SERVICES, round_.rng.randint(1, 2))
        for service in victims:
            await round_.world[service].kill()
        round_.note("killed " + " and ".join(victims))
        await asyncio.sleep(round_.rng.uniform(0, 0.5))
        for service in victims:
            await round_.restart(round_.world[service])


FAULTS = (*(Fault(f"crash/{step}", crash(step)) for step in STEPS), Fault("kill-9", kill_at_random))

# At a step that only the mutant has which commits before its outbox rows.
OF_A_MUTANT = Fault("crash/before-the-outbox", crash("before-the-outbox"))
