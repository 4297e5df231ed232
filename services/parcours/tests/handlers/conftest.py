"""A Maison on a real database: what arrives from its CLAS, and what its people do."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from plie_chassis.accounts.commands import AddAccount, add_account
from plie_chassis.database import create_engine, migrate
from plie_chassis.ids import new_id
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import Actor, Units
from plie_contracts.declaration import load
from plie_contracts.events import (
    AdmissionValidated,
    Criteria,
    FilePrescriber,
    FileSituation,
    IdentityProvided,
    OrientationFile,
)
from plie_deploy.testing import NewDatabase
from plie_parcours.domain.contacts import ContactDraft
from plie_parcours.domain.contracts import ContractDraft
from plie_parcours.handlers import contacts, contracts, files, referents
from plie_parcours.handlers.contacts import LogContact
from plie_parcours.handlers.contracts import SignContract
from plie_parcours.handlers.referents import AssignReferent
from plie_parcours.subscriptions import SUBSCRIPTIONS
from plie_parcours.tables import Base

DECLARATION = Path(__file__).parents[4] / "deploy" / "organisations.yaml"
CLAS = "centre-isere.admission"
MET = Criteria(territory="met", without_employment="met", difficulties="met", adhesion="met")


async def schema(url: str) -> None:
    engine = create_engine(url)
    await migrate(engine, package="plie_parcours", metadata=Base.metadata)
    await engine.dispose()


def somebody(name: str, *, roles: tuple[str, ...] = (), referent_id: str | None = None, organisation="centre-isere"):
    return Actor("account", new_id(), name, organisation, roles=frozenset(roles), referent_id=referent_id)


COORDINATOR = somebody("Claire Montagnon", roles=("coordinator",))
REFERENT = somebody("Denis Royer", roles=("referent",), referent_id="referent-03")
OTHER_REFERENT = somebody("Hélène Brun", roles=("referent",), referent_id="referent-07")


@dataclass
class Maison:
    """The Maison of Centre Isère; `today` is its day, `actor` who acts."""

    units: Units
    engine: AsyncEngine
    today: date = date(2027, 6, 15)
    actor: Actor = COORDINATOR
    sequence: int = field(default=0)

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

    async def receives(self, event, writer: str = CLAS, sequence: int | None = None) -> None:
        self.sequence += 1
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
        event = admitted(on, **changes)
        await self.receives(event)
        return event.participant_id

    async def opens(self, on: str = "2026-03-19") -> UUID:
        participant_id = await self.admits(on)
        await self.on(on).do(referents.assign_referent, AssignReferent(participant_id, "referent-03"))
        return participant_id

    async def welcomes(self, on: str = "2026-03-19", met_on: str = "2026-04-07") -> UUID:
        """A référent, a first interview and a contract."""
        participant_id = await self.opens(on)
        day = date.fromisoformat(met_on)
        await self.do(contacts.log_contact, LogContact(participant_id, ContactDraft(day, "presentiel", "honore")))
        await self.do(contracts.sign_contract, SignContract(participant_id, ContractDraft("contrat-plie", day)))
        return participant_id

    async def parcours(self, participant_id: UUID):
        async with self.units.begin(now=self.now) as work:
            return files.current(files.parcours_by_number(await files.facts_of(work, participant_id)))

    async def rows(self, query: str, **values) -> list[tuple]:
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query), values)]

    async def told(self, participant_id: UUID | None = None) -> list[str]:
        """Names of the events on their way out, in order."""
        rows = await self.rows("select type, key from outbox order by position")
        return [name for name, key in rows if participant_id is None or key == str(participant_id)]


def admitted(on: str = "2026-03-19", **changes) -> AdmissionValidated:
    stated = {
        "orientation_id": new_id(),
        "decision_number": 1,
        "participant_id": new_id(),
        "parcours_no": 1,
        "clas": "centre-isere",
        "maison": "centre-isere",
        "decided_on": date.fromisoformat(on),
        "session_id": new_id(),
        "criteria": MET,
        "overridden": False,
        "plus_value_code": "coordination-parcours",
    }
    return AdmissionValidated(**{**stated, **changes})


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


@pytest.fixture
async def maison(database: NewDatabase) -> AsyncIterator[Maison]:
    engine = create_engine(await database(schema))
    declaration = load(DECLARATION)
    units = Units(engine, declaration.instance("centre-isere.parcours"), declaration)
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
    yield Maison(units, engine)
    await engine.dispose()
