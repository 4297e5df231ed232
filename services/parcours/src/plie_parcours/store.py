"""Files of participants in the database: opened with a lock, changed by one fact at a time, saved with what follows from it.

Invariant: a file is locked while it changes, so that a rule never judges a state that another command is changing.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.orm import SessionTransaction, selectinload

from plie_chassis.calendar import clock_time, long_date, paris_date
from plie_chassis.problems import NotFound, StaleVersion
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import EVENTS, AdmissionValidated, Event
from plie_contracts.events.parcours import ParcoursFact
from plie_contracts.territory import without_accents
from plie_parcours import rights, settings
from plie_parcours.domain import history, wording
from plie_parcours.domain.deadlines import Deadline, deadlines
from plie_parcours.domain.parcours import Parcours
from plie_parcours.domain.records import Fact
from plie_parcours.tables import DeadlineRow, FactRow, IdentityRow, ParticipantRow

R = TypeVar("R")

TOLD_AT_MOST = 3
TURN = text("select pg_advisory_xact_lock(hashtextextended(:participant_id, 1886151795))")


class ActionNotFound(NotFound):
    code = "action.not-found"
    title = "Action introuvable"

    def __init__(self) -> None:
        super().__init__("Aucune action collective de cette Maison ne porte cet identifiant.")


class ParticipantNotFound(NotFound):
    code = "participant.not-found"
    title = "Participant introuvable"

    def __init__(self) -> None:
        super().__init__("Aucun participant de cette Maison ne porte cet identifiant. Rien n’a été enregistré.")


@dataclass(frozen=True, slots=True)
class Kept(Generic[R]):
    """What a command made, and the version of the participant's file it left."""

    resource: R
    version: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact as the file holds it: its number, its parcours, and who noted it when."""

    fact: Fact
    number: int
    parcours_no: int
    recorded_at: datetime
    recorded_by: str | None

    @property
    def event(self) -> Event:
        return self.fact.event


RECORDED = (
    FactRow.number,
    FactRow.parcours_no,
    FactRow.name,
    FactRow.data,
    FactRow.withheld,
    FactRow.recorded_at,
    FactRow.recorded_by,
)


class File:
    """A participant's file under change; `every` has each parcours by its number."""

    def __init__(self, row: ParticipantRow, every: dict[int, Parcours], work: UnitOfWork) -> None:
        self.row = row
        self.every = every
        self._work = work

    @property
    def parcours(self) -> Parcours:
        return current(self.every)

    def tell(self, event: ParcoursFact, **withheld: Any) -> None:
        """One fact of this Maison: it changes the parcours, stays in the file and goes out."""
        self.keep(event, event.parcours_no, **withheld)
        self._work.emit(event)

    def keep(self, event: Event, parcours_no: int, **withheld: Any) -> None:
        """One fact of a parcours, which an admission begins; somebody else told it."""
        fact = Fact(event, {name: value for name, value in withheld.items() if value})
        before = self.every.get(parcours_no)
        self.every[parcours_no] = history.after(before, fact) if before else history.told_by([fact])
        self.row.version += 1
        self._work.session.add(_fact_row(self.row, parcours_no, fact, self._work))

    def kept(self, resource: R) -> Kept[R]:
        return Kept(resource, self.row.version)


@asynccontextmanager
async def change(
    participant_id: UUID, version: int | None, work: UnitOfWork, *, by_any_referent: bool = False
) -> AsyncIterator[File]:
    """The file, locked, for somebody who may change it; what follows from its facts is written at the end.

    `by_any_referent`: of a workshop, whoever leads it notes who came.

    Raises ParticipantNotFound, NotYourFile, StaleVersion.
    """
    file = await open_locked(participant_id, work)
    if file is None:
        raise ParticipantNotFound
    if not by_any_referent:
        rights.refuse_other_referents(work.actor, file.parcours)
    await refuse_stale(file.row, version, work)
    try:
        yield file
        settle(file)
    except BaseException:
        _opened(work).pop(participant_id, None)
        raise


async def take_turn(participant_id: UUID, work: UnitOfWork) -> None:
    """Of events that complete each other whichever comes first, the second one sees the first."""
    await work.session.execute(TURN, {"participant_id": str(participant_id)})


async def new_file(admission: AdmissionValidated, work: UnitOfWork) -> File:
    """A file without a fact yet, of somebody who has none here."""
    identity = await work.session.get(IdentityRow, admission.participant_id)
    row = ParticipantRow(
        participant_id=admission.participant_id,
        version=0,
        created_at=work.now,
        search_name=search_name(identity.last_name, identity.first_name) if identity else "",
        orientation_id=admission.orientation_id,
        parcours_no=admission.parcours_no,
        stage="welcome",
        admitted_on=admission.decided_on,
        deadlines=[],
    )
    work.session.add(row)
    await work.session.flush()
    return File(row, {}, work)


def search_name(last_name: str, first_name: str) -> str:
    """What lists are sorted and searched by: accents and case do not matter."""
    return without_accents(f"{last_name} {first_name}")


