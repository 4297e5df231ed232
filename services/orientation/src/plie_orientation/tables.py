"""The orientations that an organisation made, or hosts for others, and what surrounds them: drafts, questions, imports, webhooks.

`draft` is the body as it was accepted; `later` is the history after the reception, and only grows.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, MetaData, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from plie_chassis import database


class Base(database.Base):
    __abstract__ = True
    metadata = MetaData(naming_convention=database.NAMING)


class Orientation(Base):
    """`organisation` and `structure` are the prescriber's; `producer` is set when its own IT submitted it over Kafka.

    `form_id` is drawn with the form that was filled (or follows from the batch's or import's line), so that what is
    sent twice is one orientation. `completed` is the draft with what the commission asked for since.
    """

    __tablename__ = "orientation"
    __table_args__ = (
        UniqueConstraint("organisation", "structure", "external_reference"),
        Index("ix_orientation_received_at_id", "received_at", "id"),
        Index("ix_orientation_organisation_structure_status", "organisation", "structure", "status"),
        Index("ix_orientation_deferred", "organisation", "structure", postgresql_where=text("status = 'deferred'")),
        Index(
            "ix_orientation_searchable",
            "searchable",
            postgresql_using="gin",
            postgresql_ops={"searchable": "gin_trgm_ops"},
        ),
        Index("ix_orientation_organisation_born", "organisation", text("(draft #>> '{person,birth_date}')")),
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
    completed: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    later: Mapped[list[dict[str, Any]]] = mapped_column(JSONB(), server_default="[]")
    heard: Mapped[int] = mapped_column(BigInteger, server_default="0")
    searchable: Mapped[str]
    producer: Mapped[str | None]
    form_id: Mapped[UUID | None]
    adhesion_how: Mapped[str | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (how SQLAlchemy declares it)


class InformationRequest(Base):
    """What the commission asks of an orientation; codes of the vocabulary « information ».

    `answered_at` is empty until all of it is answered. `submission_due`: a direct producer has named its answer, and
    its corrected submission may still come.
    """

    __tablename__ = "information_request"
    __table_args__ = (
        Index(None, "orientation_id"),
        Index("ix_information_request_open", "orientation_id", postgresql_where=text("answered_at is null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    orientation_id: Mapped[UUID] = mapped_column(ForeignKey("orientation.id"))
    asked: Mapped[list[str]]
    answered: Mapped[list[str]]
    asked_at: Mapped[datetime]
    last_answer_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    submission_due: Mapped[bool] = mapped_column(server_default="false", default=False)


class FormDraft(Base):
    """A form being filled, of one account: its texts as typed, by field name. Its id becomes the orientation's `form_id`."""

    __tablename__ = "form_draft"
    __table_args__ = (Index("ix_form_draft_account_id_saved_at", "account_id", "saved_at"), Index(None, "saved_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    fields: Mapped[dict[str, list[str]]] = mapped_column(JSONB())
    saved_at: Mapped[datetime]


class Webhook(Base):
    """Where a partner wants to be told of status changes; `secret` signs, so it is kept as it is.

    `token_id` is the token that registered it, empty where a person did: revoked, its webhook is paused.
    """

    __tablename__ = "webhook"
    __table_args__ = (UniqueConstraint("organisation", "structure", "url", postgresql_nulls_not_distinct=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation: Mapped[str]
    structure: Mapped[str | None]
    url: Mapped[str]
    secret: Mapped[str]
    registered_by: Mapped[str]
    token_id: Mapped[UUID | None]
    created_at: Mapped[datetime]


class WebhookDelivery(Base):
    """One status change told to one webhook, `sequence` being its place in the orientation's history.

    `due_at` is empty once it is delivered or given up (`dead_at`).
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_webhook_id_created_at_id", "webhook_id", "created_at", "id"),
        Index(None, "created_at"),
        Index(
            "ix_webhook_delivery_order",
            "webhook_id",
            "orientation_id",
            "sequence",
            postgresql_where=text("due_at is not null"),
        ),
        Index("ix_webhook_delivery_due_at", "due_at", postgresql_where=text("due_at is not null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    orientation_id: Mapped[UUID]
    sequence: Mapped[int]
    status: Mapped[str]
    on: Mapped[date]
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    answered: Mapped[int | None]
    error: Mapped[str | None]


class Import(Base):
    """A file of orientations: whose it is, how its columns read, how far it is (`domain/imports.py` has the states).

    `undone_for` is the organisation and structure that who undoes it acts for: its lines are withdrawn within these.
    """

    __tablename__ = "import"
    __table_args__ = (
        Index("ix_import_created_at_id", "created_at", "id"),
        Index("ix_import_state", "state", postgresql_where=text("state in ('checking', 'sending', 'undoing')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation: Mapped[str]
    structure: Mapped[str | None]
    kinds: Mapped[list[str]]
    imported_by: Mapped[str]
    file_name: Mapped[str]
    columns: Mapped[list[str]]
    mapping: Mapped[dict[str, int]] = mapped_column(JSONB())
    with_duplicates: Mapped[bool] = mapped_column(server_default="false")
    state: Mapped[str]
    created_at: Mapped[datetime]
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]
    undone_for: Mapped[dict[str, str | None] | None] = mapped_column(JSONB(none_as_null=True))


class ImportRow(Base):
    """A line of the file: its cells as texts, then what became of it."""

    __tablename__ = "import_row"
    __table_args__ = (Index("ix_import_row_import_id_state_number", "import_id", "state", "number"),)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    cells: Mapped[list[str]]
    state: Mapped[str] = mapped_column(server_default="new")
    errors: Mapped[list[dict[str, str]] | None] = mapped_column(JSONB(none_as_null=True))
    person_key: Mapped[str | None]
    duplicate_of: Mapped[str | None]
    orientation_id: Mapped[UUID | None]


class ImportMapping(Base):
    """How a structure last read a file with these columns, which are kept as a digest: they may hold people's data."""

    __tablename__ = "import_mapping"
    __table_args__ = (Index(None, "saved_at"),)

    organisation: Mapped[str] = mapped_column(primary_key=True)
    structure: Mapped[str] = mapped_column(primary_key=True)
    columns_digest: Mapped[str] = mapped_column(primary_key=True)
    mapping: Mapped[dict[str, int]] = mapped_column(JSONB())
    saved_at: Mapped[datetime]
