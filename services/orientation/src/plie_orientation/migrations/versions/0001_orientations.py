"""Orientations, beside the chassis' tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from plie_chassis.database import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables(op)
    op.create_table(
        "orientation",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("structure", sa.Text(), nullable=False),
        sa.Column("external_reference", sa.Text()),
        sa.Column("addressed_to", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, server_default="received"),
        sa.Column("draft", JSONB(), nullable=False),
        sa.Column("later", JSONB(), nullable=False, server_default="[]"),
        sa.Column("searchable", sa.Text(), nullable=False),
        sa.Column("producer", sa.Text()),
        sa.Column("form_id", sa.Uuid()),
        sa.UniqueConstraint(
            "organisation",
            "structure",
            "external_reference",
            name="uq_orientation_organisation_structure_external_reference",
        ),
    )
    op.create_index("ix_orientation_received_at_id", "orientation", ["received_at", "id"])
    op.create_index(
        "uq_orientation_form_id",
        "orientation",
        ["form_id"],
        unique=True,
        postgresql_where=sa.text("form_id is not null"),
    )
