"""What API answers hold."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from plie_admission.domain.completeness import missing
from plie_admission.domain.criteria import Result, pre_assessment
from plie_admission.domain.decisions import Kind
from plie_admission.domain.files import Status
from plie_admission.domain.follow_ups import Given, Opinion, Subject
from plie_admission.handlers.closing import Closed
from plie_admission.handlers.decisions import Decided
from plie_admission.queries.duplicates import Duplicate
from plie_admission.queries.sessions import Item
from plie_admission.tables import DecisionRow, FileRow, InformationRequestRow, RecognitionRow, SessionRow
from plie_admission.web.bodies import (
    Information,
    MemberBody,
    PlusValue,
    PrescriberKind,
    Reason,
    Reorientation,
    code_of,
)
from plie_chassis.calendar import PARIS
from plie_chassis.unit_of_work import UnitOfWork


class DecisionView(BaseModel):
    decision_number: int
    participant_id: UUID | None


class PersonLine(BaseModel):
    last_name: str | None
    first_name: str | None
    birth_date: date | None
    commune_insee: str | None


class PrescriberLine(BaseModel):
    kind: PrescriberKind | None
    structure: str | None


class FileLine(BaseModel):
    """A line of the inbox. `person` is empty until the identity has come."""

    orientation_id: UUID
    status: Status
    received_at: datetime
    person: PersonLine
    prescriber: PrescriberLine
    complete: bool
    session_id: UUID | None
    defer_until: date | None
    version: int


class CriterionView(BaseModel):
    """`source` is the sentence of the field document that asks for it."""

    result: Result
    evidence: str
    source: str


class MissingView(BaseModel):
    code: str
    label: str


class Completeness(BaseModel):
    complete: bool
    missing: list[MissingView]


class ContributionView(BaseModel):
    points: int
    why: str


class DuplicateView(BaseModel):
    """Somebody who looks alike: `score` is the sum of the contributions, 100 at most.

    `same_person_as` of a decision takes its `participant_id`; `recognised` is what somebody answered, null without.
    """

    score: int
    contributions: list[ContributionView]
    recognised: bool | None

    orientation_id: UUID
    participant_id: UUID | None
    parcours_no: int | None
    last_known_status: Status
    received_on: date
    maison: str | None
    ended_on: date | None


class PublishedView(BaseModel):
    decision_number: int
    decision: Kind
    decided_on: date
    session_id: UUID
    rectifies: bool
    maison: str | None
    plus_value_code: PlusValue | None
    reason_code: Reason | None
    defer_until: date | None
    reorientation: Reorientation | None
    override_reason: str | None
    participant_id: UUID | None
    parcours_no: int | None


class Contact(BaseModel):
    phone: str | None
    email: str | None
    address: str | None


class SituationView(BaseModel):
    employment: Annotated[str, code_of("employment")] | None
    unemployed_since: date | None
    unemployed_months: int | None
    rsa_recipient: bool | None
    first_time_jobseeker: bool | None
    entering_iae: bool | None
    precarious_jobs: bool | None
    foreign_diploma: bool | None
    education_level: int | None
    qpv_resident: bool | None
    disability: Annotated[str, code_of("disability")] | None


class AdhesionView(BaseModel):
    given: bool | None
    on: date | None


class FileView(FileLine):
    external_reference: str | None
    contact: Contact
    situation: SituationView
    barriers: list[Annotated[str, code_of("barrier")]]
    adhesion: AdhesionView
    motivation: str | None
    continuity_reason: str | None
    pre_assessment: dict[str, CriterionView]
    completeness: Completeness
    possible_duplicates: list[DuplicateView]
    decisions: list[PublishedView]


class RequestView(BaseModel):
    request_id: UUID
    asked: list[Information]
    answered: list[Information]


class RecognitionView(BaseModel):
    """`merged` and `merged_into` where the answer was announced."""

    recognition_id: UUID
    same: bool
    merged: UUID | None
    merged_into: UUID | None
    undone_on: date | None


class OpinionView(BaseModel):
    """`opinion_number` is the one that the opinion gets, or got, once published."""

    opinion_number: int
    subject: Subject
    opinion: Opinion
    note: str | None
    maison: str | None
    effective_on: date | None


class SessionView(BaseModel):
    """`starts_at` is an hour in Paris, « 14:00 »."""

    session_id: UUID
    held_on: date
    starts_at: str | None
    place: str
    members: list[MemberBody]
    closed_on: date | None
    version: int


class ItemView(BaseModel):
    """`decision` is a draft until the session closes; `left_because` says why a file is no longer on the agenda.

    An item with a `subject` is a follow-up: it gets an `opinion` instead.
    """

    orientation_id: UUID
    decision: Kind | None
    subject: Subject | None
    opinion: Opinion | None
    left_because: str | None


class SessionWithAgenda(SessionView):
    agenda: list[ItemView]


class ClosedView(BaseModel):
    session_id: UUID
    closed_on: date | None
    admitted: int
    deferred: int
    refused: int
    opinions: int
    not_examined: int
    version: int


def decided(taken: Decided) -> DecisionView:
    return DecisionView(decision_number=taken.decision_number, participant_id=taken.participant_id)


def file_line(row: FileRow, work: UnitOfWork) -> FileLine:
    return FileLine(
        orientation_id=row.orientation_id,
        status=row.state.status_on(work.today),
        received_at=row.received_at.astimezone(PARIS),
        person=PersonLine(
            last_name=row.last_name,
            first_name=row.first_name,
            birth_date=row.birth_date,
            commune_insee=row.commune_insee,
        ),
        prescriber=PrescriberLine(kind=row.prescriber_kind, structure=row.structure),
        complete=not row.missing,
        session_id=row.agenda_of,
        defer_until=row.defer_until,
        version=row.version,
    )


def whole_file(
    row: FileRow, duplicates: Sequence[Duplicate], published: Sequence[DecisionRow], work: UnitOfWork
) -> FileView:
    orientation = row.orientation
    identity = orientation.identity
    lacking = missing(orientation)
    assessed = pre_assessment(orientation, work.instance.organisation, work.declaration, work.today)
    return FileView(
        **file_line(row, work).model_dump(),
        external_reference=orientation.external_reference,
        contact=Contact(
            phone=identity.phone if identity else None,
            email=identity.email if identity else None,
            address=identity.address if identity else None,
        ),
        situation=SituationView(**{name: getattr(orientation, name) for name in SituationView.model_fields}),
        barriers=list(orientation.barriers),
        adhesion=AdhesionView(given=orientation.adhesion, on=orientation.adhesion_on),
        motivation=orientation.motivation,
        continuity_reason=orientation.continuity_reason,
        pre_assessment={
            name: CriterionView(result=criterion.result, evidence=criterion.evidence, source=criterion.source)
            for name, criterion in assessed
        },
        completeness=Completeness(
            complete=not lacking, missing=[MissingView(code=one.code, label=one.label) for one in lacking]
        ),
        possible_duplicates=[duplicate(other) for other in duplicates],
        decisions=[published_decision(decision) for decision in published],
    )


def duplicate(other: Duplicate) -> DuplicateView:
    return DuplicateView(
        score=other.score,
        contributions=[ContributionView(points=one.points, why=one.why) for one in other.contributions],
        recognised=other.said.same if other.said else None,
        orientation_id=other.orientation_id,
        participant_id=other.participant_id,
        parcours_no=other.parcours_no,
        last_known_status=other.status,
        received_on=other.received_on,
        maison=other.maison,
        ended_on=other.ended_on,
    )


def published_decision(decision: DecisionRow) -> PublishedView:
    return PublishedView(**{name: getattr(decision, name) for name in PublishedView.model_fields})


def planned_session(row: SessionRow) -> SessionView:
    return SessionView(
        session_id=row.session_id,
        held_on=row.held_on,
        starts_at=row.starts_at.isoformat("minutes") if row.starts_at else None,
        place=row.place,
        members=[MemberBody(**member) for member in row.members],
        closed_on=row.closed_on,
        version=row.version,
    )


def agenda_item(item: Item) -> ItemView:
    return ItemView(
        orientation_id=item.file.orientation_id,
        decision=item.decision,
        subject=item.agenda.follows,
        opinion=item.opinion,
        left_because=item.agenda.left_because,
    )


def closed_session(closed: Closed) -> ClosedView:
    return ClosedView(
        session_id=closed.session.session_id,
        closed_on=closed.session.closed_on,
        admitted=closed.admitted,
        deferred=closed.deferred,
        refused=closed.refused,
        opinions=closed.opinions,
        not_examined=closed.not_examined,
        version=closed.session.version,
    )


def request(row: InformationRequestRow) -> RequestView:
    return RequestView(request_id=row.request_id, asked=row.asked, answered=row.answered)


def recognition(row: RecognitionRow) -> RecognitionView:
    return RecognitionView(**{name: getattr(row, name) for name in RecognitionView.model_fields})


def opinion(given: Given) -> OpinionView:
    return OpinionView(
        opinion_number=given.number,
        subject=given.subject,
        opinion=given.stated.opinion,
        note=given.stated.note,
        maison=given.stated.maison,
        effective_on=given.stated.effective_on,
    )
