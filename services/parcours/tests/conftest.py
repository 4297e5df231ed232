"""What the tests of the service share: a life told by the domain's rules, and a Maison on a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import ClassVar
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from plie_chassis.accounts.commands import AddAccount, add_account
from plie_chassis.database import create_engine
from plie_chassis.ids import new_id
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import Actor, Units
from plie_contracts.declaration import load
from plie_contracts.events import (
    EVENTS,
    AdmissionRefused,
    AdmissionValidated,
    Criteria,
    FilePrescriber,
    FileSituation,
    IdentityProvided,
    MaisonReassigned,
    OrientationFile,
)
from plie_deploy.testing import DECLARATION, NewDatabase, schema_of
from plie_parcours import store
from plie_parcours.domain import barriers, contacts, contracts, follow_ups, history, jobs, referents, steps
from plie_parcours.domain.contacts import ContactDraft
from plie_parcours.domain.contracts import ContractDraft
from plie_parcours.domain.records import Fact
from plie_parcours.handlers.contacts import LogContact, log_contact
from plie_parcours.handlers.contracts import SignContract, sign_contract
from plie_parcours.handlers.referents import AssignReferent, assign_referent
from plie_parcours.subscriptions import SUBSCRIPTIONS
from plie_parcours.tables import Base

LATER = date(2035, 1, 1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def admission(on: str = "2026-03-19", **changes) -> AdmissionValidated:
    stated = {
        "orientation_id": new_id(),
        "decision_number": 1,
        "participant_id": new_id(),
        "parcours_no": 1,
        "clas": "centre-isere",
        "maison": "centre-isere",
        "decided_on": day(on),
        "session_id": new_id(),
        "criteria": Criteria(**dict.fromkeys(("territory", "without_employment", "difficulties", "adhesion"), "met")),
        "overridden": False,
        "plus_value_code": "coordination-parcours",
    }
    return AdmissionValidated(**{**stated, **changes})


class Life:
    """A parcours told through the domain's own rules; dates are ISO texts, `today` lies far ahead."""

    def __init__(self, admitted_on: str = "2026-03-19") -> None:
        self.admission = admission(admitted_on)
        self.parcours = history.told_by([Fact(self.admission)])

    @classmethod
    def of(cls, file) -> "Life":
        """The same person elsewhere: admitted, and nothing known yet."""
        other = cls()
        other.parcours = replace(other.parcours, participant_id=file.participant_id, number=file.parcours_no)
        return other

    def tells(self, event, **withheld) -> "Life":
        self.parcours = history.after(self.parcours, Fact(event, withheld))
        return self

    def opened(self, referent_id: str = "referent-03", on: str | None = None) -> "Life":
        today = day(on) if on else self.parcours.admitted_on
        event = referents.assign(self.parcours, referent_id, today, reason_code="charge", modality="emploi-renforce")
        return self.tells(event)

    def revoked(self, on: str) -> "Life":
        return self.tells(
            AdmissionRefused(
                orientation_id=self.parcours.orientation_id,
                decision_number=2,
                decided_on=day(on),
                session_id=new_id(),
                reason_code="non-eligible",
            )
        )

    def contact(self, on: str, medium: str = "telephone", outcome: str = "honore", **more) -> "Life":
        draft = contacts.ContactDraft(day(on), medium, outcome, **more)
        self.tells(contacts.log(self.parcours, new_id(), draft, LATER))
        for event in contacts.first_interviews_to_restate(self.parcours):
            self.tells(event)
        return self

    def interview(self, on: str) -> "Life":
        return self.contact(on, "presentiel")

    def contract(self, on: str, kind: str = "contrat-plie") -> "Life":
        draft = contracts.ContractDraft(kind, day(on))
        return self.tells(contracts.sign(self.parcours, new_id(), draft, LATER, rsa_recipient=None))

    def welcomed(self, on: str) -> "Life":
        """First interview and contract on one day."""
        return self.opened().interview(on).contract(on)

    def job(self, on: str, kind: str = "cdi", until: str | None = None, **more) -> "Life":
        draft = jobs.JobDraft(day(on), kind, **more)
        self.tells(jobs.start(self.parcours, new_id(), draft, LATER))
        follow_up = jobs.follow_up_of_durable_job(self.parcours, self.last_job, LATER)
        if follow_up is not None:
            self.tells(follow_up)
        return self.job_ended(until) if until else self

    def job_ended(self, on: str, reason_code: str = "fin-contrat") -> "Life":
        return self.tells(jobs.end(self.parcours, self.last_job, day(on), reason_code, LATER))

    def attested(self, month: int, on: str, *, in_employment: bool = True, evidence: str | None = "payslip") -> "Life":
        event = follow_ups.attest(
            self.parcours,
            self.last_job,
            month=month,
            in_employment=in_employment,
            evidence=evidence,
            attested_on=day(on),
            today=LATER,
        )
        return self.tells(event)

    def follow_up_ended(self, on: str, outcome: str = "in-employment", **more) -> "Life":
        stated = {"evidence": None, "reason_code": None, **more}
        event = follow_ups.end(self.parcours, self.last_job, ended_on=day(on), outcome=outcome, today=LATER, **stated)
        return self.tells(event)

    def step(self, on: str, kind: str, planned_end_on: str | None = None, **more) -> "Life":
        draft = steps.StepDraft(kind, day(on), planned_end_on=day(planned_end_on) if planned_end_on else None, **more)
        return self.tells(steps.start(self.parcours, new_id(), draft, LATER))

    def step_ended(self, on: str, status: str = "done") -> "Life":
        return self.tells(steps.end(self.parcours, self.last_step, day(on), status, None, LATER))

    def qualified(self, on: str, months: int | None = None) -> "Life":
        return self.tells(steps.obtain_qualification(self.parcours, self.last_step, day(on), 3, months, LATER))

    def reviewed(self, on: str, **levels: int) -> "Life":
        review = barriers.review(self.parcours, day(on), levels or {"mobilite": 2}, LATER)
        return self.tells(review.event, levels=review.withheld_levels)

    @property
    def last_job(self) -> UUID:
        return next(reversed(self.parcours.jobs))

    @property
    def last_step(self) -> UUID:
        return next(reversed(self.parcours.steps))

    @property
    def last_contact(self) -> UUID:
        return next(reversed(self.parcours.contacts))


