"""The orientations that an organisation made, or hosts for others: one row each, with what was submitted and its history.

`draft` is the body as it was accepted; `later` is the history after the reception, and only grows.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, MetaData, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from plie_chassis import database


class Base(database.Base):
    __abstract__ = True
    metadata = MetaData(naming_convention=database.NAMING)


class Orientation(Base):
    """`organisation` and `structure` are the prescriber's; `producer` is set when its own IT submitted it over Kafka.

    `form_id` is drawn with the form that was filled, so that a form sent twice is one orientation.
    """

    __tablename__ = "orientation"
    __table_args__ = (
        UniqueConstraint("organisation", "structure", "external_reference"),
        Index("ix_orientation_received_at_id", "received_at", "id"),
        Index("uq_orientation_form_id", "form_id", unique=True, postgresql_where=text("form_id is not null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(server_default="1")
    organisation: Mapped[str]
    structure: Mapped[str]
    external_reference: Mapped[str | None]
    addressed_to: Mapped[str]
    received_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(server_default="received")
    draft: Mapped[dict[str, Any]]
    later: Mapped[list[dict[str, Any]]] = mapped_column(JSONB(), server_default="[]")
    searchable: Mapped[str]
    producer: Mapped[str | None]
    form_id: Mapped[UUID | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (how SQLAlchemy declares it)
