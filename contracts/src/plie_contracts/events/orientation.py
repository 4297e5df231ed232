"""Facts about an orientation, written by the prescriber's side; key: the orientation.

Pseudonymous: an age, a commune, codes; nothing that names a person."""

from typing import Annotated, ClassVar, Final

from plie_contracts.events.base import Event, Part
from plie_contracts.events.fields import (
    Age,
    Barriers,
    Code,
    CommuneInsee,
    CorrectionReason,
    Count,
    Day,
    EducationLevel,
    Employment,
    Id,
    In,
    Instant,
    PrescriberKind,
    Sex,
    Slug,
)
from plie_contracts.streams import Family


class Prescriber(Part):
    kind: PrescriberKind
    structure_code: Code | None = None


class Person(Part):
    age: Age
    sex: Sex | None = None
    commune_insee: CommuneInsee
    qpv_resident: bool | None = None
    education_level: EducationLevel | None = None


class Situation(Part):
    employment: Employment
    unemployed_months: Count | None = None
    rsa_recipient: bool
    first_time_jobseeker: bool
    entering_iae: bool
    precarious_jobs: bool | None = None
    foreign_diploma: bool | None = None


class OrientationFact(Event):
    FAMILY: ClassVar[Family] = "orientation"
    KEY: ClassVar[str] = "orientation_id"

    orientation_id: Id


class OrientationReceived(OrientationFact):
    """A prescriber orients a person towards the PLIE."""

    addressed_to: Slug
    received_at: Instant
    prescriber: Prescriber
    person: Person
    situation: Situation
    barriers: Barriers
    adhesion: bool
    continuity: bool


class OrientationCorrected(OrientationReceived):
    """The full new state of an orientation."""

    reason_code: CorrectionReason


class OrientationWithdrawn(OrientationFact):
    """The prescriber takes its orientation back, before any decision is known."""

    withdrawn_on: Day
    reason_code: Annotated[str, In("withdrawal-reason", pattern=r"^[a-z0-9-]{1,64}$")]


EVENTS: Final = (OrientationReceived, OrientationCorrected, OrientationWithdrawn)
