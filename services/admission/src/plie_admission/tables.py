"""Files of the commission, its sessions with their agendas, and every decision ever published.

`file` holds what was received as it was received; columns beside it are derived for lists and search, never edited.
"""

from dataclasses import fields
from datetime import date, datetime, time
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, MetaData, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from plie_admission.domain import follow_ups, requests
from plie_admission.domain.decisions import STATED, Draft, Kind, Place
from plie_admission.domain.files import File, Status
from plie_admission.domain.follow_ups import Change, Given, Opinion, OpinionDraft, Parcours, Subject
from plie_admission.domain.likeness import Bearer
from plie_admission.domain.orientations import Orientation, known
from plie_admission.domain.sessions import Member, Session
from plie_chassis import database
from plie_chassis.calendar import age_on, paris_date
from plie_contracts.events import IdentityProvided, OrientationReceived


class Base(database.Base):
    __abstract__ = True
    metadata = MetaData(naming_convention=database.NAMING)


class ClaimRow(Base):
    """Who wrote first of an orientation and which commission examines it, whether or not it is this one.

    `addressed_to` is that commission, `told_through` the one that transferred it here. What came before its orientation
    waits here: a withdrawal, what another commission hands over (`facts`, `snapshot` of `snapshot_from`), and `awaiting`,
    transfers by a commission that does not examine it yet, as far as is known here.
    """

    __tablename__ = "orientation_claim"

    orientation_id: Mapped[UUID] = mapped_column(primary_key=True)
    writer: Mapped[str | None]
    withdrawn_on: Mapped[date | None]
    addressed_to: Mapped[str | None]
    told_through: Mapped[str | None]
    transfers: Mapped[int] = mapped_column(default=0)
    awaiting: Mapped[list[dict[str, Any]]] = mapped_column(JSONB(), default=list)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    snapshot_from: Mapped[str | None]


class ParticipantRow(Base):
    """A person this commission admitted; `parcours_count` is the number of the last parcours given.

    `merged_into` is the participant this one turned out to be, for as long as nobody undoes it.
    """

    __tablename__ = "participant"

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    parcours_count: Mapped[int]
    merged_into: Mapped[UUID | None]


class SessionRow(Base):
    """`version` counts changes of the row by itself; a change that stands in another row is counted by hand.

    `former_plans` are the days, hours and places it was planned for before, the last one first, with who changed them.
    """

    __tablename__ = "commission_session"
    __table_args__ = (Index(None, "created_at", "session_id"), Index(None, "held_on"))

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    held_on: Mapped[date]
    place: Mapped[str]
    starts_at: Mapped[time | None]
    former_plans: Mapped[list[dict[str, Any]]] = mapped_column(JSONB(), default=list)
    members: Mapped[list[dict[str, Any]]] = mapped_column(JSONB())
    created_at: Mapped[datetime]
    closed_on: Mapped[date | None]
    closed_by: Mapped[str | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own declaration)

    @property
    def state(self) -> Session:
        return Session(
            session_id=self.session_id,
            held_on=self.held_on,
            place=self.place,
            starts_at=self.starts_at,
            members=tuple(Member(**member) for member in self.members),
            closed_on=self.closed_on,
        )


