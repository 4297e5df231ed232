"""What API answers hold."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from plie_chassis.calendar import PARIS
from plie_chassis.web.errors import document as problem_document
from plie_contracts.events import (
    Adhesion,
    Continuity,
    OrientationSubmitted,
    SubmittedPerson,
    SubmittedPrescriber,
    SubmittedSituation,
)
from plie_orientation.handlers.batches import Outcome
from plie_orientation.store import Stored
from plie_orientation.tables import InformationRequest, Webhook, WebhookDelivery


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


class Question(BaseModel):
    """What the commission asks; `asked` are codes of the vocabulary « information », it still waits for those not in `answered`."""

    request_id: UUID
    asked: list[str]
    answered: list[str]
    asked_at: datetime


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
    waiting_for: list[Question]


class AnswerReceipt(BaseModel):
    """`answered` by what was given, `left` of the request."""

    orientation_id: UUID
    request_id: UUID
    answered: list[str]
    left: list[str]


class WebhookView(BaseModel):
    """`secret` signs; it is told once, when the webhook is registered."""

    webhook_id: UUID
    url: str
    structure: str | None
    created_at: datetime


class NewWebhook(WebhookView):
    """The secret is told once: not when the answer is replayed under its Idempotency-Key."""

    secret: str | None = None


class DeliveryView(BaseModel):
    """`due_at` is the next try; none once it is delivered or given up."""

    delivery_id: UUID
    orientation_id: UUID
    status: str
    on: date
    created_at: datetime
    attempts: int
    due_at: datetime | None
    delivered_at: datetime | None
    dead_at: datetime | None
    answered: int | None
    error: str | None


class OrientationLine(BaseModel):
    orientation_id: UUID
    external_reference: str | None
    status: str
    received_at: datetime
    addressed_to: str


def receipt(stored: Stored) -> OrientationReceipt:
    return OrientationReceipt(**_common(stored), links=_links(stored))


def view(stored: Stored, requests: Sequence[InformationRequest] = ()) -> OrientationView:
    """`requests` are those of the commission that still wait for an answer."""
    known = {name: getattr(stored.current, name) for name in OrientationSubmitted.model_fields}
    history = [
        HistoryEntry(status=entry.status, on=entry.on, reason_code=entry.reason_code)
        for entry in stored.orientation.history
    ]
    questions = [
        Question(request_id=one.id, asked=one.asked, answered=one.answered, asked_at=_local(one.asked_at))
        for one in requests
    ]
    return OrientationView(
        **_common(stored),
        **known,
        links=_links(stored),
        version=stored.version,
        history=history,
        waiting_for=questions,
    )


def outcome(found: Outcome) -> dict[str, Any]:
    """A line's result, as JSON; `line` counts from 1."""
    told: dict[str, Any] = {"line": found.number, "external_reference": found.external_reference}
    if found.problem is not None:
        return told | {"result": "refused"} | problem_document(found.problem)
    result = "already-received" if found.known else "received"
    status = 200 if found.known else 201
    return told | {
        "result": result,
        "status": status,
        "orientation_id": str(found.orientation_id),
        "addressed_to": found.addressed_to,
    }


def webhook(stored: Webhook) -> WebhookView:
    return WebhookView(**_webhook(stored))


def new_webhook(stored: Webhook) -> NewWebhook:
    return NewWebhook(**_webhook(stored), secret=stored.secret)


def delivery(stored: WebhookDelivery) -> DeliveryView:
    names = DeliveryView.model_fields.keys() - {"delivery_id"}
    return DeliveryView(delivery_id=stored.id, **{name: getattr(stored, name) for name in names})


def line(stored: Stored) -> OrientationLine:
    return OrientationLine(**_common(stored), external_reference=stored.draft.external_reference)


def _common(stored: Stored) -> dict[str, Any]:
    return {
        "orientation_id": stored.orientation.id,
        "status": stored.orientation.status,
        "received_at": _local(stored.received_at),
        "addressed_to": stored.orientation.addressed_to,
    }


def _links(stored: Stored) -> dict[str, str]:
    here = f"/api/v1/orientations/{stored.orientation.id}"
    return {"self": here, "withdraw": f"{here}/withdraw", "page": f"/orientations/{stored.orientation.id}"}


def _webhook(stored: Webhook) -> dict[str, Any]:
    return {
        "webhook_id": stored.id,
        "url": stored.url,
        "structure": stored.structure,
        "created_at": _local(stored.created_at),
    }


def _local(instant: datetime) -> datetime:
    return instant.astimezone(PARIS)
