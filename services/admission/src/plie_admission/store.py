"""Loading, locking and opening what the commission keeps; no rule and no event.

One commission does one thing at a time: who changes something takes a turn first, and sees nothing half done.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased, defer

from plie_admission.domain.decisions import Kind
from plie_admission.domain.files import LABELS, Status
from plie_admission.domain.likeness import Bearer, Likeness, keys, likeness
from plie_admission.tables import (
    AgendaItemRow,
    ClaimRow,
    DecisionRow,
    FileRow,
    ParcoursRow,
    ParticipantRow,
    RecognitionRow,
    ResemblanceRow,
    SessionRow,
    TransferRow,
)
from plie_chassis.calendar import PARIS, long_date
from plie_chassis.problems import NotFound, StaleVersion
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.declaration import Declaration
from plie_contracts.events import OrientationTransferred
from plie_contracts.refusals import Refused
from plie_contracts.streams import organisation_of

CANDIDATES = 200
COMMON = 50
"""A key that more files have says little by itself, as 1 January for those whose birthday nobody knows."""
SHARING = text(
    """
    with mine as (
        select key, (select count(*) from (select from file where likeness @> array[key] limit :common + 1) as bearers)
            > :common as common
        from unnest(cast(:keys as text[])) as key
    )
    select orientation_id
    from file, lateral (
        select count(*) as keys, bool_and(common) as common from mine where key = any(likeness)
    ) as shared
    where likeness && cast(:keys as text[]) and (shared.keys > 1 or not shared.common)
    order by shared.keys desc, orientation_id
    limit :candidates
    """
)
TURN = text("select pg_advisory_xact_lock(hashtext('plie_admission'))")


class UnknownFile(NotFound):
    code = "file.not-found"
    title = "Dossier introuvable"


class UnknownSession(NotFound):
    code = "session.not-found"
    title = "Séance introuvable"


async def take_turn(work: UnitOfWork) -> None:
    """The lock ends with the transaction; what waits behind it is one secretariat and one consumer."""
    with work.session.no_autoflush:
        await work.session.execute(TURN)


async def file(orientation_id: UUID, work: UnitOfWork) -> FileRow:
    """Raises UnknownFile."""
    row = await work.session.get(FileRow, orientation_id)
    if row is None:
        raise UnknownFile("Aucun dossier à cette adresse dans cette commission. Cherchez-le parmi les dossiers reçus.")
    return row


async def file_for_update(orientation_id: UUID, version: int | None, work: UnitOfWork) -> FileRow:
    """In a turn already taken. `version` None does not ask whether the file changed. Raises UnknownFile, StaleVersion."""
    row = await file(orientation_id, work)
    if version is not None and version != row.version:
        raise StaleVersion(
            f"Le dossier de {row.name} a changé depuis que vous l’avez ouvert ; il est maintenant "
            f"« {LABELS[row.state.status_on(work.today)]} ». Rechargez la page pour voir ce qui a changé.",
            version=row.version,
        )
    return row


async def session(session_id: UUID, work: UnitOfWork) -> SessionRow:
    """Raises UnknownSession."""
    row = await work.session.get(SessionRow, session_id)
    if row is None:
        raise UnknownSession("Aucune séance à cette adresse. Revenez à la liste des séances.")
    return row


async def session_for_update(session_id: UUID, version: int | None, work: UnitOfWork) -> SessionRow:
    """`version` None does not ask whether the session changed. Raises UnknownSession, StaleVersion."""
    await take_turn(work)
    row = await session(session_id, work)
    if version is not None and version != row.version:
        raise StaleVersion(
            f"La séance du {long_date(row.held_on)} a changé depuis que vous l’avez ouverte : ordre du jour, présences "
            "ou décisions. Rechargez la page pour voir ce qui a changé.",
            version=row.version,
        )
    return row


async def claim(orientation_id: UUID, writer: str | None, work: UnitOfWork) -> ClaimRow:
    """The first writer keeps it; `writer` None asks for none. Refuses `ownership.not-owner` for any other writer."""
    arriving = insert(ClaimRow).values(orientation_id=orientation_id, writer=writer)
    statement = arriving.on_conflict_do_update(
        index_elements=[ClaimRow.orientation_id],
        set_={"writer": func.coalesce(ClaimRow.writer, arriving.excluded.writer)},
    ).returning(ClaimRow)
    claimed = (await work.session.scalars(statement, execution_options={"populate_existing": True})).one()
    if writer is not None and claimed.writer != writer:
        raise Refused("ownership.not-owner", "orientation_id", "un autre prescripteur tient cette orientation")
    return claimed


def open_file(orientation_id: UUID, writer: str, received_at: datetime, work: UnitOfWork) -> FileRow:
    row = FileRow(
        orientation_id=orientation_id,
        writer=writer,
        told_through=writer,
        status=Status.PENDING,
        received_at=received_at,
        likeness=[],
        decisions=0,
        opinions=0,
    )
    work.session.add(row)
    return row


async def leave_agenda(row: FileRow, because: str, work: UnitOfWork) -> None:
    """The item stays with its reason, so that the minutes can tell it."""
    if row.agenda_of is None:
        return
    left = await session(row.agenda_of, work)
    item = await work.session.get_one(AgendaItemRow, (row.agenda_of, row.orientation_id))
    item.left_because, item.draft, item.opinion_draft, row.agenda_of = because, None, None, None
    left.version += 1


def note_transfer(claim: ClaimRow, event: OrientationTransferred, work: UnitOfWork) -> None:
    claim.addressed_to, claim.transfers = event.to, claim.transfers + 1
    ours = event.from_ == work.instance.organisation
    work.session.add(
        TransferRow(
            orientation_id=event.orientation_id,
            number=claim.transfers,
            source=event.from_,
            target=event.to,
            transferred_on=event.transferred_on,
            reason_code=event.reason_code,
            stated_by=work.author if ours else None,
        )
    )


async def given_away(orientation_id: UUID, work: UnitOfWork) -> TransferRow | None:
    """The last transfer by this commission; None where the file is ours."""
    last = await work.session.scalar(
        select(TransferRow)
        .where(TransferRow.orientation_id == orientation_id)
        .order_by(TransferRow.number.desc())
        .limit(1)
    )
    if last is None or last.target == work.instance.organisation:
        return None
    return await work.session.scalar(
        select(TransferRow)
        .where(TransferRow.orientation_id == orientation_id, TransferRow.source == work.instance.organisation)
        .order_by(TransferRow.number.desc())
        .limit(1)
    )


async def passed_on_to(orientation_id: UUID, work: UnitOfWork) -> str | None:
    """The instance of the commission that this one transferred the file to last; None where it is ours."""
    transfer = await given_away(orientation_id, work)
    return transfer.receiver if transfer else None


def show(lived: ParcoursRow, row: FileRow) -> None:
    """On its file, for lists and counts, while this is the parcours that the file names."""
    if row.names(lived):
        row.referent_id = lived.referents.get(row.maison) if row.maison else None
        row.opened_on, row.ended_on = lived.opened_on, lived.ended_on
        row.first_interview_on = lived.first_interview_on


async def kept_participant(participant_id: UUID, work: UnitOfWork) -> UUID:
    """The participant that this one is now known as."""
    while True:
        row = await work.session.get(ParticipantRow, participant_id)
        if row is None or row.merged_into is None:
            return participant_id
        participant_id = row.merged_into


async def look_alikes(person: Bearer, work: UnitOfWork, besides: UUID | None = None) -> Sequence[tuple[UUID, Likeness]]:
    """Other files whose person may be this one, the likeliest first: candidates by index, scored one by one."""
    weighed = {"keys": keys(person), "common": COMMON, "candidates": CANDIDATES}
    sharing = (await work.session.scalars(SHARING, weighed)).all()
    candidates = await work.session.scalars(
        select(FileRow)
        .options(defer(FileRow.facts), defer(FileRow.snapshot))
        .where(FileRow.orientation_id.in_(sharing))
    )
    scored = [
        (found.orientation_id, likeness(person, bearer))
        for found in candidates
        if found.orientation_id != besides and (bearer := found.bearer)
    ]
    worth = [(other, alike) for other, alike in scored if alike.is_worth_a_question]
    return sorted(worth, key=lambda pair: -pair[1].score)


async def compare_again(row: FileRow, work: UnitOfWork) -> None:
    """After an identity came, changed or left: the files that look like this one, as they now stand."""
    person = row.bearer
    row.likeness = keys(person) if person else []
    await work.session.flush()
    mine = row.orientation_id
    before = await work.session.execute(
        delete(ResemblanceRow)
        .where(or_(ResemblanceRow.one == mine, ResemblanceRow.other == mine))
        .returning(ResemblanceRow.one, ResemblanceRow.other)
    )
    concerned = {end for pair in before for end in pair}
    found = await look_alikes(person, work, besides=mine) if person else ()
    for other, alike in found:
        one, another = sorted((mine, other))
        work.session.add(
            ResemblanceRow(
                one=one,
                other=another,
                score=alike.score,
                contributions=[[part.points, part.why] for part in alike.contributions],
            )
        )
        concerned |= {one, another}
    await count_open_questions(concerned, work)


async def count_open_questions(concerned: Collection[UUID], work: UnitOfWork) -> None:
    """After a file was compared again, or somebody answered about two of them: on each, as lists show and find it."""
    if not concerned:
        return
    await work.session.flush()
    answered = exists().where(
        RecognitionRow.one == ResemblanceRow.one,
        RecognitionRow.other == ResemblanceRow.other,
        RecognitionRow.undone_on.is_(None),
    )
    asked = (
        select(func.count())
        .select_from(ResemblanceRow)
        .where(FileRow.orientation_id.in_((ResemblanceRow.one, ResemblanceRow.other)), ~answered)
        .scalar_subquery()
    )
    await work.session.execute(
        update(FileRow).where(FileRow.orientation_id.in_(concerned)).values(open_questions=asked),
        execution_options={"synchronize_session": False},
    )


async def standing_recognition(one: UUID, other: UUID, work: UnitOfWork) -> RecognitionRow | None:
    first, second = sorted((one, other))
    return await work.session.scalar(
        select(RecognitionRow).where(
            RecognitionRow.one == first, RecognitionRow.other == second, RecognitionRow.undone_on.is_(None)
        )
    )


async def standing_recognitions(row: FileRow, work: UnitOfWork) -> Sequence[RecognitionRow]:
    """What is said of a file and any other one, and nobody has undone."""
    mine = row.orientation_id
    wanted = select(RecognitionRow).where(
        or_(RecognitionRow.one == mine, RecognitionRow.other == mine), RecognitionRow.undone_on.is_(None)
    )
    return (await work.session.scalars(wanted)).all()


async def recognised_participant(row: FileRow, work: UnitOfWork) -> UUID | None:
    """Who somebody said this file is: the participant of an admitted file recognised as the same person.

    That file may have been admitted a moment ago, by the session that is closing.
    """
    with work.session.no_autoflush:
        said = await standing_recognitions(row, work)
        same = [one.besides(row.orientation_id) for one in said if one.same]
        others = (await work.session.scalars(select(FileRow).where(FileRow.orientation_id.in_(same)))) if same else ()
    return min((one.participant_id for one in others if one.participant_id and one.parcours_no), default=None)


async def came_back_as_both(merge: RecognitionRow, work: UnitOfWork) -> FileRow | None:
    """A file admitted since the merge as the kept participant, which somebody recognised as the merged one."""
    returned, known = aliased(FileRow), aliased(FileRow)
    ends = (RecognitionRow.one, RecognitionRow.other)
    admitted = exists().where(
        DecisionRow.orientation_id == returned.orientation_id,
        DecisionRow.decision == Kind.ADMIT,
        DecisionRow.published_at >= datetime.combine(merge.stated_on, time(), PARIS),
    )
    return await work.session.scalar(
        select(returned)
        .join(RecognitionRow, returned.orientation_id.in_(ends))
        .join(known, known.orientation_id.in_(ends) & (known.orientation_id != returned.orientation_id))
        .where(
            returned.participant_id == merge.merged_into,
            returned.status == Status.ADMITTED,
            known.participant_id == merge.merged,
            known.parcours_no.is_not(None),
            RecognitionRow.same,
            RecognitionRow.undone_on.is_(None),
            RecognitionRow.recognition_id != merge.recognition_id,
            admitted,
        )
        .limit(1)
    )


def prescriber_names(row: FileRow, declaration: Declaration) -> frozenset[str]:
    """What the organisation that oriented may be called in the list of members: its slug, its title, its structure.

    An organisation that runs a commission orients as the PLIE; what it sends otherwise it only hosts.
    """
    structure = frozenset(filter(None, [row.structure]))
    slug = row.orientation.organisation or organisation_of(row.writer)
    runs_a_commission = slug in {instance.organisation for instance in declaration.of_service("admission")}
    if structure and runs_a_commission and row.prescriber_kind != "PLIE":
        return structure
    known = slug in declaration.organisations or slug in declaration.producers
    return structure | {slug} | ({declaration.title_of(slug)} if known else set())
