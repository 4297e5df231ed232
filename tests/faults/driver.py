"""Sends commands from outside, as a partner's system does, and notes what it was told of each.

A lost answer leaves a command unknown; it is asked again under its key, or left alone: both happen.
"""

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
from aiokafka.errors import KafkaError

from .history import Command, Effect, History, Outcome
from .world import Member, World

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
PAUSE = 0.2


class Refused(Exception):
    """A 4xx: the command had no effect."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class GivenUp(Exception):
    """Nobody asks again after a lost answer: whoever waits for its result stops here."""


class Stalled(Exception):
    """What had to follow did not come in time."""


@dataclass
class Driver:
    """`insists` is the chance that a lost answer is asked for again; `clicks_twice` that a command is sent twice at once.

    It waits for as long as something is broken, and for `patience` seconds from when all is `healed`.
    """

    world: World
    history: History = field(default_factory=History)
    insists: float = 0.7
    clicks_twice: float = 0.0
    patience: float = 90.0
    healed: float | None = None

    def is_patient(self, since: float) -> bool:
        return self.healed is None or time.monotonic() < max(since, self.healed) + self.patience

    async def send(self, rng: Random, to: Member, path: str, body: dict[str, Any], effect: Effect) -> dict[str, Any]:
        """The answer of a POST that was taken. Raises Refused, or GivenUp."""
        command = self.history.begin(effect)
        self.history.confide(body)
        key = str(uuid.uuid4())
        if rng.random() < self.clicks_twice:
            answers = await asyncio.gather(
                *(self._insist(rng, to, path, body, key, command) for _ in range(2)), return_exceptions=True
            )
            return self._both(command, answers)
        return await self._insist(rng, to, path, body, key, command)

    def _both(self, command: Command, answers: list[dict[str, Any] | BaseException]) -> dict[str, Any]:
        """A click and its echo are one command: what one of them was told stands for both."""
        taken = [answer for answer in answers if isinstance(answer, dict)]
        if taken:
            command.outcome = Outcome.OK
            if len({json.dumps(answer, sort_keys=True) for answer in taken}) > 1:
                command.told.append("two answers differ")
            return taken[0]
        error = next((answer for answer in answers if isinstance(answer, GivenUp)), answers[0])
        command.outcome = Outcome.FAILED if isinstance(error, Refused) else Outcome.UNKNOWN
        assert isinstance(error, BaseException)
        raise error

    async def _insist(
        self, rng: Random, to: Member, path: str, body: dict[str, Any], key: str, command: Command
    ) -> dict[str, Any]:
        may_be_done, since = False, time.monotonic()
        while True:
            try:
                answer = await to.client.post(f"/api/v1{path}", json=body, headers={"Idempotency-Key": key})
            except NEVER_SENT as error:
                command.told.append(type(error).__name__)
            except httpx.TransportError as error:
                command.told.append(type(error).__name__)
                may_be_done = True
            else:
                command.told.append(str(answer.status_code))
                if answer.is_success:
                    command.outcome = Outcome.OK
                    return dict(answer.json())
                code = code_of(answer)
                if answer.status_code >= 500:
                    may_be_done = True
                elif code != "idempotency.running" and answer.status_code != 429:
                    command.outcome = Outcome.FAILED
                    raise Refused(code)
            if not self.is_patient(since) or rng.random() > self.insists:
                command.outcome = Outcome.UNKNOWN if may_be_done else Outcome.FAILED
                raise GivenUp
            await asyncio.sleep(rng.uniform(PAUSE / 2, 2 * PAUSE))

    async def submit(self, producer: str, body: dict[str, Any], effect: Effect | None, *, id_: str = "") -> None:
        """A direct producer's record; without an effect where it repeats another. Raises GivenUp without a confirmation."""
        command, slug = self.history.begin(effect) if effect else None, self.world.organisation(producer)
        self.history.confide(body)
        reference = str(body["external_reference"])
        headers = {
            "ce_specversion": "1.0",
            "ce_id": id_ or str(uuid.uuid4()),
            "ce_source": f"/organisations/{slug}",
            "ce_type": "fr.plie.OrientationSubmitted.v1",
            "ce_subject": reference,
            "ce_time": datetime.now(UTC).isoformat(),
            "ce_dataschema": "urn:plie:OrientationSubmitted:v1",
            "content-type": "application/json",
        }
        try:
            async with asyncio.timeout(15), self.world.producer(slug) as kafka:
                await kafka.send_and_wait(
                    f"plie.submission.v1.{slug}",
                    json.dumps(body).encode(),
                    key=reference.encode(),
                    headers=[(name, value.encode()) for name, value in headers.items()],
                )
        except (KafkaError, TimeoutError) as error:
            if command:
                command.told.append(type(error).__name__)
            raise GivenUp from error
        if command:
            command.outcome = Outcome.OK

    async def seen(self, of: Member, path: str, *wanted: str, **expected: Any) -> dict[str, Any]:
        """The resource, once it is there and says so; `wanted` names fields that must not be empty. Raises Stalled."""
        since, last = time.monotonic(), "nothing"
        while self.is_patient(since):
            try:
                answer = await of.client.get(f"/api/v1{path}")
            except httpx.TransportError as error:
                last = type(error).__name__
            else:
                body = answer.json() if answer.is_success else {}
                if body and expected.items() <= body.items() and all(body.get(name) for name in wanted):
                    return dict(body)
                last = f"{answer.status_code} { ({name: body.get(name) for name in (*expected, *wanted)}) }"
            await asyncio.sleep(PAUSE)
        raise Stalled(f"{of.service} {path}: {last}")


def code_of(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("code", answer.status_code))
    except ValueError:
        return str(answer.status_code)
