"""The fact store, one row per event, what is derived from it, and what that adds up to.

Facts are only ever added; everything else follows from the set of facts alone, and changes in one transaction.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Date, Double, Identity, Index, MetaData, Numeric, SmallInteger, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

import plie_chassis.database
from plie_chassis.database import NAMING

metadata = MetaData(naming_convention=NAMING)


class Base(plie_chassis.database.Base):
    __abstract__ = True
    metadata: ClassVar[MetaData] = metadata


class Fact(Base):
    """Where an event stands in its log, and since when it is known.

    `writer` is the organisation: with the family it names the topic. `position` is the Kafka offset, `recorded_at`
    the broker's timestamp.
    """

    __abstract__ = True

    writer: Mapped[str] = mapped_column(primary_key=True)
    partition: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    recorded_at: Mapped[datetime]
    type: Mapped[str]
    sequence: Mapped[int] = mapped_column(BigInteger)


class OrientationFact(Fact):
    __tablename__ = "orientation_fact"
    __table_args__ = (Index(None, "orientation_id"),)

    orientation_id: Mapped[UUID]
    addressed_to: Mapped[str | None]
    received_at: Mapped[datetime | None]
    withdrawn_on: Mapped[date | None]
    prescriber_kind: Mapped[str | None]
    age: Mapped[int | None] = mapped_column(SmallInteger)
    sex: Mapped[str | None]
    commune_insee: Mapped[str | None]
    qpv_resident: Mapped[bool | None]
    education_level: Mapped[int | None] = mapped_column(SmallInteger)
    employment: Mapped[str | None]
    unemployed_months: Mapped[int | None]
    rsa_recipient: Mapped[bool | None]
    barriers: Mapped[list[str] | None] = mapped_column(ARRAY(Text))


class AdmissionFact(Fact):
    """`moved_from`, `moved_to`, `moved_on`: a transfer between CLAS or a change of Maison."""

    __tablename__ = "admission_fact"
    __table_args__ = (Index(None, "orientation_id"), Index(None, "participant_id"), Index(None, "merged_into"))

    orientation_id: Mapped[UUID]
    participant_id: Mapped[UUID | None]
    parcours_no: Mapped[int | None]
    decision_number: Mapped[int | None]
    decided_on: Mapped[date | None]
    maison: Mapped[str | None]
    moved_from: Mapped[str | None]
    moved_to: Mapped[str | None]
    moved_on: Mapped[date | None]
    merged_into: Mapped[UUID | None]


class ParcoursFact(Fact):
    """A column per field that a figure needs, under the field's own name; each type of event fills its own."""

    __tablename__ = "parcours_fact"
    __table_args__ = (Index(None, "participant_id"),)

    participant_id: Mapped[UUID]
    parcours_no: Mapped[int]
    opened_on: Mapped[date | None]
    signed_on: Mapped[date | None]
    contact_id: Mapped[UUID | None]
    occurred_on: Mapped[date | None]
    medium: Mapped[str | None]
    format: Mapped[str | None]
    with_referent: Mapped[bool | None]
    outcome: Mapped[str | None]
    stage: Mapped[str | None]
    first_interview: Mapped[bool | None]
    action_id: Mapped[UUID | None]
    held_on: Mapped[date | None]
    hours: Mapped[float | None] = mapped_column(Double)
    present: Mapped[bool | None]
    step_id: Mapped[UUID | None]
    job_id: Mapped[UUID | None]
    kind: Mapped[str | None]
    started_on: Mapped[date | None]
    contract_kind: Mapped[str | None]
    durable: Mapped[bool | None]
    month: Mapped[int | None] = mapped_column(SmallInteger)
    in_employment: Mapped[bool | None]
    retained_3_months: Mapped[bool | None]
    retained_6_months: Mapped[bool | None]
    ended_on: Mapped[date | None]
    reason_code: Mapped[str | None]
    positive_rule: Mapped[str | None]
    commune_insee: Mapped[str | None]
    changed_on: Mapped[date | None]


class Touched(Base):
    """Keys whose facts have changed since they were last derived; one row per batch."""

    __tablename__ = "touched"

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    orientations: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    participants: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))


class Journey(Base):
    """An orientation and the parcours that came of it: what a figure can be filtered and grouped by."""

    __tablename__ = "journey"
    __table_args__ = (
        Index(None, "person_id"),
        Index(None, "received_on"),
        Index(None, "opened_on"),
        Index(None, "present_from"),
        Index(None, "ended_on"),
    )

    orientation_id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str]
    received_on: Mapped[date]
    decided_on: Mapped[date | None]
    clas: Mapped[str]
    prescriber_kind: Mapped[str]
    sex: Mapped[str]
    age_band: Mapped[str]
    rsa: Mapped[str]
    qpv: Mapped[str]
    education: Mapped[str]
    long_term: Mapped[bool]
    barriers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    commune: Mapped[str]
    territory: Mapped[str]
    participant_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    parcours_no: Mapped[int | None]
    maison: Mapped[str | None]
    maisons: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Every Maison in charge, one after the other; each but the first from its day in `moved_on`."""

    moved_on: Mapped[list[date]] = mapped_column(ARRAY(Date))
    residence: Mapped[str | None]
    residence_territory: Mapped[str | None]
    opened_on: Mapped[date | None]
    present_from: Mapped[date | None]
    """Since when the person counts in the active file by this parcours: not while an earlier one is open."""

    first_interview_on: Mapped[date | None]
    contract_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    exit_kind: Mapped[str | None]
    exit_reason: Mapped[str | None]
    positive_rule: Mapped[str | None]


class Counted(Base):
    """One thing that a figure counts, on its day and place, with the fact that it stands on.

    A delay has `days`, an attendance its hours as `amount`, and what is kept or not 1 or 0.
    """

    __tablename__ = "counted"
    __table_args__ = (
        Index(None, "orientation_id"),
        Index(None, "on_date"),
        Index("ix_counted_delay", "on_date", postgresql_where=text("days is not null")),
        Index("ix_counted_move", "on_date", postgresql_where=text("code = 'maison.moved'")),
    )

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    family: Mapped[str]
    code: Mapped[str]
    on_date: Mapped[date]
    amount: Mapped[Decimal | None]
    days: Mapped[int | None]
    orientation_id: Mapped[UUID]
    maison: Mapped[str | None]
    commune: Mapped[str]
    territory: Mapped[str]
    writer: Mapped[str]
    partition: Mapped[int] = mapped_column(SmallInteger)
    position: Mapped[int] = mapped_column(BigInteger)


class Rolled(Base):
    """What the detail adds up to: of everyone by month and by day, and of each value (`key`) of a filter by month.

    `since` is the day or the month's first; `detail` tells apart what one code counts: a delay's days, a reason, a commune.
    A stock has what moved it, so that it is the sum of all months up to a day.
    """

    __tablename__ = "rolled"

    dimension: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    series: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    detail: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[Decimal] = mapped_column(Numeric)


class Unattached(Base):
    """A fact whose parent has not arrived, or whose writer is not the one that it counts from."""

    __tablename__ = "unattached"
    __table_args__ = (Index(None, "subject_id"),)

    family: Mapped[str] = mapped_column(primary_key=True)
    writer: Mapped[str] = mapped_column(primary_key=True)
    partition: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    subject_id: Mapped[UUID]
    reason: Mapped[str]
