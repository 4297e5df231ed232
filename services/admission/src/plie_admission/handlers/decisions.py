"""Deciding a file: a draft while its session is open, a published decision when it closes, a rectification afterwards.

Publishing writes the decision, its outcome to the prescriber and, for an admission, the file to the Maison.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from plie_admission import store
from plie_admission.domain import criteria, decisions, follow_ups, outcomes
from plie_admission.domain.decisions import STATED, Decision, Draft, Ground, Kind, SamePersonUnknown
from plie_admission.domain.files import Status
from plie_admission.domain.follow_ups import Opinion, Subject
from plie_admission.domain.interests import Aside
from plie_admission.domain.sessions import Session
from plie_admission.handlers.files import hand_over
from plie_admission.store import file_for_update, session_for_update
from plie_admission.tables import (
    AgendaItemRow,
    DecisionRow,
    FileRow,
    OpinionRow,
    ParcoursRow,
    ParticipantRow,
    RecognitionRow,
)
from plie_chassis.ids import new_id
from plie_chassis.problems import FieldError
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import AdmissionDeferred, AdmissionValidated

STATUS_AFTER = {Kind.ADMIT: Status.ADMITTED, Kind.DEFER: Status.DEFERRED, Kind.REFUSE: Status.REFUSED}


@dataclass(frozen=True)
class DecideFile:
    """`same_person_as` of the draft may be a participant, or the orientation of a file that admitted one.

    For a file that was admitted already, its own orientation says that the person is nobody else's participant.
    `version` is the one of the file that was read, None when it does not matter.
    """

    orientation_id: UUID
    session_id: UUID
    stated: Draft
    rectifies: bool = False
    version: int | None = None


@dataclass(frozen=True)
class Decided:
    """`participant_id` is who the person is for an admission, already while it is a draft."""

    decision_number: int
    participant_id: UUID | None


async def decide(command: DecideFile, work: UnitOfWork) -> Decided:
    """Keep a draft, or publish a rectification at once.

    Raises UnknownSession, UnknownFile, StaleVersion, SamePersonUnknown, and what `decisions.draft` or
    `decisions.rectify` raise.
    """
    row = await session_for_update(command.session_id, None, work)
    file = await file_for_update(command.orientation_id, command.version, work)
    session, ground = row.state, ground_of(file, row.state, work)
    if command.rectifies:
        stated = await _named(decisions.rectify(file.state, session, command.stated, ground), file, work)
        return await publish(stated, file, session, work, rectifies=True)
    stated = await _named(decisions.draft(file.state, session, command.stated, ground), file, work)
    item = await work.session.get_one(AgendaItemRow, (row.session_id, file.orientation_id))
    item.draft = await _without_the_recognised(stated, file, work)
    stated = await _with_the_person(stated, file, work)
    item.drafted_by = work.author
    row.version += 1  # the draft stands in the agenda item, and changes what both pages show
    file.version += 1
    if stated.decision is Kind.ADMIT and stated.same_person_as is None and file.participant_id is None:
        file.participant_id = new_id(work.now)
    return Decided(file.decisions + 1, _person(stated, file))


async def publish(
    stated: Draft,
    file: FileRow,
    session: Session,
    work: UnitOfWork,
    *,
    aside: Sequence[Aside] = (),
    rectifies: bool = False,
) -> Decided:
    """Make a decision known. Raises the first broken rule, as the file may have changed since it was drafted."""
    ground = ground_of(file, session, work)
    decisions.keeps_every_rule(stated, ground, rectifies=rectifies)
    stated = await _with_the_person(stated, file, work)
    lived = await _parcours(stated, file, work) if stated.decision is Kind.ADMIT else None
    place = lived.place if lived else None
    decision = decisions.publish(stated, file.state, session, ground, place=place, rectifies=rectifies)
    takes_back = await _settle_the_maison(file, decision, work)
    work.session.add(_row_of(stated, decision, ground, aside, takes_back, work))
    file.status, file.decisions, file.decided_in = STATUS_AFTER[stated.decision], file.decisions + 1, session.session_id
    file.first_decided_on = file.first_decided_on or decision.decided_on
    file.last_decided_on, file.last_decision, file.last_reason = (
        decision.decided_on,
        stated.decision,
        stated.reason_code,
    )
    file.defer_until = decision.defer_until if isinstance(decision, AdmissionDeferred) else None
    file.asked_on = file.asked_on if isinstance(decision, AdmissionDeferred) else None
    if lived is not None:
        file.participant_id, file.parcours_no = lived.participant_id, lived.parcours_no
        store.show(lived, file)
    if lived is not None and stated.same_person_as is not None:
        await _note_recognition(file, lived.participant_id, work)
    work.emit(decision)
    outcome = outcomes.decided(decision, session, file.orientation.external_reference, stated.reorientation)
    work.emit(outcome, to=file.told_through)
    if isinstance(decision, AdmissionValidated):
        hand_over(file, decision.maison, work)
    return Decided(file.decisions, lived.participant_id if lived else None)


async def _settle_the_maison(file: FileRow, decision: Decision, work: UnitOfWork) -> int | None:
    """A change of Maison that was carried out stands; one to come too, unless the decision changes whom or where.

    The number of the opinion whose change is taken back.
    """
    admitted = decision if isinstance(decision, AdmissionValidated) else None
    before = file.parcours.as_of(work.today) if file.parcours else None
    stays = before and admitted and (admitted.participant_id, admitted.maison) == (before.participant_id, before.maison)
    back = follow_ups.take_back(file.state, before) if before and not stays else None
    if back is not None:
        work.emit(back)
        file.moves_to = file.moves_on = None
    if file.brought_to(work.today) is None:
        file.maison = admitted.maison if admitted else None
    return await _last_change(file, work) if back is not None else None


async def _last_change(file: FileRow, work: UnitOfWork) -> int | None:
    return await work.session.scalar(
        select(func.max(OpinionRow.opinion_number)).where(
            OpinionRow.orientation_id == file.orientation_id,
            OpinionRow.subject == Subject.REASSIGNMENT,
            OpinionRow.opinion == Opinion.FAVOURABLE,
        )
    )


def ground_of(file: FileRow, session: Session, work: UnitOfWork) -> Ground:
    clas = work.instance.organisation
    return Ground(
        clas=clas,
        maisons=frozenset(work.declaration.maisons_of(clas)),
        assessment=criteria.pre_assessment(file.orientation, clas, work.declaration, work.today),
        held_on=session.held_on,
        today=work.today,
        brought_to=file.brought_to(work.today),
    )


async def _named(stated: Draft, file: FileRow, work: UnitOfWork) -> Draft:
    """Whom the commission names, as the participant they were admitted as, also by this file. Raises SamePersonUnknown."""
    if stated.same_person_as is None:
        return stated
    if stated.same_person_as == file.orientation_id and file.parcours_no is not None:
        return replace(stated, same_person_as=await _own_person(file, work) or new_id(work.now))
    participant_id = await work.session.scalar(
        select(FileRow.participant_id)
        .where(
            or_(FileRow.participant_id == stated.same_person_as, FileRow.orientation_id == stated.same_person_as),
            FileRow.parcours_no.is_not(None),
            FileRow.orientation_id != file.orientation_id,
        )
        .limit(1)
    )
    if participant_id is None and stated.same_person_as in {lived.participant_id for lived in await _given(file, work)}:
        return stated
    if participant_id is None:
        message = "Cette commission n’a admis personne sous cet identifiant. Choisissez un dossier déjà admis."
        raise SamePersonUnknown(message, errors=[FieldError("same_person_as", SamePersonUnknown.code, message)])
    return replace(stated, same_person_as=participant_id)


async def _own_person(file: FileRow, work: UnitOfWork) -> UUID | None:
    """The participant whom this file brought, whoever its admission was rectified to: their first parcours is its own."""
    return next((lived.participant_id for lived in await _given(file, work) if lived.parcours_no == 1), None)


async def _given(file: FileRow, work: UnitOfWork) -> Sequence[ParcoursRow]:
    """Every parcours that an admission of this file gave; of one person, the last one first."""
    if file.parcours_no is None:
        return []
    with work.session.no_autoflush:
        given = await work.session.scalars(
            select(ParcoursRow)
            .where(ParcoursRow.orientation_id == file.orientation_id)
            .order_by(ParcoursRow.parcours_no.desc())
        )
    return given.all()


async def _without_the_recognised(stated: Draft, file: FileRow, work: UnitOfWork) -> Draft:
    """A draft keeps a person who was named; one who was recognised may be unsaid until the session closes."""
    recognised = await store.recognised_participant(file, work)
    if stated.same_person_as is None or recognised is None:
        return stated
    named, known = [await store.kept_participant(one, work) for one in (stated.same_person_as, recognised)]
    return replace(stated, same_person_as=None) if named == known else stated


async def _with_the_person(stated: Draft, file: FileRow, work: UnitOfWork) -> Draft:
    """Whom the commission named, else whom somebody recognised by now; an admission already published keeps its own."""
    if stated.decision is not Kind.ADMIT:
        return stated
    known = stated.same_person_as
    if known is None and file.parcours_no is None:
        known = await store.recognised_participant(file, work)
    return replace(stated, same_person_as=await store.kept_participant(known, work)) if known else stated


async def _note_recognition(file: FileRow, participant_id: UUID, work: UnitOfWork) -> None:
    """Admitting somebody as a known person says so of their earlier files, where nobody had said it."""
    with work.session.no_autoflush:
        found = await work.session.scalars(
            select(FileRow.orientation_id).where(
                FileRow.participant_id == participant_id,
                FileRow.parcours_no.is_not(None),
                FileRow.orientation_id != file.orientation_id,
            )
        )
        answered = {said.besides(file.orientation_id) for said in await store.standing_recognitions(file, work)}
    recognised = set(found.all()) - answered
    for earlier in recognised:
        one, other = sorted((file.orientation_id, earlier))
        work.session.add(
            RecognitionRow(
                recognition_id=new_id(work.now),
                one=one,
                other=other,
                same=True,
                stated_on=work.today,
                stated_by=work.author,
            )
        )
    if recognised:
        await store.count_open_questions({file.orientation_id, *recognised}, work)


def _person(stated: Draft, file: FileRow) -> UUID | None:
    if stated.decision is not Kind.ADMIT:
        return None
    return stated.same_person_as or file.participant_id


async def _parcours(stated: Draft, file: FileRow, work: UnitOfWork) -> ParcoursRow:
    """The person's next parcours; whom an admission of this file already named keeps the one it gave them.

    Nobody is admitted into one that has ended; an admission that stands as it was leaves it ended.
    """
    person = _person(stated, file) or new_id(work.now)
    now = file.parcours.as_of(work.today) if file.parcours else None
    for lived in await _given(file, work):
        if person not in {lived.participant_id, await store.kept_participant(lived.participant_id, work)}:
            continue
        if lived.ended_on is None or (now is not None and file.names(lived) and now.maison == stated.maison):
            return lived
    counted = (
        insert(ParticipantRow)
        .values(participant_id=person, parcours_count=1)
        .on_conflict_do_update(
            index_elements=[ParticipantRow.participant_id], set_={"parcours_count": ParticipantRow.parcours_count + 1}
        )
        .returning(ParticipantRow.parcours_count)
    )
    with work.session.no_autoflush:  # a closing writes its decisions together, not one by one as people are counted
        number = (await work.session.execute(counted)).scalar_one()
    lived = ParcoursRow(participant_id=person, parcours_no=number, orientation_id=file.orientation_id, referents={})
    work.session.add(lived)
    return lived


def _row_of(
    stated: Draft, decision: Decision, ground: Ground, aside: Sequence[Aside], takes_back: int | None, work: UnitOfWork
) -> DecisionRow:
    admitted = decision if isinstance(decision, AdmissionValidated) else None
    return DecisionRow(
        orientation_id=decision.orientation_id,
        decision_number=decision.decision_number,
        session_id=decision.session_id,
        decision=stated.decision,
        decided_on=decision.decided_on,
        rectifies=bool(decision.rectifies),
        takes_back=takes_back,
        participant_id=admitted.participant_id if admitted else None,
        parcours_no=admitted.parcours_no if admitted else None,
        criteria={
            name: {"result": criterion.result, "evidence": criterion.evidence}
            for name, criterion in decisions.with_the_session(stated, ground)
        },
        aside=[asdict(one) for one in aside],
        published_at=work.now,
        published_by=work.author,
        **{name: getattr(stated, name) for name in STATED},
    )
