"""Small worlds told as facts, on a real PostgreSQL: every test says who did what on which day, then asks for figures."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from plie_chassis.calendar import PARIS
from plie_chassis.database import create_engine
from plie_chassis.ids import new_id
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork, Units
from plie_contracts.declaration import Declaration, load
from plie_contracts.events import EVENTS
from plie_contracts.streams import facts_topic
from plie_deploy.testing import DECLARATION, NewDatabase, schema_of
from plie_reporting.domain.statistics import Question, Result
from plie_reporting.handlers import facts
from plie_reporting.queries import statistics
from plie_reporting.tables import metadata

TODAY = date(2026, 3, 10)
PLACED = {
    "orientation": {
        "addressed_to": "centre-isere",
        "prescriber": {"kind": "DEPT"},
        "person": {"age": 42, "sex": "F", "commune_insee": "38563", "qpv_resident": False, "education_level": 2},
        "situation": {
            "employment": "unemployed",
            "unemployed_months": 20,
            "rsa_recipient": True,
            "first_time_jobseeker": False,
            "entering_iae": False,
        },
        "barriers": ["mobilite", "numerique"],
        "adhesion": True,
        "continuity": False,
    }
}


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    """The middle of a civil day in Paris."""
    return datetime.combine(day(text), time(12), PARIS)


@dataclass
class Told:
    """Facts in the order in which they were said, each where its writer's log holds it."""

    facts: list[Received[Any]] = field(default_factory=list)
    offsets: Iterator[int] = field(default_factory=count)
    sequences: dict[tuple[str, str], int] = field(default_factory=dict)

    def say(self, name: str, writer: str, recorded: str, **fields: Any) -> Received[Any]:
        event = EVENTS[name].model_validate(fields, strict=False)
        topic = facts_topic(event.FAMILY, writer)
        sequence = self.sequences[topic, event.key()] = self.sequences.get((topic, event.key()), 0) + 1
        told = Received(
            event=event,
            id=str(new_id()),
            source=f"/organisations/{writer}/{event.FAMILY}",
            writer=f"{writer}.{event.FAMILY}",
            sequence=sequence,
            topic=topic,
            partition=0,
            offset=next(self.offsets),
            recorded_at=at(recorded).astimezone(UTC),
        )
        self.facts.append(told)
        return told

    def person(self, **changes: Any) -> "Person":
        return Person(self, **changes)

    @staticmethod
    def at(text: str) -> datetime:
        return at(text)


