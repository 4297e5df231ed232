"""Orientations in the database: added, found by those who may see them, locked to be changed."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, select, true
from sqlalchemy.dialects.postgresql import JSONB, insert

from plie_chassis.calendar import paris_date
from plie_chassis.database import driver_of
from plie_chassis.problems import NotFound
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.declaration import Producer
from plie_contracts.events import OrientationSubmitted
from plie_contracts.territory import COMMUNES, without_accents
from plie_contracts.vocabulary import SENSITIVE_PRESCRIBERS
from plie_orientation.domain import authors
from plie_orientation.domain.authors import Author, Sight
from plie_orientation.domain.orientations import RECEIVED, Entry, Orientation
from plie_orientation.tables import Import, Webhook
from plie_orientation.tables import Orientation as Row


class UnknownOrientation(NotFound):
    code = "orientation.not-found"
    title = "Orientation introuvable"

    def __init__(self) -> None:
        super().__init__("Aucune orientation ne porte cet identifiant parmi celles que vous pouvez voir.")


class UnknownWebhook(NotFound):
    code = "webhook.not-found"
    title = "Webhook introuvable"

    def __init__(self) -> None:
        super().__init__("Aucun webhook ne porte cet identifiant parmi les vôtres.")


class UnknownImport(NotFound):
    code = "import.not-found"
    title = "Import introuvable"

    def __init__(self) -> None:
        super().__init__("Aucun import ne porte cet identifiant parmi les vôtres, ou il est effacé après 30 jours.")


@dataclass(frozen=True)
class Stored:
    """An orientation with what was submitted and who may follow it; `producer` is told its outcomes over Kafka."""

    orientation: Orientation
    version: int
    received_at: datetime
    organisation: str
    structure: str
    draft: OrientationSubmitted
    producer: str | None = None
    form_id: UUID | None = None
    adhesion_how: str | None = None
    completed: OrientationSubmitted | None = None

    @property
    def current(self) -> OrientationSubmitted:
        """What is known today: the draft as submitted, with what was answered to the commission since."""
        return self.completed or self.draft


def producer_of(stored: Stored, work: UnitOfWork) -> Producer | None:
    """The direct producer whose IT submitted it, while it is declared."""
    return work.declaration.producers.get(stored.producer or "")


# The draft goes in as the JSON that pydantic writes: parsing it again only to serialise it costs more than the rest.
_INSERT = insert(Row).values(draft=cast(bindparam("draft_json", type_=Text), JSONB)).on_conflict_do_nothing()


async def add(new: Stored, work: UnitOfWork) -> bool:
    """False where the reference (or the form) is already there; nothing is written then.

    Only what is not as in every new orientation is sent: this statement is most of what a POST costs.
    """
    row = {
        "id": new.orientation.id,
        "organisation": new.organisation,
        "structure": new.structure,
        "external_reference": new.draft.external_reference,
        "addressed_to": new.orientation.addressed_to,
        "received_at": new.received_at,
        "draft_json": new.draft.model_dump_json(exclude_none=True),
        "searchable": searchable(new.draft),
    }
    if new.producer is not None:
        row["producer"] = new.producer
    if new.form_id is not None:
        row["form_id"] = new.form_id
    if new.adhesion_how is not None:
        row["adhesion_how"] = new.adhesion_how
    return (await work.connection.execute(_INSERT, row)).rowcount == 1


async def same_form(form_id: UUID, work: UnitOfWork) -> Stored | None:
    row = await work.session.scalar(select(Row).where(Row.form_id == form_id))
    return None if row is None else read(row)


async def same_reference(new: Stored, work: UnitOfWork) -> Stored | None:
    row = await work.session.scalar(
        select(Row).where(
            Row.organisation == new.organisation,
            Row.structure == new.structure,
            Row.external_reference == new.draft.external_reference,
        )
    )
    return None if row is None else read(row)


async def find(orientation_id: UUID, sight: Sight, work: UnitOfWork) -> Stored | None:
    row = await work.session.scalar(select(Row).where(Row.id == orientation_id, within(sight)))
    return None if row is None else read(row)


async def lock(orientation_id: UUID, sight: Sight, work: UnitOfWork) -> Stored | None:
    """As `find`, and nobody else changes it until this transaction ends."""
    query = select(Row).where(Row.id == orientation_id, within(sight)).with_for_update()
    row = await work.session.scalar(query.execution_options(populate_existing=True))
    return None if row is None else read(row)


async def keep(locked: Stored, orientation: Orientation, work: UnitOfWork) -> Stored:
    """Write the new state of a locked orientation."""
    row = await work.session.get_one(Row, orientation.id)
    row.status, row.heard = orientation.status, orientation.heard
    row.later = [_written(entry) for entry in orientation.history[1:]]
    await work.session.flush()
    return replace(locked, orientation=orientation, version=row.version)


async def complete(locked: Stored, completed: OrientationSubmitted, work: UnitOfWork) -> Stored:
    """Write what is known of a locked orientation since it was submitted."""
    row = await work.session.get_one(Row, locked.orientation.id)
    row.completed = completed.model_dump(mode="json", exclude_none=True)
    await work.session.flush()
    return replace(locked, completed=completed, version=row.version)


_REGISTERED = """
    select coalesce(bool_or(active) and not bool_or(revealing), false)
    from (
        select disabled_at is null as active, prescriber_kinds ?| $3 as revealing
        from account where organisation = $1 and structure = $2
        union all
        select revoked_at is null, prescriber_kinds ?| $3 from token where organisation = $1 and structure = $2
    ) as registered