class FileRow(Base):
    """`writer` is the instance that holds the orientation; `told_through` the one its outcome is told to, mostly the same.

    `agenda_of` is the open session that lists the file; `asked_on` the day of the request that waits for an answer;
    `likeness` the keys that files of one person share. `maison` accompanies the person; the one that takes over from
    `moves_on` is `moves_to` until the first hands over or the second speaks, which is `moved_on`, the last time that it
    happened.

    For lists and counts: `pending_from` is the day from which a session may take it up, long past for one never decided;
    `open_questions` how many files look like this one, which nobody has answered about; `last_decision` the one that counts;
    `referent_id`, `opened_on`, `first_interview_on` and `ended_on` what is known of the parcours that the file names.
    """

    __tablename__ = "file"
    __table_args__ = (
        Index(
            None,
            "received_at",
            "orientation_id",
            postgresql_include=["status", "pending_from", "prescriber_kind", "complete", "asked_on", "open_questions"],
        ),
        Index(None, "pending_from", postgresql_include=["received_at"]),
        Index(
            None,
            "prescriber_kind",
            "structure",
            postgresql_include=["received_at", "status", "pending_from", "days_to_decide"],
        ),
        Index(None, "first_decided_on", postgresql_include=["days_to_decide"]),
        Index(None, "last_decided_on", postgresql_include=["last_decision", "last_reason"]),
        Index(None, "status", "ended_on", postgresql_include=["maison", "moves_to", "referent_id"]),
        Index(None, "likeness", postgresql_using="gin"),
        Index(None, "searchable", postgresql_using="gin", postgresql_ops={"searchable": "gin_trgm_ops"}),
        UniqueConstraint("participant_id", "parcours_no"),
    )

    orientation_id: Mapped[UUID] = mapped_column(primary_key=True)
    writer: Mapped[str]
    told_through: Mapped[str]
    status: Mapped[str]
    received_at: Mapped[datetime]
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    last_name: Mapped[str | None]
    first_name: Mapped[str | None]
    birth_date: Mapped[date | None]
    phone: Mapped[str | None]
    likeness: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    searchable: Mapped[str]
    age_at_reception: Mapped[int | None]
    commune_insee: Mapped[str | None]
    prescriber_kind: Mapped[str | None]
    structure: Mapped[str | None]
    missing: Mapped[list[str]]
    complete: Mapped[bool] = mapped_column(Computed("missing = '[]'::jsonb", persisted=True), deferred=True)
    asked_on: Mapped[date | None]
    open_questions: Mapped[int] = mapped_column(default=0)

    agenda_of: Mapped[UUID | None] = mapped_column(ForeignKey(SessionRow.session_id))
    decisions: Mapped[int]
    first_decided_on: Mapped[date | None]
    days_to_decide: Mapped[int | None] = mapped_column(
        Computed("first_decided_on - timezone('Europe/Paris', received_at)::date", persisted=True), deferred=True
    )
    last_decided_on: Mapped[date | None]
    last_decision: Mapped[str | None]
    last_reason: Mapped[str | None]
    decided_in: Mapped[UUID | None] = mapped_column(ForeignKey(SessionRow.session_id))
    defer_until: Mapped[date | None]
    pending_from: Mapped[date | None] = mapped_column(
        Computed(
            "case status when 'pending' then '-infinity'::date when 'deferred' then defer_until end", persisted=True
        ),
        deferred=True,
    )
    withdrawn_on: Mapped[date | None]
    participant_id: Mapped[UUID | None]
    parcours_no: Mapped[int | None]
    maison: Mapped[str | None]
    moves_to: Mapped[str | None]
    moves_on: Mapped[date | None]
    moved_on: Mapped[date | None]
    opinions: Mapped[int] = mapped_column(default=0)
    referent_id: Mapped[str | None]
    opened_on: Mapped[date | None]
    first_interview_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own declaration)
    _read = cast("tuple[Any, Any, Orientation] | None", None)

    @property
    def state(self) -> File:
        return File(
            orientation_id=self.orientation_id,
            status=Status(self.status),
            name=self.name,
            session_id=self.agenda_of,
            decisions=self.decisions,
            decided_in=self.decided_in,
            defer_until=self.defer_until,
            withdrawn_on=self.withdrawn_on,
            opinions=self.opinions,
        )

    @property
    def name(self) -> str:
        """As sentences say it."""
        return f"{self.first_name} {self.last_name}" if self.last_name else "cette personne"

    def age_on(self, today: date) -> int | None:
        """Completed years, exact once the birth date is here."""
        return age_on(today, self.birth_date) if self.birth_date else self.age_at_reception

    @property
    def received_on(self) -> date:
        return paris_date(self.received_at)

    @property
    def received_facts(self) -> OrientationReceived | None:
        return OrientationReceived.model_validate(self.facts, strict=False) if self.facts else None

    @property
    def received_snapshot(self) -> IdentityProvided | None:
        return IdentityProvided.model_validate(self.snapshot, strict=False) if self.snapshot else None

    @property
    def bearer(self) -> Bearer | None:
        """What is compared with other files; None until the identity is here."""
        if self.last_name is None or self.first_name is None or self.birth_date is None:
            return None
        return Bearer(self.last_name, self.first_name, self.birth_date, self.phone)

    @property
    def parcours(self) -> Parcours | None:
        """What the admission of this file opened, while it stands."""
        if self.status != Status.ADMITTED or self.participant_id is None or self.maison is None:
            return None
        return Parcours(self.participant_id, self.maison, self.ended_on, self.change)

    def names(self, lived: "ParcoursRow") -> bool:
        """Whether the last admission of this file gave that parcours, and no other one."""
        return (self.participant_id, self.parcours_no) == (lived.participant_id, lived.parcours_no)

    @property
    def change(self) -> Change | None:
        """Decided, and carried out by nobody yet."""
        return Change(self.moves_to, self.moves_on) if self.moves_to and self.moves_on else None

    def brought_to(self, today: date) -> str | None:
        return follow_ups.brought_to(self.maison, self.change, self.moved_on, today)

    @property
    def orientation(self) -> Orientation:
        """Put together once for what was received: a decision asks for it again and again."""
        if self._read is None or self._read[0] is not self.facts or self._read[1] is not self.snapshot:
            put_together = known(self.orientation_id, self.received_facts, self.received_snapshot)
            self._read = (self.facts, self.snapshot, put_together)
        return self._read[2]


