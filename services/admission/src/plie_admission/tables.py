"""Files of the commission, its sessions with their agendas, and every decision ever published.

`file` holds what was received as it was received; columns beside it are derived for lists and search, never edited.
"""

from dataclasses import fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from plie_admission.domain.decisions import Draft, Kind
from plie_admission.domain.files import File, Status
from plie_admission.domain.orientations import Orientation, age_on, known
from plie_admission.domain.sessions import Member, Session
from plie_chassis import database
from plie_chassis.calendar import paris_date
from plie_contracts.events import IdentityProvided, OrientationReceived


class Base(database.Base):
    __abstract__ = True
    metadata = MetaData(naming_convention=database.NAMING)


class ClaimRow(Base):
    """Who wrote first of an orientation, whichever commission it goes to; a withdrawal that came before it waits here."""

    __tablename__ = "orientation_claim"

    orientation_id: Mapped[UUID] = mapped_column(primary_key=True)
    writer: Mapped[str]
    withdrawn_on: Mapped[date | None]


class ParticipantRow(Base):
    """A person this commission admitted; `parcours_count` is the number of the last parcours given."""

    __tablename__ = "participant"

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    parcours_count: Mapped[int]


class SessionRow(Base):
    """`version` counts changes of the row by itself; a change that stands in another row is counted by hand."""

    __tablename__ = "commission_session"
    __table_args__ = (Index(None, "created_at", "session_id"),)

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    held_on: Mapped[date]
    place: Mapped[str]
    members: Mapped[list[dict[str, Any]]] = mapped_column(JSONB())
    created_at: Mapped[datetime]
    closed_on: Mapped[date | None]
    closed_by: Mapped[str | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own declaration)

    @property
    def state(self) -> Session:
        return Session(
            session_id=self.session_id,
            held_on=self.held_on,
            place=self.place,
            members=tuple(Member(**member) for member in self.members),
            closed_on=self.closed_on,
        )


class FileRow(Base):
    """`writer` is the instance that holds the orientation and is told its outcome.

    `agenda_of` is the open session that lists the file; `ended_on` the end of the parcours its admission opened.
    """

    __tablename__ = "file"
    __table_args__ = (
        Index(None, "received_at", "orientation_id"),
        Index(None, "status", "received_at"),
        Index(None, "same_name", "birth_date"),
        Index(None, "maison", "status"),
        UniqueConstraint("participant_id", "parcours_no"),
    )

    orientation_id: Mapped[UUID] = mapped_column(primary_key=True)
    writer: Mapped[str]
    status: Mapped[str]
    received_at: Mapped[datetime]
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    last_name: Mapped[str | None]
    first_name: Mapped[str | None]
    birth_date: Mapped[date | None]
    same_name: Mapped[str | None]
    searchable: Mapped[str]
    age_at_reception: Mapped[int | None]
    commune_insee: Mapped[str | None]
    prescriber_kind: Mapped[str | None]
    structure: Mapped[str | None]
    missing: Mapped[list[str]]

    agenda_of: Mapped[UUID | None] = mapped_column(ForeignKey(SessionRow.session_id))
    decisions: Mapped[int]
    decided_in: Mapped[UUID | None] = mapped_column(ForeignKey(SessionRow.session_id))
    defer_until: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    participant_id: Mapped[UUID | None]
    parcours_no: Mapped[int | None]
    maison: Mapped[str | None]
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own declaration)

    @property
    def state(self) -> File:
        return File(
            orientation_id=self.orientation_id,
            status=Status(self.status),
            name=self.name,
            session_id=self.agenda_of,
            decisions=self.decisions,
            decided_in=self.decided_in,
            defer_until=self.defer_until,
            withdrawn_on=self.withdrawn_on,
        )

    @property
    def name(self) -> str:
        """As sentences say it."""
        return f"{self.first_name} {self.last_name}" if self.last_name else "cette personne"

    def age_on(self, today: date) -> int | None:
        """Completed years, exact once the birth date is here."""
        return age_on(today, self.birth_date) if self.birth_date else self.age_at_reception

    @property
    def received_on(self) -> date:
        return paris_date(self.received_at)

    @property
    def received_facts(self) -> OrientationReceived | None:
        return OrientationReceived.model_validate(self.facts, strict=False) if self.facts else None

    @property
    def received_snapshot(self) -> IdentityProvided | None:
        return IdentityProvided.model_validate(self.snapshot, strict=False) if self.snapshot else None

    @property
    def orientation(self) -> Orientation:
        return known(self.orientation_id, self.received_facts, self.received_snapshot)


class StatedDecision:
    """The columns of a decision, draft or published."""

    maison: Mapped[str | None]
    plus_value_code: Mapped[str | None]
    reason_code: Mapped[str | None]
    defer_until: Mapped[date | None]
    reorientation: Mapped[str | None]
    override_reason: Mapped[str | None]
    same_person_as: Mapped[UUID | None]
    adhesion_confirmed: Mapped[bool | None]


STATED = tuple(field.name for field in fields(Draft) if field.name != "decision")


class AgendaItemRow(StatedDecision, Base):
    """A file on the agenda of a session, with its draft.

    `left_because` is null while it stands there: `decided` and `not-examined` at closing, `withdrawn`, `redirected`.
    """

    __tablename__ = "agenda_item"
    __table_args__ = (Index(None, "orientation_id"),)

    session_id: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.session_id), primary_key=True)
    orientation_id: Mapped[UUID] = mapped_column(ForeignKey(FileRow.orientation_id), primary_key=True)
    rank: Mapped[int]
    decision: Mapped[str | None]
    drafted_by: Mapped[str | None]
    left_because: Mapped[str | None]

    @property
    def draft(self) -> Draft | None:
        return Draft(Kind(self.decision), **{name: getattr(self, name) for name in STATED}) if self.decision else None

    @draft.setter
    def draft(self, stated: Draft | None) -> None:
        self.decision = getattr(stated, "decision", None)
        for name in STATED:
            setattr(self, name, getattr(stated, name, None))


class DecisionRow(StatedDecision, Base):
    """A published decision; rows are only ever added. `criteria` is the pre-assessment of that day with its evidence."""

    __tablename__ = "decision"
    __table_args__ = (Index(None, "session_id"),)

    orientation_id: Mapped[UUID] = mapped_column(ForeignKey(FileRow.orientation_id), primary_key=True)
    decision_number: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.session_id))
    decision: Mapped[str]
    decided_on: Mapped[date]
    rectifies: Mapped[bool]
    participant_id: Mapped[UUID | None]
    parcours_no: Mapped[int | None]
    criteria: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[str | None]

    @property
    def kind(self) -> Kind:
        return Kind(self.decision)

    @property
    def stated(self) -> Draft:
        return Draft(self.kind, **{name: getattr(self, name) for name in STATED})
