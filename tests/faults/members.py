"""Members that come and go in the middle of a batch, that are slow, or whose clock is wrong."""

import asyncio
from datetime import UTC, datetime

from plie_chassis.calendar import PARIS
from plie_deploy.processes import free_port

from .round import Fault, Round
from .servers import SERVICES

# An hour that is there twice, and one that is not there.
CHANGES = (datetime(2026, 10, 25, 2, 59, 55, tzinfo=PARIS), datetime(2027, 3, 28, 1, 59, 55, tzinfo=PARIS))


async def rebalance(round_: Round) -> None:
    """A second member joins and leaves, twice politely or not, while handlers are at work."""
    member = round_.member(*SERVICES)
    await round_.restart(member, slow=0.3)
    round_.live()
    for _ in range(2):
        await asyncio.sleep(round_.rng.uniform(0.3, 1.0))
        second = await member.fork(round_.conduct(member, slow=0.3), "serve", PLIE_PORT=str(free_port()))
        await asyncio.sleep(round_.rng.uniform(2.0, 4.0))
        politely = round_.rng.random() < 0.5
        await asyncio.to_thread(second.stop if politely else second.kill)
        round_.note(f"a second {member.service} {'left' if politely else 'was killed'}")
    await round_.restart(member)


async def consume_slowly(round_: Round) -> None:
    member = round_.member("reporting", "admission")
    await round_.restart(member, slow=1.5)
    round_.live()
    await asyncio.sleep(round_.rng.uniform(5.0, 8.0))
    await round_.restart(member)


async def disagree_on_the_time(round_: Round) -> None:
    """Two services are some hours or minutes from the others and from PostgreSQL; then they are set right."""
    for service in round_.rng.sample(SERVICES, 2):
        clock = round_.rng.choice((-1, 1)) * round_.rng.uniform(60, 3 * 3600)
        await round_.restart(round_.world[service], clock=clock)
        round_.note(f"{service} {clock / 60:+.0f} min")
    round_.live()
    await asyncio.wait(round_.lives, timeout=20)
    for service in SERVICES:
        await round_.restart(round_.world[service])


async def change_the_hour(round_: Round) -> None:
    """Summer time begins or ends while people live."""
    change = round_.rng.choice(CHANGES)
    round_.shift = change.astimezone(UTC) - datetime.now(UTC)
    for service in SERVICES:
        await round_.restart(round_.world[service], clock=round_.shift.total_seconds())
    round_.note(f"from {change:%Y-%m-%d %H:%M:%S}")
    round_.live()
    await asyncio.wait(round_.lives, timeout=60)
    for service in SERVICES:
        await round_.restart(round_.world[service])


FAULTS = (
    Fault("rebalance", rebalance),
    Fault("slow-consumer", consume_slowly),
    Fault("clock/skew", disagree_on_the_time),
    Fault("clock/change-of-hour", change_the_hour),
)
