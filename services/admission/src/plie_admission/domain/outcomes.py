"""What the prescriber is told of its orientation: a status with its day and codes, never a barrier nor a name."""

from datetime import date
from uuid import UUID

from plie_admission.domain.sessions import Session
from plie_contracts.events import AdmissionDeferred, AdmissionRefused, AdmissionValidated, OrientationOutcomeNotified

LEADING = frozenset({"in-commission", "admitted", "deferred", "refused"})
"""What says where the orientation stands, and so replaces what was said of that before."""


def is_superseded(outcome: OrientationOutcomeNotified, sequence: int | None, heard: int) -> bool:
    """Whether one that leads was `heard` of later; what tells of the person's life supersedes nothing."""
    return outcome.status in LEADING and sequence is not None and sequence < heard


def in_commission(
    orientation_id: UUID, session: Session, reference: str | None, today: date
) -> OrientationOutcomeNotified:
    return OrientationOutcomeNotified(
        orientation_id=orientation_id,
        external_reference=reference,
        status="in-commission",
        on=today,
        session_on=session.held_on,
    )


def decided(
    decision: AdmissionValidated | AdmissionDeferred | AdmissionRefused,
    session: Session,
    reference: str | None,
    reorientation: str | None = None,
) -> OrientationOutcomeNotified:
    """The reason's category goes with a deferral or a refusal, the proposed service with a refusal.

    `reorientation` is the one that was stated: the fact withholds a service whose name reveals something sensitive.
    """
    status = {AdmissionValidated: "admitted", AdmissionDeferred: "deferred", AdmissionRefused: "refused"}[
        type(decision)
    ]
    return OrientationOutcomeNotified(
        orientation_id=decision.orientation_id,
        external_reference=reference,
        status=status,
        on=decision.decided_on,
        session_on=session.held_on,
        reason_code=None if isinstance(decision, AdmissionValidated) else decision.reason_code,
        reorientation=reorientation,
    )


def withdrawal_too_late(orientation_id: UUID, reference: str | None, today: date) -> OrientationOutcomeNotified:
    """A decision and a withdrawal crossed: the decision stands."""
    return OrientationOutcomeNotified(
        orientation_id=orientation_id, external_reference=reference, status="withdrawal-too-late", on=today
    )


def life_after(orientation_id: UUID, status: str, on: date, reference: str | None) -> OrientationOutcomeNotified:
    """`first-interview-held`, `job-started`, `exited`: the Maison's facts, told on by the commission."""
    return OrientationOutcomeNotified(orientation_id=orientation_id, external_reference=reference, status=status, on=on)
