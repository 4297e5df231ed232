"""What API requests hold."""

from datetime import date, time
from typing import Annotated
from uuid import UUID

from pydantic import Field, WithJsonSchema

from plie_admission.domain.decisions import Draft, Kind
from plie_admission.domain.files import Status
from plie_admission.domain.follow_ups import Opinion, OpinionDraft, Subject
from plie_admission.domain.sessions import Member
from plie_contracts.events import Part
from plie_contracts.events.fields import Name, Text


def code_of(vocabulary: str) -> WithJsonSchema:
    """In the API's description: which codes there are. The rules refuse another one themselves, with their own words."""
    return WithJsonSchema({"type": "string", "x-vocabulary": vocabulary})


Reason = Annotated[str, code_of("decision-reason")]
PlusValue = Annotated[str, code_of("plus-value")]
Reorientation = Annotated[str, code_of("reorientation")]
PrescriberKind = Annotated[str, code_of("prescriber-kind")]
Information = Annotated[str, code_of("information")]


class DecisionBody(Part):
    """`version`, where it is given, is the one of the file that was read."""

    session_id: UUID
    decision: Kind
    maison: str | None = None
    plus_value_code: PlusValue | None = None
    reason_code: Reason | None = None
    defer_until: date | None = None
    reorientation: Reorientation | None = None
    override_reason: Annotated[Text, Field(min_length=1, max_length=1000)] | None = None
    same_person_as: UUID | None = None
    rectifies: bool = False
    version: int | None = None

    def draft(self) -> Draft:
        return Draft(**self.model_dump(exclude={"session_id", "rectifies", "version"}))


class MemberBody(Part):
    organisation: Name
    name: Name
    present: bool


Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Members = Annotated[list[MemberBody], Field(max_length=100)]


class PlanBody(Part):
    """`starts_at` is an hour in Paris, « 14:00 »; `version`, where it is given, the one of the session that was read."""

    held_on: date
    starts_at: Clock | None = None
    place: Name
    version: int | None = None


class SessionBody(Part):
    """`starts_at` is an hour in Paris, « 14:00 »."""

    held_on: date
    starts_at: Clock | None = None
    place: Name
    members: Members


class AgendaBody(Part):
    """`version`, where it is given, is the one of the session that was read."""

    orientation_ids: Annotated[list[UUID], Field(max_length=200)]
    version: int | None = None


class AttendanceBody(Part):
    members: Members
    version: int | None = None


class ClosingBody(Part):
    version: int | None = None


class SearchBody(Part):
    """`text` is a part of a name, with or without accents."""

    text: Annotated[Text, Field(max_length=100)] = ""
    status: Status | None = None
    complete: bool | None = None
    prescriber_kind: PrescriberKind | None = None


class RequestBody(Part):
    asked: Annotated[list[Information], Field(max_length=20)]


class RecognitionBody(Part):
    other_id: UUID
    same: bool


class TransferBody(Part):
    to: str
    reason_code: Annotated[str, code_of("transfer-reason")]
    version: int | None = None


class FollowUpBody(Part):
    orientation_id: UUID
    subject: Subject
    version: int | None = None


class OpinionBody(Part):
    """`maison`, `reason_code` and `effective_on` go with a favourable opinion on a change of Maison.

    `rectifies` gives the last opinion of a closed session again, with its reason as the `note`.
    """

    orientation_id: UUID
    opinion: Opinion
    note: Annotated[Text, Field(max_length=1000)] | None = None
    maison: str | None = None
    reason_code: Annotated[str, code_of("assignment-reason")] | None = None
    effective_on: date | None = None
    rectifies: bool = False
    version: int | None = None

    def draft(self) -> OpinionDraft:
        return OpinionDraft(**self.model_dump(exclude={"orientation_id", "rectifies", "version"}))


class InterestsBody(Part):
    """The names of all members who do not decide this item."""

    orientation_id: UUID
    members: Annotated[list[Name], Field(max_length=100)]
    version: int | None = None


class RemovalBody(Part):
    orientation_id: UUID
    version: int | None = None


def clock(starts_at: str | None) -> time | None:
    return time.fromisoformat(starts_at) if starts_at else None


def named(bodies: list[MemberBody]) -> list[Member]:
    return [Member(body.organisation, body.name, body.present) for body in bodies]
