"""Which figures there are, and how much is measured for each."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from plie_reporting.subscriptions import SUBSCRIPTIONS

from . import http
from .apply import Intake, publish
from .latency import CommitToConsumable
from .lives import Lives
from .memory import at_rest
from .relay import Drain
from .rows import Row, beside
from .stack import Stack

INSTANCES = "departement-38.orientation", "metropole.admission", "mde-grenoble-nord.parcours", "metropole.reporting"


@dataclass(frozen=True)
class Sizes:
    """What one round takes; `commit_seconds` of 200 commits a second."""

    rounds: int
    posted: int
    relayed: int
    commit_seconds: float
    applied: int


FULL = Sizes(rounds=3, posted=1_000, relayed=50_000, commit_seconds=10, applied=60_000)
SMALL = Sizes(rounds=1, posted=20, relayed=1_000, commit_seconds=0.5, applied=500)


async def measure(stack: Stack, sizes: Sizes) -> AsyncIterator[Row]:
    """The rows, as they are known."""
    async with AsyncExitStack() as opened:
        sites = [await opened.enter_async_context(stack.instance(name)) for name in INSTANCES]
        prescriber, clas, maison, reporting = sites
        lives = Lives(clas.instance.organisation, maison.instance.organisation)

        writers = prescriber, clas, maison
        count = await publish(lives, writers, sizes.applied)
        topics = [site.facts_topic for site in writers]
        intake = Intake(stack.kafka, reporting, SUBSCRIPTIONS, topics, count)
        yield await beside("apply/bare-upsert", intake.ours, intake.bare, sizes.rounds, unit="events/s", at_least=0.5)

        drain = Drain(maison, lives, sizes.relayed)
        await drain.prepare()
        yield await beside("relay/bare-loop", drain.ours, drain.bare, sizes.rounds, unit="events/s", at_least=0.7)
        yield await CommitToConsumable(maison, reporting, 200, sizes.commit_seconds).row()

        async with http.ours(stack, prescriber) as ours, http.bare(stack, prescriber) as bare:
            yield await at_rest(ours.child.pid)
            accepted = partial(ours.accepted, sizes.posted), partial(bare.accepted, sizes.posted)
            yield await beside("http/bare-insert", *accepted, sizes.rounds, unit="requests/s", at_least=0.7)
