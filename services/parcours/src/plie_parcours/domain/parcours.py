"""The state of a parcours and what it forbids; folded from its facts (history.py), held nowhere else.

Every rule of this package reads a Parcours and answers an event or a refusal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from plie_chassis.calendar import long_date
from plie_chassis.problems import Conflict, FieldError, Invalid
from plie_parcours.domain.records import (
    Assignment,
    Attendance,
    BarrierReview,
    Contact,
    Contract,
    Elsewhere,
    Exit,
    FollowUp,
    Job,
    Move,
    Note,
    Residence,
    Step,
)

TRAINING = frozenset({"pre-qualifiant", "qualifiant"})
INSERTION_POSTS = frozenset({"siae", "geiq"})


class NotOpened(Conflict):
    code = "parcours.not-opened"
    title = "Aucun référent affecté"


class ParcoursIsEnded(Conflict):
    code = "parcours.ended"
    title = "Parcours terminé"


class HandedOver(Conflict):
    code = "parcours.handed-over"
    title = "Parcours transmis à une autre Maison"


class AdmissionRevoked(Conflict):
    code = "parcours.admission-revoked"
    title = "Admission rectifiée par la CLAS"


class DateInFuture(Invalid):
    code = "date.in-future"
    title = "Date dans le futur"


class DateBeforeAdmission(Invalid):
    code = "date.before-admission"
    title = "Date antérieure à l’admission"


class DateBeforeStart(Invalid):
    code = "date.before-start"
    title = "Fin antérieure au début"


@dataclass(frozen=True, slots=True)
class Parcours:
    """`moves` are the changes of Maison still to come, the next one first."""

    participant_id: UUID
    number: int
    orientation_id: UUID
    admitted_on: date
    revoked_on: date | None = None
    opened_on: date | None = None
    referent_id: str | None = None
    referent_since: date | None = None
    referents: tuple[Assignment, ...] = ()
    modality: str | None = None
    contacts: Mapping[UUID, Contact] = field(default_factory=dict)
    contracts: Mapping[UUID, Contract] = field(default_factory=dict)
    steps: Mapping[UUID, Step] = field(default_factory=dict)
    jobs: Mapping[UUID, Job] = field(default_factory=dict)
    follow_ups: Mapping[UUID, FollowUp] = field(default_factory=dict)
    attendances: Mapping[UUID, Attendance] = field(default_factory=dict)
    reviews: tuple[BarrierReview, ...] = ()
    residence: Residence | None = None
    exit: Exit | None = None
    moves: tuple[Move, ...] = ()
    arrived_on: date | None = None
    elsewhere: Elsewhere | None = None
    notes: tuple[Note, ...] = ()

    @property
    def subject(self) -> dict[str, Any]:
        """What every fact of a parcours carries."""
        return {"participant_id": self.participant_id, "parcours_no": self.number}

    @property
    def is_over(self) -> bool:
        """Nothing more is noted here: it ended, or another Maison goes on with it."""
        return self.exit is not None or self.elsewhere is not None

    @property
    def is_closed(self) -> bool:
        """Over, or admitted by a decision that the commission took back before anybody opened the parcours."""
        return self.is_over or (self.revoked_on is not None and self.opened_on is None)

    @property
    def leaving(self) -> Move | None:
        """The file goes to another Maison next."""
        return next((move for move in self.moves[:1] if move.leaves), None)

    @property
    def arriving(self) -> Move | None:
        """The file of another Maison comes next."""
        return next((move for move in self.moves[:1] if not move.leaves), None)

    @property
    def first_interview(self) -> Contact | None:
        return next((contact for contact in self.contacts.values() if contact.first_interview), None)

    @property
    def contacts_by_date(self) -> list[Contact]:
        return sorted(self.contacts.values(), key=lambda contact: (contact.occurred_on, contact.contact_id))

    @property
    def stage(self) -> str:
        """What is open now: a job comes before an insertion post, a post before a training."""
        if self.is_closed:
            return "ended"
        return _stage(
            in_job=any(job.ended_on is None for job in self.jobs.values()),
            step_kinds={step.kind for step in self.steps.values() if step.ended_on is None},
            signed=bool(self.contracts),
        )

    def stage_on(self, day: date) -> str:
        """Where the parcours was on a day; jobs and steps count from their first to their last day."""
        return _stage(
            in_job=any(job.runs_on(day) for job in self.jobs.values()),
            step_kinds={step.kind for step in self.steps.values() if step.runs_on(day)},
            signed=any(contract.signed_on <= day for contract in self.contracts.values()),
        )


def _stage(*, in_job: bool, step_kinds: set[str], signed: bool) -> str:
    if in_job:
        return "job"
    if step_kinds & INSERTION_POSTS:
        return "siae"
    if step_kinds & TRAINING:
        return "training"
    return "accompaniment" if signed else "welcome"


def goes_on_here(parcours: Parcours) -> None:
    """Nothing is added to a parcours that has ended, or that another Maison goes on with.

    Raises ParcoursIsEnded, HandedOver.
    """
    if parcours.exit is not None:
        raise ParcoursIsEnded(
            f"Ce parcours s’est terminé le {long_date(parcours.exit.ended_on)}. Rien n’a été enregistré :"
            " une nouvelle admission par la CLAS ouvrira un nouveau parcours."
        )
    if parcours.elsewhere is not None:
        raise HandedOver(
            f"Une autre Maison accompagne cette personne depuis le {long_date(parcours.elsewhere.since)}."
            " Rien n’a été enregistré : signalez-lui ce qui reste à noter, même d’avant ce jour."
        )


def admission_stands(parcours: Parcours) -> None:
    """The commission may rectify its decision; then only an exit remains. Raises AdmissionRevoked."""
    if parcours.revoked_on is not None:
        raise AdmissionRevoked(
            f"La CLAS est revenue sur l’admission le {long_date(parcours.revoked_on)}. Rien n’a été enregistré :"
            " prononcez la sortie, ou demandez à la CLAS une nouvelle décision."
        )


def under_way(parcours: Parcours) -> str:
    """The référent of a parcours that is open and under way.

    Raises NotOpened, ParcoursIsEnded, HandedOver, AdmissionRevoked.
    """
    goes_on_here(parcours)
    admission_stands(parcours)
    return opened(parcours)


def opened(parcours: Parcours) -> str:
    """A parcours opens when its référent is assigned. Raises NotOpened."""
    if parcours.referent_id is None:
        raise NotOpened(
            "Aucun référent n’est affecté à cette personne. Affectez un référent d’abord : le parcours s’ouvrira."
        )
    return parcours.referent_id


def has_happened(day: date, today: date, path: str) -> None:
    """Facts are about the past and today. Raises DateInFuture."""
    if day > today:
        message = f"Le {long_date(day)} n’est pas encore passé. Indiquez une date jusqu’au {long_date(today)}."
        raise DateInFuture(message, errors=[FieldError(path, DateInFuture.code, message)])


def since_admission(parcours: Parcours, day: date, today: date, path: str) -> None:
    """What a parcours tells lies between the admission and today. Raises DateInFuture, DateBeforeAdmission."""
    has_happened(day, today, path)
    if day < parcours.admitted_on:
        message = (
            f"Le {long_date(day)} précède l’admission du {long_date(parcours.admitted_on)}."
            " Indiquez une date égale ou postérieure."
        )
        raise DateBeforeAdmission(message, errors=[FieldError(path, DateBeforeAdmission.code, message)])


def not_before(day: date, start: date, what: str, path: str) -> None:
    """An end does not precede its beginning; `what` names the beginning. Raises DateBeforeStart."""
    if day < start:
        message = f"Le {long_date(day)} précède {what} du {long_date(start)}. Indiquez une date égale ou postérieure."
        raise DateBeforeStart(message, errors=[FieldError(path, DateBeforeStart.code, message)])