@pytest.fixture
def life() -> type[Life]:
    return Life


CLAS = "centre-isere.admission"


schema = schema_of("plie_parcours", Base.metadata)


def somebody(name: str, *, roles: tuple[str, ...] = (), referent_id: str | None = None, organisation="centre-isere"):
    return Actor("account", new_id(), name, organisation, roles=frozenset(roles), referent_id=referent_id)


COORDINATOR = somebody("Claire Montagnon", roles=("coordinator",))
REFERENT = somebody("Denis Royer", roles=("referent",), referent_id="referent-03")
OTHER_REFERENT = somebody("Hélène Brun", roles=("referent",), referent_id="referent-07")


def identity(
    participant_id: UUID, last_name: str = "Bérard", *, rsa_recipient: bool = True, **changes
) -> IdentityProvided:
    stated = {
        "subject_kind": "participant",
        "subject_id": participant_id,
        "last_name": last_name,
        "first_name": "Noémie",
        "birth_date": date(1983, 5, 4),
        "commune_insee": "38563",
        "phone": "+33639980427",
        "file": OrientationFile(
            orientation_id=new_id(),
            prescriber=FilePrescriber(organisation="departement-38", kind="DEPT"),
            received_on=date(2026, 3, 2),
            situation=FileSituation(
                employment="unemployed", rsa_recipient=rsa_recipient, first_time_jobseeker=False, entering_iae=False
            ),
            barriers=("mobilite",),
            adhesion_on=date(2026, 3, 1),
        ),
    }
    return IdentityProvided(**{**stated, **changes})


def reassigned(admission: AdmissionValidated, on: str, **changes) -> MaisonReassigned:
    """The CLAS decides that the person leaves the Maison that it admitted them to."""
    stated = {
        "orientation_id": admission.orientation_id,
        "participant_id": admission.participant_id,
        "from_": admission.maison,
        "to": "mde-grenoble-sud",
        "effective_on": day(on),
        "reason_code": "demenagement",
    }
    return MaisonReassigned(**(stated | changes))


