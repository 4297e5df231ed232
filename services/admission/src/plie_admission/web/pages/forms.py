"""The forms of the secretariat, as the browser sends them."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from plie_admission.domain.decisions import MEANT_FOR, Draft, Kind
from plie_admission.domain.follow_ups import Opinion, OpinionDraft, Subject
from plie_admission.domain.sessions import Member
from plie_admission.web.bodies import Clock, Members, named
from plie_chassis.web import Form
from plie_contracts.events import Part
from plie_contracts.events.fields import Name, Text

CONFIRMED = {"yes": True, "no": False, "unknown": None}


class PlanForm(Part):
    held_on: date
    starts_at: Clock | None = None
    place: Name
    version: int


class SessionForm(Part):
    held_on: date
    starts_at: Clock | None = None
    place: Name
    members: Members

    def named(self) -> list[Member]:
        return named(self.members)


class AttendanceForm(Part):
    members: Members
    version: int

    def named(self) -> list[Member]:
        return named(self.members)


class AgendaForm(Part):
    session_id: UUID
    orientation_ids: list[UUID]


class AskForm(Part):
    asked: list[str]


class RecognitionForm(Part):
    other_id: UUID
    same: bool


class UndoForm(Part):
    recognition_id: UUID


class TransferForm(Part):
    to: str = ""
    reason_code: str = ""
    version: int


class FollowUpForm(Part):
    session_id: UUID
    subject: Subject


class ItemForm(Part):
    """A button beside a line of the agenda."""

    orientation_id: UUID
    version: int


class OrderForm(Part):
    """The lines as they stand in the page; `move` is « up » or « down » and the line, where a button was pressed."""

    orientation_ids: list[UUID]
    move: str | None = None
    version: int


class InterestsForm(Part):
    members: list[str]
    version: int


class OpinionForm(Part):
    """Fields of another opinion than the chosen one may still be there: they are left out."""

    opinion: Opinion
    note: Annotated[Text, Field(max_length=1000)] | None = None
    maison: str | None = None
    reason_code: str | None = None
    effective_on: date | None = None
    version: int

    def draft(self, subject: Subject) -> OpinionDraft:
        if subject is Subject.REASSIGNMENT and self.opinion is Opinion.FAVOURABLE:
            return OpinionDraft(self.opinion, self.note, self.maison, self.reason_code, self.effective_on)
        return OpinionDraft(self.opinion, self.note)


class ClosingForm(Part):
    version: int


class DecisionForm(Part):
    """Fields of another decision than the chosen one may still be there: they are left out."""

    decision: Kind
    maison: str | None = None
    plus_value_code: str | None = None
    reason_code: str | None = None
    defer_until: date | None = None
    reorientation: str | None = None
    override_reason: Annotated[Text, Field(max_length=1000)] | None = None
    same_person_as: UUID | None = None
    adhesion: Literal["yes", "no", "unknown"] = "unknown"
    version: int

    def draft(self, *, rectifies: bool = False) -> Draft:
        meant = MEANT_FOR[self.decision] | ({"reason_code"} if rectifies else set())
        stated = self.model_dump(exclude={"decision", "adhesion", "version"})
        return Draft(
            self.decision,
            **{name: value for name, value in stated.items() if name in meant},
            adhesion_confirmed=CONFIRMED[self.adhesion],
        )


def form_of(draft: Draft | None, version: int, only_maison: str | None, recognised: UUID | None = None) -> Form:
    """The form as it opens: what was drafted, else an admission still to be stated, of who was recognised."""
    if draft is None:
        opened = {"decision": Kind.ADMIT, "maison": only_maison, "adhesion": "unknown", "same_person_as": recognised}
        return Form.of({**opened, "version": version})
    confirmed = next(answer for answer, value in CONFIRMED.items() if value is draft.adhesion_confirmed)
    stated = {name: getattr(draft, name) for name in DecisionForm.model_fields if hasattr(draft, name)}
    stated["same_person_as"] = draft.same_person_as or recognised
    return Form.of({**stated, "adhesion": confirmed, "version": version})


def opinion_form(draft: OpinionDraft | None, version: int) -> Form:
    """The form as it opens: what was drafted, else a favourable opinion still to be stated."""
    if draft is None:
        return Form.of({"opinion": Opinion.FAVOURABLE, "version": version})
    return Form.of({**asdict(draft), "version": version})