@dataclass
class Person:
    """One orientation and its parcours, told day by day (ISO dates)."""

    told: Told
    orientation_id: UUID = field(default_factory=new_id)
    participant_id: UUID = field(default_factory=new_id)
    parcours_no: int = 1
    prescriber: str = "departement-38"
    clas: str = "centre-isere"
    maison: str = "centre-isere"
    decisions: int = 0

    def received(self, on: str, **changes: Any) -> "Person":
        return self._state("OrientationReceived", on, on, **changes)

    def corrected(self, on: str, received_on: str, **changes: Any) -> "Person":
        return self._state("OrientationCorrected", on, received_on, reason_code="erreur-saisie", **changes)

    def _state(self, name: str, on: str, received_on: str, **changes: Any) -> "Person":
        stated = {**PLACED["orientation"], "addressed_to": self.clas}
        for part in ("person", "situation", "prescriber"):
            stated[part] = {**stated[part], **changes.pop(part, {})}
        stated |= {"orientation_id": self.orientation_id, "received_at": at(received_on), **changes}
        self.told.say(name, self.prescriber, on, **stated)
        return self

    def withdrawn(self, on: str) -> "Person":
        fields = {"orientation_id": self.orientation_id, "withdrawn_on": on, "reason_code": "refus-personne"}
        self.told.say("OrientationWithdrawn", self.prescriber, on, **fields)
        return self

    def admitted(self, on: str, **changes: Any) -> "Person":
        met = dict.fromkeys(("territory", "without_employment", "difficulties", "adhesion"), "met")
        return self._decided(
            "AdmissionValidated",
            on,
            **{
                "participant_id": self.participant_id,
                "parcours_no": self.parcours_no,
                "clas": self.clas,
                "maison": self.maison,
                "criteria": met,
                "overridden": False,
                "plus_value_code": "levee-freins",
                **changes,
            },
        )

    def deferred(self, on: str) -> "Person":
        return self._decided("AdmissionDeferred", on, reason_code="absent", defer_until="2027-01-01")

    def refused(self, on: str) -> "Person":
        return self._decided("AdmissionRefused", on, reason_code="hors-territoire")

    def _decided(self, name: str, on: str, **fields: Any) -> "Person":
        self.decisions += 1
        decision = {"decision_number": self.decisions, "decided_on": on, "session_id": new_id()}
        self.told.say(name, self.clas, on, orientation_id=self.orientation_id, **{**decision, **fields})
        return self

    def transferred(self, on: str, to: str) -> "Person":
        fields = {"from": self.clas, "to": to, "transferred_on": on, "reason_code": "demenagement"}
        self.told.say("OrientationTransferred", self.clas, on, orientation_id=self.orientation_id, **fields)
        self.clas = to
        return self

    def reassigned(self, on: str, to: str) -> "Person":
        fields = {"participant_id": self.participant_id, "from": self.maison, "to": to, "effective_on": on}
        fields |= {"orientation_id": self.orientation_id, "reason_code": "charge"}
        self.told.say("MaisonReassigned", self.clas, on, **fields)
        self.maison = to
        return self

    def merged_into(self, on: str, other: "Person") -> "Person":
        fields = {"participant_id": self.participant_id, "merged_into": other.participant_id, "merged_on": on}
        self.told.say("ParticipantMerged", self.clas, on, orientation_id=self.orientation_id, **fields)
        return self

    def says(self, name: str, recorded: str, **fields: Any) -> "Person":
        """A fact of the parcours, by the Maison in charge."""
        whose = {"participant_id": self.participant_id, "parcours_no": self.parcours_no}
        self.told.say(name, fields.pop("writer", self.maison), recorded, **{**whose, **fields})
        return self

    def opened(self, on: str, **changes: Any) -> "Person":
        return self.says("ParcoursOpened", on, opened_on=on, referent_id="r-1", modality="emploi-renforce", **changes)

    def contact(self, on: str, medium: str = "presentiel", **changes: Any) -> "Person":
        stated = {"contact_id": new_id(), "occurred_on": on, "medium": medium, "outcome": "honore"}
        stated |= {"referent_id": "r-1", "stage": "accompaniment", "first_interview": False, **changes}
        return self.says(stated.pop("name", "ContactLogged"), stated.pop("recorded", on), **stated)

    def interview(self, on: str) -> "Person":
        return self.contact(on, stage="welcome", first_interview=True)

    def signed(self, on: str) -> "Person":
        return self.says("ContractSigned", on, contract_id=new_id(), kind="contrat-plie", signed_on=on)

    def step(self, on: str, kind: str) -> "Person":
        return self.says("StepStarted", on, step_id=new_id(), kind=kind, started_on=on)

    def attended(self, on: str, hours: float = 3, **changes: Any) -> "Person":
        stated = {"action_id": new_id(), "action_kind": "autre", "held_on": on, "hours": hours, "present": True}
        return self.says("ActionAttended", on, **{**stated, **changes})

    def job(self, on: str, contract_kind: str = "cdi", **changes: Any) -> "Person":
        durable = {"durable": contract_kind in {"cdi", "creation-entreprise"}}
        stated = {"job_id": new_id(), "started_on": on, "contract_kind": contract_kind, **durable, **changes}
        return self.says(stated.pop("name", "JobStarted"), stated.pop("recorded", on), **stated)

    def attested(self, on: str, job_id: UUID, month: int, *, in_employment: bool = True) -> "Person":
        fields = {"job_id": job_id, "month": month, "in_employment": in_employment, "attested_on": on}
        return self.says("FollowUpMilestone", on, **fields)

    def followed(self, on: str, job_id: UUID, outcome: str = "in-employment", **changes: Any) -> "Person":
        fields = {"job_id": job_id, "ended_on": on, "outcome": outcome, "months_followed": 6, **changes}
        return self.says("FollowUpEnded", on, **fields)

    def ended(self, on: str, kind: str = "positive", reason_code: str = "emploi-durable") -> "Person":
        return self.says("ParcoursEnded", on, ended_on=on, kind=kind, reason_code=reason_code)

    def accompanied(self, on: str) -> "Person":
        """Received, admitted and opened on one day."""
        return self.received(on).admitted(on).opened(on)


@dataclass(frozen=True)
class Store:
    """A fact store of one test."""

    units: Units
    engine: AsyncEngine

    @asynccontextmanager
    async def work(self) -> AsyncIterator[UnitOfWork]:
        async with self.units.begin(now=datetime.combine(TODAY, time(9), PARIS)) as work:
            yield work

    async def take(self, told: Sequence[Received[Any]]) -> None:
        async with self.work() as work:
            await facts.apply(told, work)

    async def figures(self, first: str, last: str, **asked: Any) -> dict[str, Result]:
        question = Question(day(first), day(last), asked.pop("today", TODAY), **asked)
        async with self.work() as work:
            return {result.figure.code: result for result in await statistics.answer(question, work)}

    async def value(self, code: str, first: str = "2026-01-01", last: str = "2026-12-31", **asked: Any) -> float | None:
        return (await self.figures(first, last, **asked))[code].total.value


with_tables = schema_of("plie_reporting", metadata)


@pytest.fixture(scope="session")
def schema() -> Callable[[str], Any]:
    return with_tables


@pytest.fixture(scope="session")
def declaration() -> Declaration:
    return load(DECLARATION)


@pytest.fixture
async def new_store(database: NewDatabase, declaration: Declaration) -> AsyncIterator[Callable[[], Any]]:
    engines: list[AsyncEngine] = []

    async def new() -> Store:
        engines.append(create_engine(await database(with_tables), pool_size=4))
        return Store(Units(engines[-1], declaration.instance("metropole.reporting"), declaration), engines[-1])

    yield new
    for engine in engines:
        await engine.dispose()


@pytest.fixture
async def store(new_store: Callable[[], Any]) -> Store:
    return await new_store()


@pytest.fixture
def told() -> Told:
    return Told()
