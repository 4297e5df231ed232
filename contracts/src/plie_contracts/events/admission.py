"""Facts about what the CLAS decides on an orientation; key: the orientation.

Decisions are numbered 1..n for an orientation; the highest counts."""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from plie_contracts.events.base import Event, Part
from plie_contracts.events.fields import (
    AssignmentReason,
    CriterionResult,
    Day,
    DecisionReason,
    Id,
    In,
    Number,
    PlusValue,
    Reorientation,
    Slug,
)
from plie_contracts.streams import Family


class AdmissionFact(Event):
    FAMILY: ClassVar[Family] = "admission"
    KEY: ClassVar[str] = "orientation_id"

    orientation_id: Id


class Criteria(Part):
    """How the four cumulative conditions of the field text are met."""

    territory: CriterionResult
    without_employment: CriterionResult
    difficulties: CriterionResult
    adhesion: CriterionResult


class OrientationScheduled(AdmissionFact):
    """The file is on the agenda of a session."""

    session_id: Id
    held_on: Day


class Decision(AdmissionFact):
    decision_number: Number
    decided_on: Day
    session_id: Id
    rectifies: bool | None = None


class AdmissionValidated(Decision):
    """The commission admits the person and names the Maison that welcomes them."""

    OWNER: ClassVar[str | None] = "clas"

    participant_id: Id
    parcours_no: Number
    clas: Slug
    maison: Slug
    criteria: Criteria
    overridden: bool
    plus_value_code: PlusValue


class AdmissionDeferred(Decision):
    """The commission decides later, and says why and when."""

    reason_code: DecisionReason
    defer_until: Day


class AdmissionRefused(Decision):
    """The commission refuses, and may propose another service."""

    reason_code: DecisionReason
    reorientation: Reorientation | None = None


class OrientationTransferred(AdmissionFact):
    """Another CLAS takes the orientation over."""

    OWNER: ClassVar[str | None] = "from_"

    from_: Annotated[Slug, Field(alias="from")]
    to: Slug
    transferred_on: Day
    reason_code: Annotated[str, In("transfer-reason", pattern=r"^[a-z0-9-]{1,64}$")]


class MaisonReassigned(AdmissionFact):
    """The CLAS moves a participant to another of its Maisons."""

    participant_id: Id
    from_: Annotated[Slug, Field(alias="from")]
    to: Slug
    effective_on: Day
    reason_code: AssignmentReason


class OpinionGiven(AdmissionFact):
    """The « et de Suivi » of the CLAS: an opinion on a parcours under way."""

    participant_id: Id
    session_id: Id
    subject: Annotated[str, In("opinion-subject")]
    opinion: Annotated[str, In("opinion")]
    given_on: Day


class ParticipantMerged(AdmissionFact):
    """Two participants were one person; `merged_into` is kept."""

    participant_id: Id
    merged_into: Id
    merged_on: Day


class ParticipantUnmerged(AdmissionFact):
    """A merge is undone."""

    participant_id: Id
    merged_into: Id
    unmerged_on: Day


EVENTS: Final = (
    OrientationScheduled,
    AdmissionValidated,
    AdmissionDeferred,
    AdmissionRefused,
    OrientationTransferred,
    MaisonReassigned,
    OpinionGiven,
    ParticipantMerged,
    ParticipantUnmerged,
)
