"""What API answers hold."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel, WithJsonSchema

from plie_chassis.calendar import PARIS
from plie_chassis.typesetting import typeset
from plie_chassis.web.errors import document as problem_document
from plie_contracts.events import (
    Adhesion,
    Continuity,
    OrientationSubmitted,
    SubmittedPerson,
    SubmittedPrescriber,
    SubmittedSituation,
)
from plie_contracts.events.fields import Barrier, In, Reorientation
from plie_orientation.domain.webhooks import HOW_TO_GO_ON, WHY_PAUSED
from plie_orientation.handlers.batches import Outcome
from plie_orientation.queries import Registered
from plie_orientation.store import Stored
from plie_orientation.tables import InformationRequest, Webhook, WebhookDelivery

Status = Literal["received", "in-commission", "admitted", "deferred", "refused", "withdrawn"]
"""Where an orientation stands; what comes later only adds to its history."""
Standing = Annotated[
    Status, WithJsonSchema({"type": "string", "enum": list(get_args(Status)), "x-vocabulary": "orientation-status"})
]
Told = Annotated[str, In("orientation-status")]
"""A code that the commission's newer version may add is told as it came."""
Reason = Annotated[str, In("decision-reason")] | Annotated[str, In("withdrawal-reason")]
Asked = list[Annotated[str, In("information")]]


class OrientationReceipt(BaseModel):
    orientation_id: UUID
    status: Standing
    received_at: datetime
    addressed_to: str
    links: dict[str, str]


def _is_none(value: object) -> bool:
    return value is None


class HistoryEntry(BaseModel):
    """What happened, as the page of the orientation and the notice of a direct producer tell it too."""

    status: Told
    on: date
    reason_code: Reason | None
    session_on: date | None = Field(default=None, exclude_if=_is_none)
    reorientation: Reorientation | None = Field(default=None, exclude_if=_is_none)


class Question(BaseModel):
    """What the commission asks; `asked` are codes of the vocabulary « information », it still waits for those not in `answered`."""

    request_id: UUID
    asked: Asked
    answered: Asked
    asked_at: datetime


class OrientationView(OrientationReceipt):
    """An orientation, what was submitted, and what became of it."""

    version: int
    history: list[HistoryEntry]
    external_reference: str | None
    prescriber: SubmittedPrescriber
    person: SubmittedPerson
    situation: SubmittedSituation
    barriers: tuple[Barrier, ...]
    adhesion: Adhesion
    motivation: str | None
    continuity: Continuity | None
    waiting_for: list[Question]


class AnswerReceipt(BaseModel):
    """`answered` by what was given, `left` of the request."""

    orientation_id: UUID
    request_id: UUID
    answered: Asked
    left: Asked


class WebhookView(BaseModel):
    """`secret` signs; it is told once, when the webhook is registered."""

    webhook_id: UUID
    url: str
    structure: str | None
    created_at: datetime
    state: Literal["active", "paused"]
    paused_since: datetime | None
    paused_because: str | None


class NewWebhook(WebhookView):
    """The secret is told once: not when the answer is replayed under its Idempotency-Key."""

    secret: str | None = None


class DeliveryView(BaseModel):
    """`due_at` is the next try; none once it is delivered or given up."""

    delivery_id: UUID
    orientation_id: UUID
    status: Told
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
    status: Standing
    received_at: datetime
    addressed_to: str


class LineReceived(BaseModel):
    """Received now, or before with the same content."""

    line: int
    external_reference: str | None
    result: Literal["received", "already-received"]
    status: Literal[200, 201]
    orientation_id: UUID
    addressed_to: str


class FieldProblem(BaseModel):
    path: str
    code: str
    message: str


class LineRefused(BaseModel):
    """The problem of a line, with the extension members it may have."""

    model_config = ConfigDict(extra="allow")

    line: int
    external_reference: str | None
    result: Literal["refused"]
    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem]
    trace_id: str | None


class LineResult(RootModel[Annotated[LineReceived | LineRefused, Field(discriminator="result")]]):
    """One line of a batch's answer."""


def receipt(stored: Stored) -> OrientationReceipt:
    return OrientationReceipt(**_common(stored), links=_links(stored))


def view(stored: Stored, requests: Sequence[InformationRequest] = ()) -> OrientationView:
    """`requests` are those of the commission that still wait for an answer."""
    known = {name: getattr(stored.current, name) for name in OrientationSubmitted.model_fields}
    history = [HistoryEntry(**asdict(entry)) for entry in stored.orientation.history]
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


def outcome(found: Outcome) -> LineReceived | LineRefused:
    """A line's result; `line` counts from 1."""
    told: dict[str, Any] = {"line": found.number, "external_reference": found.external_reference}
    if found.problem is not None:
        return LineRefused(**told, result="refused", **problem_document(found.problem))
    told |= {"orientation_id": found.orientation_id, "addressed_to": found.addressed_to}
    if found.known:
        return LineReceived(**told, result="already-received", status=200)
    return LineReceived(**told, result="received", status=201)


def webhook(found: Registered) -> WebhookView:
    return WebhookView(**_webhook(found.webhook, found.paused_since))


def just_registered(stored: Webhook) -> WebhookView:
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


def _webhook(stored: Webhook, paused_since: datetime | None = None) -> dict[str, Any]:
    return {
        "webhook_id": stored.id,
        "url": stored.url,
        "structure": stored.structure,
        "created_at": _local(stored.created_at),
        "state": "paused" if paused_since else "active",
        "paused_since": _local(paused_since) if paused_since else None,
        "paused_because": typeset(f"{WHY_PAUSED} {HOW_TO_GO_ON}") if paused_since else None,
    }


def _local(instant: datetime) -> datetime:
    return instant.astimezone(PARIS)
