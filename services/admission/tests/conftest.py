"""A commission on a database of its own, at a moment of the tests' choosing, and what prescribers tell it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text

from plie_admission import tables
from plie_admission.domain.decisions import Draft
from plie_admission.domain.follow_ups import Given, OpinionDraft, Subject
from plie_admission.handlers import closing, decisions, files, follow_ups, sessions
from plie_admission.tables import FileRow, SessionRow
from plie_chassis.calendar import PARIS
from plie_chassis.database import create_engine
from plie_chassis.ids import new_id
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import Actor, UnitOfWork, Units
from plie_contracts.declaration import load
from plie_contracts.events import (
    Event,
    OrientationCorrected,
    OrientationWithdrawn,
)
from plie_deploy.testing import DECLARATION, NewDatabase, schema_of

from .domain import givens

R = TypeVar("R")
DEPARTEMENT = "departement-38.orientation"
NADIA = Actor("account", UUID(int=1), "Nadia Ferrand", "centre-isere", roles=frozenset({"secretary"}))


class Emitted(NamedTuple):
    topic: str
    type: str
    value: dict[str, Any]


def from_kafka(event: Event, writer: str = DEPARTEMENT) -> Received[Any]:
    at = datetime(2026, 3, 2, 9, 15, tzinfo=PARIS)
    return Received(event, str(uuid4()), f"/organisations/{writer.replace('.', '/')}", writer, 1, "topic", 0, 0, at)


@dataclass(frozen=True)
class Commission:
    """`afterwards` looks at what stands in the database after whatever was done."""

    units: Units
    now: datetime = datetime(2026, 3, 12, 9, 30, tzinfo=PARIS)
    afterwards: Callable[[UnitOfWork], Awaitable[None]] | None = None

    def later(self, days: int) -> "Commission":
        return replace(self, now=self.now + timedelta(days=days))

    async def run(self, handler: Callable[[Any, UnitOfWork], Awaitable[R]], command: object) -> R:
        async with self.units.begin(now=self.now, actor=NADIA) as work:
            done = await handler(command, work)
        if self.afterwards:
            async with self.units.begin(now=self.now) as work:
                await self.afterwards(work)
        return done

    async def is_told_facts(self, orientation_id: UUID, writer: str = DEPARTEMENT, **changes: Any) -> None:
        event = givens.facts(orientation_id=orientation_id, **changes)
        await self.run(files.keep_facts, from_kafka(event, writer))

    async def is_told_identity(self, orientation_id: UUID, writer: str = DEPARTEMENT, **changes: Any) -> None:
        given = givens.snapshot(subject_id=orientation_id, **changes)
        file = given.file.model_copy(update={"orientation_id": orientation_id}) if given.file else None
        await self.run(files.keep_identity, from_kafka(given.model_copy(update={"file": file}), writer))

    async def is_told_correction(self, orientation_id: UUID, writer: str = DEPARTEMENT, **changes: Any) -> None:
        state = givens.facts(orientation_id=orientation_id, **changes)
        event = OrientationCorrected(
            **{name: getattr(state, name) for name in type(state).model_fields}, reason_code="autre"
        )
        await self.run(files.keep_facts, from_kafka(event, writer))

    async def is_told_withdrawal(self, orientation_id: UUID, writer: str = DEPARTEMENT) -> None:
        event = OrientationWithdrawn(
            orientation_id=orientation_id, withdrawn_on=date(2026, 3, 10), reason_code="erreur"
        )
        await self.run(files.withdraw_file, from_kafka(event, writer))

    async def receives(self, **identity: Any) -> UUID:
        """A complete file in the inbox."""
        orientation_id = new_id()
        await self.is_told_facts(orientation_id)
        await self.is_told_identity(orientation_id, **identity)
        return orientation_id

    async def receives_at_grenoble(self, **identity: Any) -> UUID:
        orientation_id = new_id()
        await self.is_told_facts(orientation_id, addressed_to="metropole")
        await self.is_told_identity(orientation_id, **({"commune_insee": "38185"} | identity))
        return orientation_id

    async def plans(self, *orientation_ids: UUID, held_on: date | None = None, members: Any = None) -> SessionRow:
        """A session with its quorum, and these files on its agenda."""
        seated = givens.members() if members is None else members
        created = await self.run(
            sessions.create_session, sessions.CreateSession(held_on or self.now.date(), "Voiron", seated)
        )
        if not orientation_ids:
            return created
        return await self.run(sessions.add_to_agenda, sessions.AddToAgenda(created.session_id, orientation_ids))

    async def decides(self, orientation_id: UUID, session_id: UUID, stated: Draft, **more: Any) -> decisions.Decided:
        return await self.run(decisions.decide, decisions.DecideFile(orientation_id, session_id, stated, **more))

    async def closes(self, session_id: UUID, **more: Any) -> closing.Closed:
        return await self.run(closing.close_session, closing.CloseSession(session_id, **more))

    async def settles(self, stated: Draft, *orientation_ids: UUID) -> SessionRow:
        """A whole session that decides these files alike and closes."""
        session = await self.plans(*orientation_ids)
        for orientation_id in orientation_ids:
            await self.decides(orientation_id, session.session_id, stated)
        return (await self.closes(session.session_id)).session

    async def hears(self, handler: Callable[[Any, UnitOfWork], Awaitable[None]], event: Event, writer: str) -> None:
        """An event of another writer."""
        await self.run(handler, from_kafka(event, writer))

    async def admits(self, stated: Draft, **identity: Any) -> UUID:
        """Somebody whose parcours is under way."""
        orientation_id = await self.receives(**identity)
        await self.settles(stated, orientation_id)
        return orientation_id

    async def admits_at_grenoble(self, stated: Draft) -> UUID:
        """Somebody whose parcours is under way at one of its two Maisons."""
        orientation_id = await self.receives_at_grenoble()
        await self.settles(stated, orientation_id)
        return orientation_id

    async def follows(self, orientation_id: UUID, subject: Subject, **session: Any) -> UUID:
        """A session with this point of follow-up on its agenda."""
        planned = await self.plans(**session)
        await self.run(sessions.add_follow_up, sessions.AddFollowUp(planned.session_id, orientation_id, subject))
        session_id: UUID = planned.session_id
        return session_id

    async def gives(self, orientation_id: UUID, session_id: UUID, stated: OpinionDraft, **more: Any) -> Given:
        return await self.run(
            follow_ups.give_opinion, follow_ups.GiveOpinion(session_id, orientation_id, stated, **more)
        )

    async def gives_and_closes(self, orientation_id: UUID, subject: Subject, stated: OpinionDraft) -> UUID:
        """A whole session that gives this opinion."""
        session_id = await self.follows(orientation_id, subject)
        await self.gives(orientation_id, session_id, stated)
        await self.closes(session_id)
        return session_id

    async def file(self, orientation_id: UUID) -> FileRow:
        async with self.units.begin() as work:
            return await work.session.get_one(FileRow, orientation_id)

    async def emitted(self, *types: str) -> list[Emitted]:
        """What waits in the outbox, in order; of these types when some are named."""
        async with self.units.engine.connect() as connection:
            rows = await connection.execute(text("select topic, type, value from outbox order by position"))
            found = [Emitted(row.topic, row.type, json.loads(row.value)) for row in rows]
        return [one for one in found if not types or one.type in types]

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """What is asked of the database meanwhile, in order."""
        asked: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            asked.append(statement)

        engine = self.units.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(engine, "before_cursor_execute", note)

    async def count(self, query: str) -> int:
        async with self.units.engine.connect() as connection:
            return int((await connection.execute(text(query))).scalar_one())


migrated = schema_of("plie_admission", tables.Base.metadata)
NewCommission = Callable[[str], Awaitable[Commission]]


@pytest.fixture
async def commission_of(database: NewDatabase) -> AsyncIterator[NewCommission]:
    """Opens the commission of an organisation of deploy/organisations.yaml."""
    engines = []
    declaration = load(DECLARATION)

    async def opened(organisation: str) -> Commission:
        engines.append(create_engine(await database(migrated)))
        return Commission(Units(engines[-1], declaration.instance(f"{organisation}.admission"), declaration))

    yield opened
    for engine in engines:
        await engine.dispose()


@pytest.fixture
async def commission(commission_of: NewCommission) -> Commission:
    return await commission_of("centre-isere")


@pytest.fixture
async def grenoble(commission_of: NewCommission) -> Commission:
    """The commission with two Maisons."""
    return await commission_of("metropole")


@pytest.fixture(scope="session")
def given() -> Any:
    """What tests of the rules start from: drafts, members, facts."""
    return givens


@pytest.fixture(scope="session")
def received() -> Callable[[Event, str], Received[Any]]:
    return from_kafka