@dataclass
class Maison:
    """A Maison on its own database; `today` is its day, `actor` who acts, `clas` whom it hears."""

    units: Units
    engine: AsyncEngine
    clas: str = CLAS
    today: date = date(2027, 6, 15)
    actor: Actor = COORDINATOR
    sequence: int = 0

    COORDINATOR: ClassVar[Actor] = COORDINATOR
    REFERENT: ClassVar[Actor] = REFERENT
    OTHER_REFERENT: ClassVar[Actor] = OTHER_REFERENT
    somebody = staticmethod(somebody)
    admission = staticmethod(admission)
    identity = staticmethod(identity)
    reassigned = staticmethod(reassigned)

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, datetime.min.time().replace(hour=10), UTC)

    def as_(self, actor: Actor) -> "Maison":
        return replace(self, actor=actor)

    def on(self, day: str) -> "Maison":
        return replace(self, today=date.fromisoformat(day))

    async def do(self, handler, command):
        async with self.units.begin(actor=self.actor, now=self.now) as work:
            return await handler(command, work)

    async def receives(self, event, writer: str | None = None, sequence: int | None = None) -> None:
        self.sequence += 1
        writer = writer or self.clas
        received = Received(
            event=event,
            id=str(new_id()),
            source="/organisations/" + writer.replace(".", "/"),
            writer=writer,
            sequence=sequence or self.sequence,
            topic="",
            partition=0,
            offset=self.sequence,
            recorded_at=self.now,
        )
        async with self.units.begin(now=self.now) as work:
            await SUBSCRIPTIONS.apply([received], work)

    async def admits(self, on: str = "2026-03-19", **changes) -> UUID:
        event = admission(on, **changes)
        await self.receives(event)
        return event.participant_id

    async def opens(self, on: str = "2026-03-19") -> UUID:
        participant_id = await self.admits(on)
        await self.on(on).do(assign_referent, AssignReferent(participant_id, "referent-03"))
        return participant_id

    async def welcomes(self, on: str = "2026-03-19", met_on: str = "2026-04-07") -> UUID:
        """A référent, a first interview and a contract."""
        participant_id = await self.opens(on)
        day = date.fromisoformat(met_on)
        await self.do(log_contact, LogContact(participant_id, ContactDraft(day, "presentiel", "honore")))
        await self.do(sign_contract, SignContract(participant_id, ContractDraft("contrat-plie", day)))
        return participant_id

    async def sent(self, name: str) -> list:
        """The events of this type on their way out."""
        rows = await self.rows("select value from outbox where type = :name order by position", name=name)
        return [EVENTS[name].model_validate_json(bytes(value)) for (value,) in rows]

    async def parcours(self, participant_id: UUID):
        async with self.units.begin(now=self.now) as work:
            return store.current(store.parcours_by_number(await store.facts_of(participant_id, work)))

    async def rows(self, query: str, **values) -> list[tuple]:
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query), values)]

    async def told(self, participant_id: UUID | None = None) -> list[str]:
        """Names of the events on their way out, in order."""
        rows = await self.rows("select type, key from outbox order by position")
        return [name for name, key in rows if participant_id is None or key == str(participant_id)]


async def referents_of(units: Units) -> None:
    """Two accounts that act as a référent."""
    async with units.begin() as work:
        for number in ("03", "07"):
            command = AddAccount(
                login=f"referent-{number}",
                display_name=f"Référent {number}",
                roles=["referent"],
                password="un mot de passe assez long",
                referent_id=f"referent-{number}",
            )
            await add_account(command, work)


@asynccontextmanager
async def maison_of(organisation: str, clas: str, database: NewDatabase) -> AsyncIterator[Maison]:
    engine = create_engine(await database(schema))
    declaration = load(DECLARATION)
    units = Units(engine, declaration.instance(f"{organisation}.parcours"), declaration)
    await referents_of(units)
    yield Maison(units, engine, clas)
    await engine.dispose()


@pytest.fixture
async def maison(database: NewDatabase) -> AsyncIterator[Maison]:
    """The Maison of Centre Isère, the only one of its CLAS."""
    async with maison_of("centre-isere", CLAS, database) as made:
        yield made


@pytest.fixture
async def nord(database: NewDatabase) -> AsyncIterator[Maison]:
    async with maison_of("mde-grenoble-nord", "metropole.admission", database) as made:
        yield made


@pytest.fixture
async def sud(database: NewDatabase) -> AsyncIterator[Maison]:
    """The other Maison of the same CLAS."""
    async with maison_of("mde-grenoble-sud", "metropole.admission", database) as made:
        yield made
