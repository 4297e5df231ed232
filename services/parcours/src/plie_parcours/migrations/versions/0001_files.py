"""Files of participants, their facts and deadlines, and collective actions, beside the chassis' tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from plie_chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables(op)
    op.create_table(
        "participant",
        sa.Column("participant_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("search_name", sa.Text(), nullable=False, server_default=""),
        sa.Column("orientation_id", sa.Uuid(), nullable=False),
        sa.Column("parcours_no", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("referent_id", sa.Text()),
        sa.Column("admitted_on", sa.Date(), nullable=False),
        sa.Column("opened_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("last_contact_on", sa.Date()),
        sa.Column("commune_insee", sa.Text()),
        sa.Column("arrives_on", sa.Date()),
        sa.Column("arrived_on", sa.Date()),
        sa.Column("leaves_on", sa.Date()),
        sa.Column("handed_over_on", sa.Date()),
    )
    op.create_index(
        "ix_participant_created_at_participant_participant_id", "participant", ["created_at", "participant_id"]
    )
    op.create_index("ix_participant_referent_id_participant_stage", "participant", ["referent_id", "stage"])
    op.create_index(
        "ix_participant_search_name_participant_participant_id", "participant", ["search_name", "participant_id"]
    )
    op.create_index("ix_participant_leaves_on", "participant", ["leaves_on"])
    op.create_table(
        "fact",
        sa.Column("participant_id", sa.Uuid(), sa.ForeignKey("participant.participant_id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("parcours_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", JSONB(), nullable=False),
        sa.Column("withheld", JSONB(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text()),
        sa.Column("actor_id", sa.Uuid()),
    )
    op.create_index("ix_fact_actor_id_fact_recorded_at", "fact", ["actor_id", "recorded_at"])
    op.create_table(
        "deadline",
        sa.Column("participant_id", sa.Uuid(), sa.ForeignKey("participant.participant_id"), primary_key=True),
        sa.Column("number", sa.SmallInteger(), primary_key=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("about", sa.Uuid()),
    )
    op.create_index("ix_deadline_due_deadline_participant_id", "deadline", ["due", "participant_id"])
    op.create_table(
        "admission",
        sa.Column("orientation_id", sa.Uuid(), primary_key=True),
        sa.Column("decision_number", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("parcours_no", sa.Integer(), nullable=False),
        sa.Column("data", JSONB(), nullable=False),
    )
    op.create_table(
        "early_file",
        sa.Column("participant_id", sa.Uuid(), primary_key=True),
        sa.Column("parcours_no", sa.Integer(), primary_key=True),
        sa.Column("maison", sa.Text(), primary_key=True),
        sa.Column("data", JSONB(), nullable=False),
    )
    op.create_table(
        "handover_note",
        sa.Column("participant_id", sa.Uuid(), sa.ForeignKey("participant.participant_id"), primary_key=True),
        sa.Column("parcours_no", sa.Integer(), primary_key=True),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_table(
        "identity",
        sa.Column("participant_id", sa.Uuid(), primary_key=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("commune_insee", sa.Text(), nullable=False),
        sa.Column("snapshot", JSONB(), nullable=False),
    )
    op.create_table(
        "action",
        sa.Column("action_id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.Column("place", sa.Text()),
    )
    op.create_index("ix_action_held_on_action_action_id", "action", ["held_on", "action_id"])
    op.create_table(
        "attendance",
        sa.Column("action_id", sa.Uuid(), sa.ForeignKey("action.action_id"), primary_key=True),
        sa.Column("participant_id", sa.Uuid(), sa.ForeignKey("participant.participant_id"), primary_key=True),
        sa.Column("present", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_attendance_participant_id", "attendance", ["participant_id"])
