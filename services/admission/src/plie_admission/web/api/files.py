"""Files over the API: the inbox, one file with its pre-assessment, and its decision."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import QueryParameter
from pydantic import BaseModel, Field

from plie_admission.domain.completeness import missing
from plie_admission.domain.criteria import Result
from plie_admission.domain.decisions import Draft, Kind
from plie_admission.domain.files import Status
from plie_admission.handlers.assessment import pre_assess
from plie_admission.handlers.decisions import Decided, DecideFile, decide
from plie_admission.queries import files
from plie_admission.queries.files import Duplicate, Search
from plie_admission.tables import DecisionRow, FileRow
from plie_chassis.calendar import PARIS
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Listing, Paging, scope
from plie_contracts.events import Part
from plie_contracts.events.fields import Text


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


class DecisionView(BaseModel):
    decision_number: int
    participant_id: UUID | None


class PersonLine(BaseModel):
    last_name: str | None
    first_name: str | None
    birth_date: date | None
    commune_insee: str | None


class PrescriberLine(BaseModel):
    kind: str | None
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


class DuplicateView(BaseModel):
    """Same name and birth date. `same_person_as` of a decision takes its `participant_id`."""

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
    plus_value_code: str | None
    reason_code: str | None
    defer_until: date | None
    reorientation: str | None
    override_reason: str | None
    participant_id: UUID | None
    parcours_no: int | None


class Contact(BaseModel):
    phone: str | None
    email: str | None
    address: str | None


class SituationView(BaseModel):
    employment: str | None
    unemployed_since: date | None
    unemployed_months: int | None
    rsa_recipient: bool | None
    first_time_jobseeker: bool | None
    entering_iae: bool | None
    precarious_jobs: bool | None
    foreign_diploma: bool | None
    education_level: int | None
    qpv_resident: bool | None
    disability: str | None


class AdhesionView(BaseModel):
    given: bool | None
    on: date | None


class FileView(FileLine):
    external_reference: str | None
    contact: Contact
    situation: SituationView
    barriers: list[str]
    adhesion: AdhesionView
    motivation: str | None
    continuity_reason: str | None
    pre_assessment: dict[str, CriterionView]
    completeness: Completeness
    possible_duplicates: list[DuplicateView]
    decisions: list[PublishedView]


@get("/", guards=[scope("admission:read")])
async def listed(
    edge: Edge,
    paging: Paging,
    status: Status | None = None,
    q: Annotated[str, QueryParameter(description="Une partie du nom, sans accents si vous voulez")] = "",
    complete: bool | None = None,
    prescriber_kind: str | None = None,
) -> Listing[FileLine]:
    """Les dossiers de la commission, du plus récent au plus ancien."""
    async with edge.read() as work:
        found, cursor = await files.listed(Search(status, q, complete, prescriber_kind), paging, work)
        return Listing(items=[_line(row, work) for row in found], next_cursor=cursor)


@get("/{orientation_id:uuid}", guards=[scope("admission:read")])
async def one(orientation_id: UUID, edge: Edge) -> FileView:
    """Un dossier, avec son pré-examen, ce qui lui manque, ses doublons possibles et ses décisions publiées."""
    async with edge.read() as work:
        row = await files.found(orientation_id, work)
        duplicates = await files.possible_duplicates(row, work)
        published = await files.decisions_of(orientation_id, work)
        return _file(row, duplicates, [decision for decision, _ in published], work)


@post("/{orientation_id:uuid}/decision", guards=[scope("admission:write")])
async def decision(orientation_id: UUID, data: DecisionBody, edge: Edge) -> Response[DecisionView]:
    """Décider un dossier : un brouillon jusqu’à la clôture, puis seulement une rectification motivée."""
    stated = Draft(**data.model_dump(exclude={"session_id", "rectifies", "version"}))
    command = DecideFile(orientation_id, data.session_id, stated, data.rectifies, data.version)
    return await edge.answer(decide, command, _decided)


ROUTES = Router("/api/v1/files", route_handlers=[listed, one, decision], tags=["Dossiers"])


def _decided(decided: Decided) -> DecisionView:
    return DecisionView(decision_number=decided.decision_number, participant_id=decided.participant_id)


def _line(row: FileRow, work: UnitOfWork) -> FileLine:
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


def _file(
    row: FileRow, duplicates: Sequence[Duplicate], published: Sequence[DecisionRow], work: UnitOfWork
) -> FileView:
    orientation = row.orientation
    identity = orientation.identity
    lacking = missing(orientation)
    assessed = pre_assess(orientation, work.instance.organisation, work.declaration, work.today)
    return FileView(
        **_line(row, work).model_dump(),
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
        possible_duplicates=[_duplicate(other) for other in duplicates],
        decisions=[_published(decision) for decision in published],
    )


def _duplicate(other: Duplicate) -> DuplicateView:
    return DuplicateView(
        orientation_id=other.orientation_id,
        participant_id=other.participant_id,
        parcours_no=other.parcours_no,
        last_known_status=other.status,
        received_on=other.received_on,
        maison=other.maison,
        ended_on=other.ended_on,
    )


def _published(decision: DecisionRow) -> PublishedView:
    return PublishedView(**{name: getattr(decision, name) for name in PublishedView.model_fields})
