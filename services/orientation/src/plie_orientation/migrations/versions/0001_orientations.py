"""Orientations and what surrounds them, beside the chassis' tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from plie_chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_chassis_tables(op)
    orientations()
    information_requests()
    form_drafts()
    webhooks()
    imports()


def orientations() -> None:
    op.create_table(
        "orientation",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("structure", sa.Text(), nullable=False),
        sa.Column("external_reference", sa.Text()),
        sa.Column("addressed_to", sa.Text(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False, server_default="received"),
        sa.Column("draft", JSONB(), nullable=False),
        sa.Column("completed", JSONB()),
        sa.Column("later", JSONB(), nullable=False, server_default="[]"),
        sa.Column("heard", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("searchable", sa.Text(), nullable=False),
        sa.Column("producer", sa.Text()),
        sa.Column("form_id", sa.Uuid()),
        sa.Column("adhesion_how", sa.Text()),
        sa.UniqueConstraint(
            "organisation",
            "structure",
            "external_reference",
            name="uq_orientation_organisation_structure_external_reference",
        ),
    )
    op.create_index("ix_orientation_received_at_id", "orientation", ["received_at", "id"])
    op.create_index(
        "ix_orientation_organisation_structure_status", "orientation", ["organisation", "structure", "status"]
    )
    op.create_index(
        "ix_orientation_deferred",
        "orientation",
        ["organisation", "structure"],
        postgresql_where=sa.text("status = 'deferred'"),
    )
    op.execute("create extension if not exists pg_trgm")
    op.create_index(
        "ix_orientation_searchable",
        "orientation",
        ["searchable"],
        postgresql_using="gin",
        postgresql_ops={"searchable": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_orientation_organisation_born",
        "orientation",
        ["organisation", sa.text("(draft #>> '{person,birth_date}')")],
    )
    op.create_index(
        "uq_orientation_form_id",
        "orientation",
        ["form_id"],
        unique=True,
        postgresql_where=sa.text("form_id is not null"),
    )


def information_requests() -> None:
    op.create_table(
        "information_request",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("orientation_id", sa.Uuid(), sa.ForeignKey("orientation.id"), nullable=False),
        sa.Column("asked", JSONB(), nullable=False),
        sa.Column("answered", JSONB(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("last_answer_at", INSTANT),
        sa.Column("answered_at", INSTANT),
        sa.Column("submission_due", sa.Boolean(), nullable=False, server_default="false"),
    )
    op.create_index("ix_information_request_orientation_id", "information_request", ["orientation_id"])
    op.create_index(
        "ix_information_request_open",
        "information_request",
        ["orientation_id"],
        postgresql_where=sa.text("answered_at is null"),
    )


def form_drafts() -> None:
    op.create_table(
        "form_draft",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
    )
    op.create_index("ix_form_draft_account_id_saved_at", "form_draft", ["account_id", "saved_at"])
    op.create_index("ix_form_draft_saved_at", "form_draft", ["saved_at"])


def webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("structure", sa.Text()),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("token_id", sa.Uuid()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.UniqueConstraint(
            "organisation",
            "structure",
            "url",
            name="uq_webhook_organisation_structure_url",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("webhook_id", sa.Uuid(), sa.ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False),
        sa.Column("orientation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("due_at", INSTANT),
        sa.Column("delivered_at", INSTANT),
        sa.Column("dead_at", INSTANT),
        sa.Column("answered", sa.Integer()),
        sa.Column("error", sa.Text()),
    )
    op.create_index(
        "ix_webhook_delivery_webhook_id_created_at_id", "webhook_delivery", ["webhook_id", "created_at", "id"]
    )
    op.create_index("ix_webhook_delivery_created_at", "webhook_delivery", ["created_at"])
    op.create_index(
        "ix_webhook_delivery_order",
        "webhook_delivery",
        ["webhook_id", "orientation_id", "sequence"],
        postgresql_where=sa.text("due_at is not null"),
    )
    op.create_index(
        "ix_webhook_delivery_due_at", "webhook_delivery", ["due_at"], postgresql_where=sa.text("due_at is not null")
    )


def imports() -> None:
    op.create_table(
        "import",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("structure", sa.Text()),
        sa.Column("kinds", JSONB(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("columns", JSONB(), nullable=False),
        sa.Column("mapping", JSONB(), nullable=False),
        sa.Column("with_duplicates", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("undone_by", sa.Text()),
        sa.Column("undone_at", INSTANT),
        sa.Column("undone_for", JSONB()),
    )
    op.create_index("ix_import_created_at_id", "import", ["created_at", "id"])
    op.create_index(
        "ix_import_state",
        "import",
        ["state"],
        postgresql_where=sa.text("state in ('checking', 'sending', 'undoing')"),
    )
    op.create_table(
        "import_row",
        sa.Column("import_id", sa.Uuid(), sa.ForeignKey("import.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("cells", JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="new"),
        sa.Column("errors", JSONB()),
        sa.Column("person_key", sa.Text()),
        sa.Column("duplicate_of", sa.Text()),
        sa.Column("orientation_id", sa.Uuid()),
    )
    op.create_index("ix_import_row_import_id_state_number", "import_row", ["import_id", "state", "number"])
    op.create_table(
        "import_mapping",
        sa.Column("organisation", sa.Text(), primary_key=True),
        sa.Column("structure", sa.Text(), primary_key=True),
        sa.Column("columns_digest", sa.Text(), primary_key=True),
        sa.Column("mapping", JSONB(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
    )
    op.create_index("ix_import_mapping_saved_at", "import_mapping", ["saved_at"])
