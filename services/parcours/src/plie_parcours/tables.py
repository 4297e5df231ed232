"""Files of participants: their facts, in order, are the only record; all other columns follow from them for lists.

`withheld` and `identity` hold what the facts streams never say.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, MetaData, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from plie_chassis import database


class Base(database.Base):
    __abstract__ = True
    metadata = MetaData(naming_convention=database.NAMING)


class ParticipantRow(Base):
    """One row a person; the columns are those of the parcours under way. `version` is the number of the last fact."""

    __tablename__ = "participant"
    __table_args__ = (
        Index(None, "created_at", "participant_id"),
        Index(None, "referent_id", "stage"),
        Index(None, "search_name", "participant_id"),
        Index(None, "leaves_on"),
    )

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime]
    search_name: Mapped[str] = mapped_column(server_default="")
    orientation_id: Mapped[UUID]
    parcours_no: Mapped[int]
    stage: Mapped[str]
    referent_id: Mapped[str | None]
    admitted_on: Mapped[date]
    opened_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    last_contact_on: Mapped[date | None]
    commune_insee: Mapped[str | None]
    arrives_on: Mapped[date | None]
    arrived_on: Mapped[date | None]
    leaves_on: Mapped[date | None]
    handed_over_on: Mapped[date | None]
    deadlines: Mapped[list["DeadlineRow"]] = relationship(
        order_by="DeadlineRow.number", cascade="all, delete-orphan", lazy="raise"
    )

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012 (SQLAlchemy's own)


class FactRow(Base):
    """What happened, as it was told: an event of the contracts by its name, and what stays in this Maison."""

    __tablename__ = "fact"
    __table_args__ = (Index(None, "actor_id", "recorded_at"),)

    participant_id: Mapped[UUID] = mapped_column(ForeignKey(ParticipantRow.participant_id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    parcours_no: Mapped[int]
    name: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB())
    withheld: Mapped[dict[str, Any]] = mapped_column(JSONB())
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None]
    actor_id: Mapped[UUID | None]


class DeadlineRow(Base):
    """What is owed for a participant, as the rules say it of the facts known; kept in step with every fact."""

    __tablename__ = "deadline"
    __table_args__ = (Index(None, "due", "participant_id"),)

    participant_id: Mapped[UUID] = mapped_column(ForeignKey(ParticipantRow.participant_id), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    rule: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    facts: Mapped[list[str]]
    since: Mapped[date]
    due: Mapped[date]
    about: Mapped[UUID | None]


class AdmissionRow(Base):
    """The decision that counts for an orientation that our CLAS admitted, also to another Maison: people change Maison."""

    __tablename__ = "admission"

    orientation_id: Mapped[UUID] = mapped_column(primary_key=True)
    decision_number: Mapped[int]
    participant_id: Mapped[UUID]
    parcours_no: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB())


class EarlyFileRow(Base):
    """The working file of another Maison that came before the CLAS's decision; it waits for it."""

    __tablename__ = "early_file"

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    parcours_no: Mapped[int] = mapped_column(primary_key=True)
    maison: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB())


class HandoverNoteRow(Base):
    """What the next Maison should know, written here until the file leaves."""

    __tablename__ = "handover_note"

    participant_id: Mapped[UUID] = mapped_column(ForeignKey(ParticipantRow.participant_id), primary_key=True)
    parcours_no: Mapped[int] = mapped_column(primary_key=True)
    written_on: Mapped[date]
    text: Mapped[str]


class IdentityRow(Base):
    """Who a participant is: the last snapshot from the CLAS, which may come before the admission.

    `ParticipantRow.commune_insee` says where they have moved to since.
    """

    __tablename__ = "identity"

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    last_name: Mapped[str]
    first_name: Mapped[str]
    birth_date: Mapped[date]
    commune_insee: Mapped[str]
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSONB())


class ActionRow(Base):
    """A collective action held on a date."""

    __tablename__ = "action"
    __table_args__ = (Index(None, "held_on", "action_id"),)

    action_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    kind: Mapped[str]
    title: Mapped[str]
    held_on: Mapped[date]
    hours: Mapped[float]
    place: Mapped[str | None]


class AttendanceRow(Base):
    """Who was at a collective action, and who was expected."""

    __tablename__ = "attendance"

    action_id: Mapped[UUID] = mapped_column(ForeignKey(ActionRow.action_id), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(
        ForeignKey(ParticipantRow.participant_id), primary_key=True, index=True
    )
    present: Mapped[bool]