class ParcoursRow(Base):
    """What the Maisons tell of a parcours that an admission of the file gave, whomever the file names by now.

    `referents` are those whom each Maison named last.
    """

    __tablename__ = "parcours"
    __table_args__ = (Index(None, "orientation_id"),)

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    parcours_no: Mapped[int] = mapped_column(primary_key=True)
    orientation_id: Mapped[UUID] = mapped_column(ForeignKey(FileRow.orientation_id))
    referents: Mapped[dict[str, str]] = mapped_column(JSONB(), default=dict)
    opened_on: Mapped[date | None]
    first_interview_on: Mapped[date | None]
    ended_on: Mapped[date | None]

    @property
    def place(self) -> Place:
        return Place(self.participant_id, self.parcours_no)


class StatedDecision:
    """The columns of a decision, draft or published."""

    maison: Mapped[str | None]
    plus_value_code: Mapped[str | None]
    reason_code: Mapped[str | None]
    defer_until: Mapped[date | None]
    reorientation: Mapped[str | None]
    override_reason: Mapped[str | None]
    same_person_as: Mapped[UUID | None]
    adhesion_confirmed: Mapped[bool | None]


class AgendaItemRow(StatedDecision, Base):
    """A file on the agenda of a session, with its draft: a decision, or an opinion where there is a `subject` to follow up.

    `left_because` is null while it stands there: `decided` and `not-examined` at closing, `withdrawn`, `redirected`,
    `transferred`, `removed`. `declared` are the names of members who said that they do not decide it.
    """

    __tablename__ = "agenda_item"
    __table_args__ = (Index(None, "orientation_id"),)

    session_id: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.session_id), primary_key=True)
    orientation_id: Mapped[UUID] = mapped_column(ForeignKey(FileRow.orientation_id), primary_key=True)
    rank: Mapped[int]
    subject: Mapped[str | None]
    opinion: Mapped[str | None]
    note: Mapped[str | None]
    effective_on: Mapped[date | None]
    declared: Mapped[list[str]] = mapped_column(default=list)
    decision: Mapped[str | None]
    drafted_by: Mapped[str | None]
    left_because: Mapped[str | None]

    @property
    def draft(self) -> Draft | None:
        return Draft(Kind(self.decision), **{name: getattr(self, name) for name in STATED}) if self.decision else None

    @draft.setter
    def draft(self, stated: Draft | None) -> None:
        self.decision = getattr(stated, "decision", None)
        for name in STATED:
            setattr(self, name, getattr(stated, name, None))

    @property
    def follows(self) -> Subject | None:
        return Subject(self.subject) if self.subject else None

    @property
    def opinion_draft(self) -> OpinionDraft | None:
        if self.opinion is None:
            return None
        return OpinionDraft(Opinion(self.opinion), self.note, self.maison, self.reason_code, self.effective_on)

    @opinion_draft.setter
    def opinion_draft(self, stated: OpinionDraft | None) -> None:
        for field in fields(OpinionDraft):
            setattr(self, field.name, getattr(stated, field.name, None))

    @property
    def is_drafted(self) -> bool:
        return self.decision is not None or self.opinion is not None


class DecisionRow(StatedDecision, Base):
    """A published decision; rows are only ever added.

    `takes_back` is the number of the opinion whose change of Maison, still to come, does not happen because of it.
    `criteria` is the pre-assessment of that day with its evidence, `aside` the members who did not decide.
    """

    __tablename__ = "decision"
    __table_args__ = (Index(None, "session_id"), Index(None, "decided_on"))

    orientation_id: Mapped[UUID] = mapped_column(ForeignKey(FileRow.orientation_id), primary_key=True)
    decision_number: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.session_id))
    decision: Mapped[str]
    decided_on: Mapped[date]
    rectifies: Mapped[bool]
    takes_back: Mapped[int | None]
    participant_id: Mapped[UUID | None]
    parcours_no: Mapped[int | None]
    criteria: Mapped[dict[str, Any]]
    aside: Mapped[list[dict[str, Any]]] = mapped_column(JSONB())
    published_at: Mapped[datetime]
    published_by: Mapped[str | None]

    @property
    def kind(self) -> Kind:
        return Kind(self.decision)

    @property
    def stated(self) -> Draft:
        return Draft(self.kind, **{name: getattr(self, name) for name in STATED})


