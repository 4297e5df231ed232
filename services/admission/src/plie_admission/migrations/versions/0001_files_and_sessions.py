"""Files, sessions and decisions, beside the chassis' tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from plie_chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    create_chassis_tables(op)
    op.create_table(
        "orientation_claim",
        sa.Column("orientation_id", sa.Uuid(), primary_key=True),
        sa.Column("writer", sa.Text()),
        sa.Column("withdrawn_on", sa.Date()),
        sa.Column("addressed_to", sa.Text()),
        sa.Column("told_through", sa.Text()),
        sa.Column("transfers", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("awaiting", JSONB(), nullable=False, server_default="[]"),
        sa.Column("facts", JSONB()),
        sa.Column("snapshot", JSONB()),
        sa.Column("snapshot_from", sa.Text()),
    )
    op.create_table(
        "participant",
        sa.Column("participant_id", sa.Uuid(), primary_key=True),
        sa.Column("parcours_count", sa.Integer(), nullable=False),
        sa.Column("merged_into", sa.Uuid()),
    )
    op.create_table(
        "commission_session",
        sa.Column("session_id", sa.Uuid(), primary_key=True),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.Time()),
        sa.Column("former_plans", JSONB(), nullable=False, server_default="[]"),
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
    op.create_index("ix_commission_session_held_on", "commission_session", ["held_on"])
    op.create_table(
        "file",
        sa.Column("orientation_id", sa.Uuid(), primary_key=True),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("told_through", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", JSONB()),
        sa.Column("snapshot", JSONB()),
        sa.Column("last_name", sa.Text()),
        sa.Column("first_name", sa.Text()),
        sa.Column("birth_date", sa.Date()),
        sa.Column("phone", sa.Text()),
        sa.Column("likeness", ARRAY(sa.Text()), nullable=False),
        sa.Column("searchable", sa.Text(), nullable=False),
        sa.Column("age_at_reception", sa.Integer()),
        sa.Column("commune_insee", sa.Text()),
        sa.Column("prescriber_kind", sa.Text()),
        sa.Column("structure", sa.Text()),
        sa.Column("missing", JSONB(), nullable=False),
        sa.Column("complete", sa.Boolean(), sa.Computed("missing = '[]'::jsonb", persisted=True), nullable=False),
        sa.Column("asked_on", sa.Date()),
        sa.Column("open_questions", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("agenda_of", sa.Uuid(), sa.ForeignKey("commission_session.session_id", name="fk_file_agenda_of")),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("first_decided_on", sa.Date()),
        sa.Column(
            "days_to_decide",
            sa.Integer(),
            sa.Computed("first_decided_on - timezone('Europe/Paris', received_at)::date", persisted=True),
        ),
        sa.Column("last_decided_on", sa.Date()),
        sa.Column("last_decision", sa.Text()),
        sa.Column("last_reason", sa.Text()),
        sa.Column("decided_in", sa.Uuid(), sa.ForeignKey("commission_session.session_id", name="fk_file_decided_in")),
        sa.Column("defer_until", sa.Date()),
        sa.Column(
            "pending_from",
            sa.Date(),
            sa.Computed(
                "case status when 'pending' then '-infinity'::date when 'deferred' then defer_until end", persisted=True
            ),
        ),
        sa.Column("withdrawn_on", sa.Date()),
        sa.Column("participant_id", sa.Uuid()),
        sa.Column("parcours_no", sa.Integer()),
        sa.Column("maison", sa.Text()),
        sa.Column("moves_to", sa.Text()),
        sa.Column("moves_on", sa.Date()),
        sa.Column("moved_on", sa.Date()),
        sa.Column("opinions", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("referent_id", sa.Text()),
        sa.Column("opened_on", sa.Date()),
        sa.Column("first_interview_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("participant_id", "parcours_no", name="uq_file_participant_id_parcours_no"),
    )
    op.create_index(
        "ix_file_received_at_file_orientation_id",
        "file",
        ["received_at", "orientation_id"],
        postgresql_include=["status", "pending_from", "prescriber_kind", "complete", "asked_on", "open_questions"],
    )
    op.create_index("ix_file_pending_from", "file", ["pending_from"], postgresql_include=["received_at"])
    op.create_index(
        "ix_file_prescriber_kind_file_structure",
        "file",
        ["prescriber_kind", "structure"],
        postgresql_include=["received_at", "status", "pending_from", "days_to_decide"],
    )
    op.create_index("ix_file_first_decided_on", "file", ["first_decided_on"], postgresql_include=["days_to_decide"])
    op.create_index(
        "ix_file_last_decided_on", "file", ["last_decided_on"], postgresql_include=["last_decision", "last_reason"]
    )
    op.create_index(
        "ix_file_status_file_ended_on",
        "file",
        ["status", "ended_on"],
        postgresql_include=["maison", "moves_to", "referent_id"],
    )
    op.create_index("ix_file_likeness", "file", ["likeness"], postgresql_using="gin")
    op.create_index(
        "ix_file_searchable",
        "file",
        ["searchable"],
        postgresql_using="gin",
        postgresql_ops={"searchable": "gin_trgm_ops"},
    )
    op.create_table(
        "parcours",
        sa.Column("participant_id", sa.Uuid(), primary_key=True),
        sa.Column("parcours_no", sa.Integer(), primary_key=True),
        sa.Column("orientation_id", sa.Uuid(), _of("parcours", "orientation_id", "file"), nullable=False),
        sa.Column("referents", JSONB(), nullable=False),
        sa.Column("opened_on", sa.Date()),
        sa.Column("first_interview_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
    )
    op.create_index("ix_parcours_orientation_id", "parcours", ["orientation_id"])
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
        sa.Column("subject", sa.Text()),
        sa.Column("opinion", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("effective_on", sa.Date()),
        sa.Column("declared", JSONB(), nullable=False),
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
        sa.Column("takes_back", sa.Integer(), nullable=True),
        *stated_columns(),
        sa.Column("participant_id", sa.Uuid()),
        sa.Column("parcours_no", sa.Integer()),
        sa.Column("criteria", JSONB(), nullable=False),
        sa.Column("aside", JSONB(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text()),
    )
    op.create_index("ix_decision_session_id", "decision", ["session_id"])
    op.create_index("ix_decision_decided_on", "decision", ["decided_on"])
    op.create_table(
        "opinion",
        sa.Column("orientation_id", sa.Uuid(), _of("opinion", "orientation_id", "file"), primary_key=True),
        sa.Column("opinion_number", sa.Integer(), primary_key=True),
        sa.Column("session_id", sa.Uuid(), _of("opinion", "session_id", "commission_session"), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("rectifies", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("maison_before", sa.Text(), nullable=False),
        sa.Column("maison", sa.Text()),
        sa.Column("reason_code", sa.Text()),
        sa.Column("effective_on", sa.Date()),
        sa.Column("aside", JSONB(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text()),
    )
    op.create_index("ix_opinion_session_id", "opinion", ["session_id"])
    op.create_table(
        "resemblance",
        sa.Column("one", sa.Uuid(), _of("resemblance", "one", "file"), primary_key=True),
        sa.Column("other", sa.Uuid(), _of("resemblance", "other", "file"), primary_key=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("contributions", JSONB(), nullable=False),
    )
    op.create_index("ix_resemblance_other", "resemblance", ["other"])
    op.create_table(
        "recognition",
        sa.Column("recognition_id", sa.Uuid(), primary_key=True),
        sa.Column("one", sa.Uuid(), _of("recognition", "one", "file"), nullable=False),
        sa.Column("other", sa.Uuid(), _of("recognition", "other", "file"), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("merged", sa.Uuid()),
        sa.Column("merged_into", sa.Uuid()),
        sa.Column("announced_on", sa.Uuid()),
        sa.Column("stated_on", sa.Date(), nullable=False),
        sa.Column("stated_by", sa.Text()),
        sa.Column("undone_on", sa.Date()),
        sa.Column("undone_by", sa.Text()),
    )
    op.create_index("ix_recognition_one", "recognition", ["one"])
    op.create_index("ix_recognition_other", "recognition", ["other"])
    op.create_table(
        "transfer",
        sa.Column("orientation_id", sa.Uuid(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("transferred_on", sa.Date(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("stated_by", sa.Text()),
        sa.Column("heard", sa.Integer(), nullable=False),
    )
    op.create_table(
        "information_request",
        sa.Column("request_id", sa.Uuid(), primary_key=True),
        sa.Column("orientation_id", sa.Uuid(), _of("information_request", "orientation_id", "file"), nullable=False),
        sa.Column("asked", JSONB(), nullable=False),
        sa.Column("answered", JSONB(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text()),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("last_answer_at", sa.DateTime(timezone=True)),
        sa.Column("dropped_on", sa.Date()),
    )
    op.create_index("ix_information_request_orientation_id", "information_request", ["orientation_id"])


def _of(table: str, column: str, target: str) -> sa.ForeignKey:
    key = "session_id" if target == "commission_session" else "orientation_id"
    return sa.ForeignKey(f"{target}.{key}", name=f"fk_{table}_{column}")


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
