"""An invented person's orientation, varied by each test, and instances on a real PostgreSQL."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from plie_chassis.calendar import PARIS
from plie_chassis.database import create_engine
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork, Units
from plie_contracts.declaration import load
from plie_contracts.events import Event, OrientationSubmitted
from plie_deploy.testing import DECLARATION, NewDatabase, schema_of
from plie_orientation import tables

Body = Callable[..., dict[str, Any]]
Draft = Callable[..., OrientationSubmitted]
NewSide = Callable[..., Awaitable["Side"]]


class Emitted(NamedTuple):
    topic: str
    type: str
    data: dict[str, Any]


BODY: dict[str, Any] = {
    "external_reference": "RSA-2026-000123",
    "prescriber": {"kind": "DEPT", "structure": "Maison du Département Voiron", "advisor": "Conseillère 12"},
    "person": {
        "last_name": "Bérard",
        "first_name": "Noémie",
        "birth_date": "1983-05-04",
        "sex": "F",
        "commune_insee": "38563",
        "phone": "+33476000000",
    },
    "situation": {
        "employment": "unemployed",
        "unemployed_since": "2024-05-01",
        "rsa_recipient": True,
        "first_time_jobseeker": False,
        "entering_iae": False,
        "education_level": 2,
        "qpv_resident": False,
        "disability": "prefer-not-to-say",
    },
    "barriers": ["mobilite", "sante", "numerique"],
    "adhesion": {"given": True, "on": "2026-03-01"},
    "motivation": "Souhaite reprendre une activité à temps partiel.",
    "continuity": None,
}


@pytest.fixture(scope="session")
def body() -> Body:
    """The JSON of `POST /api/v1/orientations`; `person__birth_date="…"` changes a nested field."""

    def varied(**changes: Any) -> dict[str, Any]:
        told = deepcopy(BODY)
        for path, value in changes.items():
            *parents, field = path.split("__")
            part = told
            for parent in parents:
                part = part[parent]
            part[field] = value
        return told

    return varied


@pytest.fixture(scope="session")
def draft(body: Body) -> Draft:
    def varied(**changes: Any) -> OrientationSubmitted:
        return OrientationSubmitted.model_validate_json(json.dumps(body(**changes)))

    return varied


migrated = schema_of("plie_orientation", tables.Base.metadata)


@pytest.fixture(scope="session")
def schema() -> Callable[[str], Awaitable[None]]:
    """Brings a database to this release's schema."""
    return migrated


@dataclass(frozen=True)
class Side:
    """One instance on a database of its own, at a moment of the tests' choosing."""

    units: Units
    now: datetime = datetime(2026, 3, 2, 9, 14, 5, tzinfo=PARIS)

    async def run(self, handler: Callable[[Any, UnitOfWork], Awaitable[Any]], command: object) -> Any:
        async with self.units.begin(now=self.now) as work:
            return await handler(command, work)

    async def emitted(self, *types: str) -> list[Emitted]:
        """What waits in the outbox, in order; of these types when some are named."""
        async with self.units.engine.connect() as connection:
            rows = await connection.execute(text("select topic, type, value from outbox order by position"))
            found = [Emitted(row.topic, row.type, json.loads(row.value)) for row in rows]
        return [one for one in found if not types or one.type in types]

    async def stored(self) -> int:
        """How many orientations and kept answers there are."""
        count = text("select (select count(*) from orientation) + (select count(*) from outbox)")
        async with self.units.engine.connect() as connection:
            return int((await connection.execute(count)).scalar_one())


@pytest.fixture
async def side(database: NewDatabase) -> AsyncIterator[NewSide]:
    """Opens an instance of deploy/organisations.yaml."""
    engines: list[AsyncEngine] = []
    declaration = load(DECLARATION)

    async def opened(name: str = "departement-38.orientation") -> Side:
        engines.append(create_engine(await database(migrated)))
        return Side(Units(engines[-1], declaration.instance(name), declaration))

    yield opened
    for engine in engines:
        await engine.dispose()


@pytest.fixture(scope="session")
def from_kafka() -> Callable[[Event, str], Received[Any]]:
    """An event as the inbox hands it over, from this writer."""

    def came(event: Event, writer: str) -> Received[Any]:
        return Received(event, str(uuid4()), f"/organisations/{writer}", writer, 1, "topic", 0, 0, datetime.now(PARIS))

    return came