async def open_locked(participant_id: UUID, work: UnitOfWork) -> File | None:
    """The file with its lock, which lasts as long as the transaction: one that is already open is not read again."""
    savepoint = work.session.sync_session.get_nested_transaction()
    held = _opened(work).get(participant_id)
    if held is not None and held.savepoint is savepoint:
        return held.file
    query = (
        select(ParticipantRow)
        .where(ParticipantRow.participant_id == participant_id)
        .options(selectinload(ParticipantRow.deadlines))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = await work.session.scalar(query)
    if row is None:
        return None
    file = File(row, parcours_by_number(await facts_of(participant_id, work)), work)
    _opened(work)[participant_id] = Held(file, savepoint)
    return file


@dataclass(frozen=True, slots=True)
class Held:
    """A file open in a unit of work; a savepoint that is undone would leave it wrong, so it is good for its own only."""

    file: File
    savepoint: SessionTransaction | None


def _opened(work: UnitOfWork) -> dict[UUID, Held]:
    opened: dict[UUID, Held] = work.session.info.setdefault("plie_parcours.files", {})
    return opened


async def facts_of(participant_id: UUID, work: UnitOfWork) -> Sequence[Recorded]:
    """All facts of a participant in the order they became known, over all parcours."""
    query = select(*RECORDED).where(FactRow.participant_id == participant_id).order_by(FactRow.number)
    return [recorded(row) for row in await work.session.execute(query)]


def recorded(row: Row[Any]) -> Recorded:
    event = EVENTS[row.name].model_validate(row.data, strict=False)
    return Recorded(Fact(event, row.withheld), row.number, row.parcours_no, row.recorded_at, row.recorded_by)


def parcours_by_number(facts: Sequence[Recorded]) -> dict[int, Parcours]:
    """Every parcours of a person, the first one first."""
    told: dict[int, list[Fact]] = {}
    for known in facts:
        told.setdefault(known.parcours_no, []).append(known.fact)
    return {number: history.told_by(told[number]) for number in sorted(told)}


def current(every: Mapping[int, Parcours]) -> Parcours:
    """The parcours under way: the first that is not closed, else the last. A re-entry waits for the end before it."""
    parcours = list(every.values())
    return next((each for each in parcours if not each.is_closed), parcours[-1])


def _fact_row(row: ParticipantRow, parcours_no: int, fact: Fact, work: UnitOfWork) -> FactRow:
    return FactRow(
        participant_id=row.participant_id,
        number=row.version,
        parcours_no=parcours_no,
        name=fact.event.name,
        data=fact.event.model_dump(mode="json", by_alias=True, exclude_none=True),
        withheld=dict(fact.withheld),
        recorded_at=work.now,
        recorded_by=work.author,
        actor_id=work.actor.id if work.actor else None,
    )


def settle(file: File) -> None:
    """State what lists and alerts read: it follows from the facts, and from nothing else. Only what changed is written."""
    parcours, row = file.parcours, file.row
    honoured = [contact.occurred_on for contact in parcours.contacts.values() if contact.outcome == "honore"]
    row.orientation_id = parcours.orientation_id
    row.parcours_no = parcours.number
    row.stage = parcours.stage
    row.referent_id = parcours.referent_id
    row.admitted_on = parcours.admitted_on
    row.opened_on = parcours.opened_on
    row.ended_on = parcours.exit.ended_on if parcours.exit else None
    row.last_contact_on = max(honoured, default=None)
    row.commune_insee = parcours.residence.commune_insee if parcours.residence else None
    row.arrives_on = parcours.arriving.on if parcours.arriving else None
    row.arrived_on = parcours.arrived_on
    row.leaves_on = min((each.leaving.on for each in file.every.values() if each.leaving), default=None)
    row.handed_over_on = parcours.elsewhere.since if parcours.elsewhere and parcours.elsewhere.handed_over else None
    owed = deadlines(parcours, settings.policy())
    for place, deadline in enumerate(owed):
        if place == len(row.deadlines):
            row.deadlines.append(DeadlineRow(number=place + 1))
        _state(row.deadlines[place], deadline)
    del row.deadlines[len(owed) :]


def _state(row: DeadlineRow, deadline: Deadline) -> None:
    row.rule, row.title, row.text, row.facts = deadline.rule, deadline.title, deadline.text, list(deadline.facts)
    row.since, row.due, row.about = deadline.since, deadline.due, deadline.about


async def refuse_stale(row: ParticipantRow, version: int | None, work: UnitOfWork) -> None:
    """`version` is the one that was read; None takes the file as it is. Raises StaleVersion, saying what changed."""
    if version is None or version == row.version:
        return
    since = [fact for fact in await facts_of(row.participant_id, work) if fact.number > version][::-1]
    changes = " ; ".join(_change(fact) for fact in since[:TOLD_AT_MOST]) or "une autre version a été lue"
    raise StaleVersion(
        f"Ce dossier a changé depuis que vous l’avez ouvert : {changes}. Rien n’a été enregistré."
        " Rechargez-le, puis recommencez.",
        version=row.version,
    )


def _change(known: Recorded) -> str:
    by = f" par {known.recorded_by}" if known.recorded_by else ""
    noted = f"{long_date(paris_date(known.recorded_at))} à {clock_time(known.recorded_at)}"
    return f"« {wording.told(known.event)} », noté le {noted}{by}"
