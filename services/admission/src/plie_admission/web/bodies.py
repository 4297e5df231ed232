"""What API requests hold."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from plie_admission.domain.decisions import Draft, Kind
from plie_admission.domain.sessions import Member
from plie_contracts.events import Part
from plie_contracts.events.fields import Name, Text


class DecisionBody(Part):
    """`version`, where it is given, is the one of the file that was read."""

    session_id: UUID
    decision: Kind
    maison: str | None = None
    plus_value_code: str | None = None
    reason_code: str | None = None
    defer_until: date | None = None
    reorientation: str | None = None
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


Members = Annotated[list[MemberBody], Field(max_length=100)]


class SessionBody(Part):
    held_on: date
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


def named(bodies: list[MemberBody]) -> list[Member]:
    return [Member(body.organisation, body.name, body.present) for body in bodies]