class OpinionRow(Base):
    """An opinion given on a parcours; rows are only ever added."""

    __tablename__ = "opinion"
    __table_args__ = (Index(None, "session_id"),)

    orientation_id: Mapped[UUID] = mapped_column(ForeignKey(FileRow.orientation_id), primary_key=True)
    opinion_number: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.session_id))
    participant_id: Mapped[UUID]
    subject: Mapped[str]
    opinion: Mapped[str]
    rectifies: Mapped[bool]
    note: Mapped[str | None]
    maison_before: Mapped[str]
    maison: Mapped[str | None]
    reason_code: Mapped[str | None]
    effective_on: Mapped[date | None]
    aside: Mapped[list[dict[str, Any]]] = mapped_column(JSONB())
    given_on: Mapped[date]
    published_at: Mapped[datetime]
    published_by: Mapped[str | None]

    @property
    def stated(self) -> OpinionDraft:
        return OpinionDraft(Opinion(self.opinion), self.note, self.maison, self.reason_code, self.effective_on)

    @property
    def given(self) -> Given:
        return Given(self.opinion_number, self.session_id, Subject(self.subject), self.stated)


class ResemblanceRow(Base):
    """Two files that look alike, as they stand; `one` is the smaller id. No name is kept here."""

    __tablename__ = "resemblance"
    __table_args__ = (Index(None, "other"),)

    one: Mapped[UUID] = mapped_column(ForeignKey(FileRow.orientation_id), primary_key=True)
    other: Mapped[UUID] = mapped_column(ForeignKey(FileRow.orientation_id), primary_key=True)
    score: Mapped[int]
    contributions: Mapped[list[list[Any]]] = mapped_column(JSONB())


class RecognitionRow(Base):
    """Somebody said that two files are one person (`same`), or are not; what is undone stays, with who undid it."""

    __tablename__ = "recognition"
    __table_args__ = (Index(None, "one"), Index(None, "other"))

    recognition_id: Mapped[UUID] = mapped_column(primary_key=True)
    one: Mapped[UUID] = mapped_column(ForeignKey(FileRow.orientation_id))
    other: Mapped[UUID] = mapped_column(ForeignKey(FileRow.orientation_id))
    same: Mapped[bool]
    merged: Mapped[UUID | None]
    merged_into: Mapped[UUID | None]
    announced_on: Mapped[UUID | None]
    stated_on: Mapped[date]
    stated_by: Mapped[str | None]
    undone_on: Mapped[date | None]
    undone_by: Mapped[str | None]

    def besides(self, orientation_id: UUID) -> UUID:
        """The other file of the two."""
        return self.other if self.one == orientation_id else self.one


class TransferRow(Base):
    """A file that went from one commission to another, here or there.

    `heard` is the sequence of the newest notice from there that said where the orientation stands.
    """

    __tablename__ = "transfer"

    orientation_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    target: Mapped[str]
    transferred_on: Mapped[date]
    reason_code: Mapped[str]
    stated_by: Mapped[str | None]
    heard: Mapped[int] = mapped_column(default=0)

    @property
    def receiver(self) -> str:
        """The instance that it went to."""
        return f"{self.target}.admission"


class InformationRequestRow(Base):
    """What a prescriber was asked, and what it has answered so far; the texts came with the identity.

    `answered_at` is the moment of the whole answer, `last_answer_at` of the last one, whole or not; `dropped_on` is the day the file went to another commission, which asks for itself.
    """

    __tablename__ = "information_request"
    __table_args__ = (Index(None, "orientation_id"),)

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    orientation_id: Mapped[UUID] = mapped_column(ForeignKey(FileRow.orientation_id))
    asked: Mapped[list[str]]
    answered: Mapped[list[str]]
    asked_at: Mapped[datetime]
    asked_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    last_answer_at: Mapped[datetime | None]
    dropped_on: Mapped[date | None]

    @property
    def waits(self) -> bool:
        return self.answered_at is None and self.dropped_on is None

    @property
    def unanswered(self) -> list[str]:
        return requests.unanswered(self.asked, self.answered)
