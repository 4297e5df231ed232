"""Files, sessions and decisions, beside the chassis' tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from plie_chassis.database import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables(op)
    op.create_table(
        "orientation_claim",
        sa.Column("orientation_id", sa.Uuid(), primary_key=True),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("withdrawn_on", sa.Date()),
    )
    op.create_table(
        "participant",
        sa.Column("participant_id", sa.Uuid(), primary_key=True),
        sa.Column("parcours_count", sa.Integer(), nullable=False),
    )
    op.create_table(
        "commission_session",
        sa.Column("session_id", sa.Uuid(), primary_key=True),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("members", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.Column("closed_by", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index(
        "ix_commission_session_created_at_commission_session_session_id",
        "commission_session",
        ["created_at", "session_id"],
    )
    op.create_table(
        "file",
        sa.Column("orientation_id", sa.Uuid(), primary_key=True),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", JSONB()),
        sa.Column("snapshot", JSONB()),
        sa.Column("last_name", sa.Text()),
        sa.Column("first_name", sa.Text()),
        sa.Column("birth_date", sa.Date()),
        sa.Column("same_name", sa.Text()),
        sa.Column("searchable", sa.Text(), nullable=False),
        sa.Column("age_at_reception", sa.Integer()),
        sa.Column("commune_insee", sa.Text()),
        sa.Column("prescriber_kind", sa.Text()),
        sa.Column("structure", sa.Text()),
        sa.Column("missing", JSONB(), nullable=False),
        sa.Column("agenda_of", sa.Uuid(), sa.ForeignKey("commission_session.session_id", name="fk_file_agenda_of")),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("decided_in", sa.Uuid(), sa.ForeignKey("commission_session.session_id", name="fk_file_decided_in")),
        sa.Column("defer_until", sa.Date()),
        sa.Column("withdrawn_on", sa.Date()),
        sa.Column("participant_id", sa.Uuid()),
        sa.Column("parcours_no", sa.Integer()),
        sa.Column("maison", sa.Text()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("participant_id", "parcours_no", name="uq_file_participant_id_parcours_no"),
    )
    op.create_index("ix_file_received_at_file_orientation_id", "file", ["received_at", "orientation_id"])
    op.create_index("ix_file_status_file_received_at", "file", ["status", "received_at"])
    op.create_index("ix_file_same_name_file_birth_date", "file", ["same_name", "birth_date"])
    op.create_index("ix_file_maison_file_status", "file", ["maison", "status"])
    op.create_table(
        "agenda_item",
        sa.Column(
            "session_id",
            sa.Uuid(),
            sa.ForeignKey("commission_session.session_id", name="fk_agenda_item_session_id"),
            primary_key=True,
        ),
        sa.Column(
            "orientation_id",
            sa.Uuid(),
            sa.ForeignKey("file.orientation_id", name="fk_agenda_item_orientation_id"),
            primary_key=True,
        ),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text()),
        *stated_columns(),
        sa.Column("drafted_by", sa.Text()),
        sa.Column("left_because", sa.Text()),
    )
    op.create_index("ix_agenda_item_orientation_id", "agenda_item", ["orientation_id"])
    op.create_table(
        "decision",
        sa.Column(
            "orientation_id",
            sa.Uuid(),
            sa.ForeignKey("file.orientation_id", name="fk_decision_orientation_id"),
            primary_key=True,
        ),
        sa.Column("decision_number", sa.Integer(), primary_key=True),
        sa.Column(
            "session_id",
            sa.Uuid(),
            sa.ForeignKey("commission_session.session_id", name="fk_decision_session_id"),
            nullable=False,
        ),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("rectifies", sa.Boolean(), nullable=False),
        *stated_columns(),
        sa.Column("participant_id", sa.Uuid()),
        sa.Column("parcours_no", sa.Integer()),
        sa.Column("criteria", JSONB(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text()),
    )
    op.create_index("ix_decision_session_id", "decision", ["session_id"])


def stated_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("maison", sa.Text()),
        sa.Column("plus_value_code", sa.Text()),
        sa.Column("reason_code", sa.Text()),
        sa.Column("defer_until", sa.Date()),
        sa.Column("reorientation", sa.Text()),
        sa.Column("override_reason", sa.Text()),
        sa.Column("same_person_as", sa.Uuid()),
        sa.Column("adhesion_confirmed", sa.Boolean()),
    ]