"""


async def is_known(organisation: str, structure: str, work: UnitOfWork) -> bool:
    """Whether facts may name a structure: it is declared, or an administrator registered an account or a token for it.

    Not one of those that orient in a revealing quality, whichever quality an orientation of theirs has.
    """
    if producer := work.declaration.producers.get(organisation):
        return structure == producer.structure
    driver = await driver_of(work.connection)
    return bool(await driver.fetchval(_REGISTERED, organisation, structure, sorted(SENSITIVE_PRESCRIBERS)))


def searchable(draft: OrientationSubmitted) -> str:
    """What a search looks at: names, commune and reference, without accents."""
    commune = COMMUNES.get(draft.person.commune_insee)
    told = (
        draft.person.first_name,
        draft.person.last_name,
        commune.name if commune else "",
        draft.external_reference or "",
    )
    return without_accents(" ".join(told))


def within(sight: Sight) -> ColumnElement[bool]:
    limits = ((Row.organisation, sight.organisation), (Row.structure, sight.structure))
    return and_(true(), *(column == limit for column, limit in limits if limit is not None))


def of_author(author: Author, instance_organisation: str) -> ColumnElement[bool]:
    """An organisation's own webhooks, a structure's only its own."""
    sight = authors.sight(author, instance_organisation)
    limits = ((Webhook.organisation, sight.organisation), (Webhook.structure, sight.structure))
    return and_(true(), *(column == limit for column, limit in limits if limit is not None))


async def lock_import(import_id: UUID, author: Author, work: UnitOfWork) -> Import:
    """Raises UnknownImport."""
    theirs = imports_of(author, work.instance.organisation)
    query = select(Import).where(Import.id == import_id, theirs).with_for_update()
    found = await work.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise UnknownImport
    return found


def uploader(found: Import) -> Author:
    """Whose rights its lines are checked and sent with."""
    return Author(found.organisation, found.structure, frozenset(found.kinds))


def undoer(found: Import) -> Author:
    """Whose rights its lines are withdrawn with."""
    if found.undone_for is None:
        raise LookupError("nobody undoes this import")
    return Author(str(found.undone_for["organisation"]), found.undone_for["structure"], frozenset())


def imports_of(author: Author, instance_organisation: str) -> ColumnElement[bool]:
    """As orientations: an organisation's own, a structure's only its own."""
    sight = authors.sight(author, instance_organisation)
    limits = ((Import.organisation, sight.organisation), (Import.structure, sight.structure))
    return and_(true(), *(column == limit for column, limit in limits if limit is not None))


def read(row: Row) -> Stored:
    reception = Entry(RECEIVED, paris_date(row.received_at))
    return Stored(
        orientation=Orientation(row.id, row.addressed_to, row.status, (reception, *map(_entry, row.later)), row.heard),
        version=row.version,
        received_at=row.received_at,
        organisation=row.organisation,
        structure=row.structure,
        draft=OrientationSubmitted.model_validate(row.draft, strict=False),
        producer=row.producer,
        form_id=row.form_id,
        adhesion_how=row.adhesion_how,
        completed=OrientationSubmitted.model_validate(row.completed, strict=False) if row.completed else None,
    )


def _written(entry: Entry) -> dict[str, Any]:
    return {
        "status": entry.status,
        "on": entry.on.isoformat(),
        "reason_code": entry.reason_code,
        "session_on": entry.session_on and entry.session_on.isoformat(),
        "reorientation": entry.reorientation,
    }


def _entry(written: dict[str, Any]) -> Entry:
    session_on = written.get("session_on")
    return Entry(
        status=written["status"],
        on=date.fromisoformat(written["on"]),
        reason_code=written.get("reason_code"),
        session_on=date.fromisoformat(session_on) if session_on else None,
        reorientation=written.get("reorientation"),
    )
