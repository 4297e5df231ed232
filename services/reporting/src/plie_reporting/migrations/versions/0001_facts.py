"""The fact store, what is derived from it, what that adds up to, and the chassis' tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from plie_chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def place_in_log() -> list[sa.Column[object]]:
    return [
        sa.Column("writer", sa.Text(), primary_key=True),
        sa.Column("partition", sa.SmallInteger(), primary_key=True),
        sa.Column("position", sa.BigInteger(), primary_key=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
    ]


def upgrade() -> None:
    create_chassis_tables(op)
    op.create_table(
        "orientation_fact",
        *place_in_log(),
        sa.Column("orientation_id", sa.Uuid(), nullable=False),
        sa.Column("addressed_to", sa.Text()),
        sa.Column("received_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_on", sa.Date()),
        sa.Column("prescriber_kind", sa.Text()),
        sa.Column("age", sa.SmallInteger()),
        sa.Column("sex", sa.Text()),
        sa.Column("commune_insee", sa.Text()),
        sa.Column("qpv_resident", sa.Boolean()),
        sa.Column("education_level", sa.SmallInteger()),
        sa.Column("employment", sa.Text()),
        sa.Column("unemployed_months", sa.Integer()),
        sa.Column("rsa_recipient", sa.Boolean()),
        sa.Column("barriers", ARRAY(sa.Text())),
    )
    op.create_index("ix_orientation_fact_orientation_id", "orientation_fact", ["orientation_id"])
    op.create_table(
        "admission_fact",
        *place_in_log(),
        sa.Column("orientation_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid()),
        sa.Column("parcours_no", sa.Integer()),
        sa.Column("decision_number", sa.Integer()),
        sa.Column("decided_on", sa.Date()),
        sa.Column("maison", sa.Text()),
        sa.Column("moved_from", sa.Text()),
        sa.Column("moved_to", sa.Text()),
        sa.Column("moved_on", sa.Date()),
        sa.Column("merged_into", sa.Uuid()),
    )
    op.create_index("ix_admission_fact_merged_into", "admission_fact", ["merged_into"])
    op.create_index("ix_admission_fact_orientation_id", "admission_fact", ["orientation_id"])
    op.create_index("ix_admission_fact_participant_id", "admission_fact", ["participant_id"])
    op.create_table(
        "parcours_fact",
        *place_in_log(),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("parcours_no", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date()),
        sa.Column("signed_on", sa.Date()),
        sa.Column("contact_id", sa.Uuid()),
        sa.Column("occurred_on", sa.Date()),
        sa.Column("medium", sa.Text()),
        sa.Column("format", sa.Text()),
        sa.Column("with_referent", sa.Boolean()),
        sa.Column("outcome", sa.Text()),
        sa.Column("stage", sa.Text()),
        sa.Column("first_interview", sa.Boolean()),
        sa.Column("action_id", sa.Uuid()),
        sa.Column("held_on", sa.Date()),
        sa.Column("hours", sa.Double()),
        sa.Column("present", sa.Boolean()),
        sa.Column("step_id", sa.Uuid()),
        sa.Column("job_id", sa.Uuid()),
        sa.Column("kind", sa.Text()),
        sa.Column("started_on", sa.Date()),
        sa.Column("contract_kind", sa.Text()),
        sa.Column("durable", sa.Boolean()),
        sa.Column("month", sa.SmallInteger()),
        sa.Column("in_employment", sa.Boolean()),
        sa.Column("retained_3_months", sa.Boolean()),
        sa.Column("retained_6_months", sa.Boolean()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("reason_code", sa.Text()),
        sa.Column("positive_rule", sa.Text()),
        sa.Column("commune_insee", sa.Text()),
        sa.Column("changed_on", sa.Date()),
    )
    op.create_index("ix_parcours_fact_participant_id", "parcours_fact", ["participant_id"])
    op.create_table(
        "touched",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("orientations", ARRAY(sa.Uuid()), nullable=False),
        sa.Column("participants", ARRAY(sa.Uuid()), nullable=False),
    )
    op.create_table(
        "journey",
        sa.Column("orientation_id", sa.Uuid(), primary_key=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("decided_on", sa.Date()),
        sa.Column("clas", sa.Text(), nullable=False),
        sa.Column("prescriber_kind", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("rsa", sa.Text(), nullable=False),
        sa.Column("qpv", sa.Text(), nullable=False),
        sa.Column("education", sa.Text(), nullable=False),
        sa.Column("long_term", sa.Boolean(), nullable=False),
        sa.Column("barriers", ARRAY(sa.Text()), nullable=False),
        sa.Column("commune", sa.Text(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Uuid()),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("parcours_no", sa.Integer()),
        sa.Column("maison", sa.Text()),
        sa.Column("maisons", ARRAY(sa.Text()), nullable=False),
        sa.Column("moved_on", ARRAY(sa.Date()), nullable=False),
        sa.Column("residence", sa.Text()),
        sa.Column("residence_territory", sa.Text()),
        sa.Column("opened_on", sa.Date()),
        sa.Column("present_from", sa.Date()),
        sa.Column("first_interview_on", sa.Date()),
        sa.Column("contract_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("exit_kind", sa.Text()),
        sa.Column("exit_reason", sa.Text()),
        sa.Column("positive_rule", sa.Text()),
    )
    op.create_index("ix_journey_ended_on", "journey", ["ended_on"])
    op.create_index("ix_journey_opened_on", "journey", ["opened_on"])
    op.create_index("ix_journey_person_id", "journey", ["person_id"])
    op.create_index("ix_journey_present_from", "journey", ["present_from"])
    op.create_index("ix_journey_received_on", "journey", ["received_on"])
    op.create_table(
        "counted",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric()),
        sa.Column("days", sa.Integer()),
        sa.Column("orientation_id", sa.Uuid(), nullable=False),
        sa.Column("maison", sa.Text()),
        sa.Column("commune", sa.Text(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_counted_on_date", "counted", ["on_date"])
    op.create_index("ix_counted_delay", "counted", ["on_date"], postgresql_where=sa.text("days is not null"))
    op.create_index("ix_counted_move", "counted", ["on_date"], postgresql_where=sa.text("code = 'maison.moved'"))
    op.create_index("ix_counted_orientation_id", "counted", ["orientation_id"])
    op.create_table(
        "rolled",
        sa.Column("dimension", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("series", sa.Text(), primary_key=True),
        sa.Column("since", sa.Date(), primary_key=True),
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("detail", sa.Text(), primary_key=True),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
    )
    op.create_table(
        "unattached",
        sa.Column("family", sa.Text(), primary_key=True),
        sa.Column("writer", sa.Text(), primary_key=True),
        sa.Column("partition", sa.SmallInteger(), primary_key=True),
        sa.Column("position", sa.BigInteger(), primary_key=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("ix_unattached_subject_id", "unattached", ["subject_id"])
