"""What API answers hold."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from plie_chassis.calendar import PARIS
from plie_contracts.events import (
    Adhesion,
    Continuity,
    OrientationSubmitted,
    SubmittedPerson,
    SubmittedPrescriber,
    SubmittedSituation,
)
from plie_orientation.store import Stored


class OrientationReceipt(BaseModel):
    orientation_id: UUID
    status: str
    received_at: datetime
    addressed_to: str
    links: dict[str, str]


class HistoryEntry(BaseModel):
    status: str
    on: date
    reason_code: str | None


class OrientationView(OrientationReceipt):
    """An orientation, what was submitted, and what became of it."""

    version: int
    history: list[HistoryEntry]
    external_reference: str | None
    prescriber: SubmittedPrescriber
    person: SubmittedPerson
    situation: SubmittedSituation
    barriers: tuple[str, ...]
    adhesion: Adhesion
    motivation: str | None
    continuity: Continuity | None


class OrientationLine(BaseModel):
    orientation_id: UUID
    external_reference: str | None
    status: str
    received_at: datetime
    addressed_to: str


def receipt(stored: Stored) -> OrientationReceipt:
    return OrientationReceipt(**_common(stored), links=_links(stored))


def view(stored: Stored) -> OrientationView:
    submitted = {name: getattr(stored.draft, name) for name in OrientationSubmitted.model_fields}
    history = [
        HistoryEntry(status=entry.status, on=entry.on, reason_code=entry.reason_code)
        for entry in stored.orientation.history
    ]
    return OrientationView(
        **_common(stored), **submitted, links=_links(stored), version=stored.version, history=history
    )


def line(stored: Stored) -> OrientationLine:
    return OrientationLine(**_common(stored), external_reference=stored.draft.external_reference)


def _common(stored: Stored) -> dict[str, Any]:
    return {
        "orientation_id": stored.orientation.id,
        "status": stored.orientation.status,
        "received_at": stored.received_at.astimezone(PARIS),
        "addressed_to": stored.orientation.addressed_to,
    }


def _links(stored: Stored) -> dict[str, str]:
    here = f"/api/v1/orientations/{stored.orientation.id}"
    return {"self": here, "withdraw": f"{here}/withdraw", "page": f"/orientations/{stored.orientation.id}"}
