"""What an event costs reporting as organisations and people become more: the same number of events, spread differently."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from plie_chassis.ids import new_id
from plie_chassis.messaging.kafka import Connection
from plie_contracts import streams
from plie_contracts.territory import COMMUNES
from plie_deploy.kafka import ADMIN

from .apply import Intake
from .lives import COLUMNS, Lives
from .relay import headers_of
from .stack import Machine, Stack

NAME = "growth"
FULL = 100_000
GROUP = 5
TERRITORIES = ["metropole", "gresivaudan", "voironnais", "chartreuse", "sud-gresivaudan"]
SPREADS = ((5, 1_000), (5, 10_000), (5, 100_000), (15, 10_000), (50, 10_000))
"""Organisations and participants."""


@dataclass(frozen=True)
class Spread:
    organisations: int
    participants: int
    events: int

    @property
    def maisons(self) -> list[str]:
        """Four of five organisations; the fifth is their CLAS: identity has an edge for each two Maisons of one CLAS."""
        return [f"maison-{number}" for number in range(self.organisations) if number % GROUP]

    def document(self) -> dict[str, Any]:
        """The declaration; the first organisation, a CLAS, has reporting too."""
        communes = [insee for insee, commune in COMMUNES.items() if commune.territory == "metropole"]
        organisations: dict[str, Any] = {}
        for number in range(self.organisations):
            clas = number - number % GROUP
            clas_name = f"clas-{clas}" if clas else "metropole"
            if number == clas:
                serves = {"communes": [communes[number // GROUP]]}
                services: dict[str, Any] = {"admission": {"port": 9100 + number, "title": clas_name, "serves": serves}}
                if not clas:
                    services["reporting"] = {"port": 9001}
                organisations[clas_name] = {"title": clas_name, "services": services}
            else:
                service = {"port": 9100 + number, "clas": clas_name, "etp": 5}
                organisations[f"maison-{number}"] = {"title": f"Maison {number}", "services": {"parcours": service}}
        return {"organisations": organisations, "not-served": {"territories": TERRITORIES}, "esf-operations": {}}

    async def microseconds(self, machine: Machine) -> float:
        """Of reporting's time, for each event."""
        with machine.stack(document=self.document()) as stack:
            async with stack.instance("metropole.reporting") as reporting:
                await self._publish(stack)
                topics = [self._topic(stack, maison) for maison in self.maisons]
                return 1e6 / await Intake(stack.kafka, reporting, topics, self.events).ours()

    async def _publish(self, stack: Stack) -> None:
        kafka = stack.kafka
        admin = Connection(kafka.bootstrap_servers, ADMIN, kafka.admin_password)
        async with admin.new_producer() as producer:
            for maison, row in self._rows(stack):
                source = streams.source_of(stack.declared.name(f"{maison}.parcours"))
                key, headers = row["key"].encode(), headers_of(row, source)
                sent = await producer.send(row["topic"], row["value"], key=key, headers=headers)
            await sent
            await producer.flush()

    def _rows(self, stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
        participants = [str(new_id()) for _ in range(self.participants)]
        lives = Lives(stack.declared.name("metropole"), stack.declared.name(self.maisons[0]))
        _, contact, *_ = lives.parcours("", 2)
        sample: dict[str, Any] = dict(zip(COLUMNS, contact, strict=True))
        for number in range(self.events):
            sequence, who = divmod(number, self.participants)
            participant, maison = participants[who], self.maisons[who % len(self.maisons)]
            value = sample["value"].replace(sample["key"].encode(), participant.encode())
            row = {"id": new_id(), "key": participant, "topic": self._topic(stack, maison), "value": value}
            yield maison, {**sample, **row, "sequence": sequence + 1}

    def _topic(self, stack: Stack, maison: str) -> str:
        return streams.facts_topic("parcours", stack.declared.name(maison))


async def table(machine: Machine, events: int) -> AsyncIterator[str]:
    """The lines of the table, as they are known."""
    yield f"\n{'reporting, cost of an event':<28}{'organisations':>18}{'participants':>18}{'µs':>8}"
    for organisations, participants in SPREADS:
        spread = Spread(organisations, min(participants, events), events)
        try:
            cost = f"{await spread.microseconds(machine):.0f}"
        except TimeoutError as why:  # a broker that is busy with a thousand topics
            cost = f"   not run: {why or 'in time'}"
        yield f"{'':<28}{organisations:>18}{spread.participants:>18,}{cost:>8}"
