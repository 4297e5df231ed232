"""Links that are cut, carry one way only, delay, truncate and reset; answers that are lost and commands sent twice."""

import asyncio
from collections.abc import Sequence

from .proxy import Link, Way, Weather
from .round import Fault, Injection, Round
from .servers import SERVICES

WRITERS = ("orientation", "admission", "parcours")


def weather(round_: Round, kind: str) -> Weather:
    match kind:
        case "cut":
            return Weather(cut=True)
        case "one-way":
            return Weather(held=frozenset({round_.rng.choice(list(Way))}))
        case "delay":
            return Weather(delay=round_.rng.uniform(0.02, 0.2))
        case "truncate":
            return Weather(truncates=round_.rng.uniform(0.02, 0.1))
    raise ValueError(kind)


def disturb(server: str, kind: str) -> Injection:
    """Some instances, or all, are disturbed on their way to `server`, a few times."""

    async def inject(round_: Round) -> None:
        round_.live()
        for _ in range(round_.rng.randint(1, 3)):
            await asyncio.sleep(round_.rng.uniform(0.1, 1.0))
            services = round_.rng.sample(SERVICES, round_.rng.randint(1, len(SERVICES)))
            links = _links(round_, server, services)
            round_.note(f"{', '.join(services)} to {server}")
            if kind == "reset":
                for link in links:
                    link.reset()
                continue
            for link in links:
                link.change(weather(round_, kind))
            await asyncio.sleep(round_.rng.uniform(0.5, 4.0))
            for link in links:
                # What was held may arrive late, or its connection be gone.
                if kind == "one-way" and round_.rng.random() < 0.5:
                    link.reset()
                link.heal()

    return inject


def _links(round_: Round, server: str, services: Sequence[str]) -> list[Link]:
    members = [round_.world[service] for service in services]
    return [member.kafka if server == "kafka" else member.postgres for member in members]


async def lose_replies(round_: Round) -> None:
    links = [round_.world[service].link for service in WRITERS]
    for link in links:
        link.change(Weather(loses_replies=round_.rng.uniform(0.2, 0.5)))
    round_.live()
    await asyncio.sleep(round_.rng.uniform(3.0, 5.0))
    for link in links:
        link.heal()


async def click_twice(round_: Round) -> None:
    round_.driver.clicks_twice = 0.7
    round_.live()


async def click_twice_and_lose_replies(round_: Round) -> None:
    round_.driver.clicks_twice = 0.7
    await lose_replies(round_)


FAULTS = (
    *(
        Fault(f"network/{server}-{kind}", disturb(server, kind))
        for server in ("kafka", "postgres")
        for kind in ("cut", "one-way", "delay", "truncate", "reset")
    ),
    Fault("lost-http-reply", lose_replies),
    Fault("double-click", click_twice),
    Fault("double-click-and-lost-reply", click_twice_and_lose_replies),
)
