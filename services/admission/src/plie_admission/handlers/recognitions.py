"""Somebody of the commission says whether two files are one person; nothing is ever said by a score alone."""

from dataclasses import dataclass
from uuid import UUID

from plie_admission import store
from plie_admission.domain import recognitions
from plie_admission.domain.recognitions import AlreadyStated, AlreadyUndone, Subject
from plie_admission.tables import FileRow, ParticipantRow, RecognitionRow
from plie_chassis.calendar import long_date
from plie_chassis.ids import new_id
from plie_chassis.problems import NotFound
from plie_chassis.unit_of_work import UnitOfWork


class UnknownRecognition(NotFound):
    code = "recognition.not-found"
    title = "Rapprochement introuvable"


@dataclass(frozen=True)
class Recognise:
    """`same` False: they look alike and are two people; the question is not asked again."""

    orientation_id: UUID
    other_id: UUID
    same: bool


@dataclass(frozen=True)
class UndoRecognition:
    orientation_id: UUID
    recognition_id: UUID


async def recognise(command: Recognise, work: UnitOfWork) -> RecognitionRow:
    """Between two admitted people the merge is announced. Raises UnknownFile, SameFile, IdentityMissing, AlreadyStated."""
    await store.take_turn(work)
    one, other = await store.file(command.orientation_id, work), await store.file(command.other_id, work)
    recognitions.may_be_compared(_subject(one), _subject(other))
    standing = await store.standing_recognition(one.orientation_id, other.orientation_id, work)
    if standing is not None:
        said = "la même personne" if standing.same else "deux personnes"
        raise AlreadyStated(
            f"{standing.stated_by or 'Quelqu’un'} a déjà répondu le {long_date(standing.stated_on)} : {said}. "
            "Annulez d’abord cette réponse."
        )
    first, second = sorted((one.orientation_id, other.orientation_id))
    row = RecognitionRow(
        recognition_id=new_id(work.now),
        one=first,
        other=second,
        same=command.same,
        stated_on=work.today,
        stated_by=work.author,
    )
    merged = recognitions.merge(await _known_as(one, work), await _known_as(other, work), work.today)
    if command.same and merged is not None:
        work.emit(merged)
        row.merged, row.merged_into = merged.participant_id, merged.merged_into
        row.announced_on = merged.orientation_id
        away = await work.session.get_one(ParticipantRow, merged.participant_id)
        away.merged_into = merged.merged_into
    work.session.add(row)
    await store.count_open_questions({first, second}, work)
    return row


async def undo_recognition(command: UndoRecognition, work: UnitOfWork) -> RecognitionRow:
    """What was announced is taken back; the statement stays in the history.

    Raises UnknownRecognition, AlreadyUndone, AdmittedTogether.
    """
    await store.take_turn(work)
    row = await work.session.get(RecognitionRow, command.recognition_id)
    if row is None or command.orientation_id not in {row.one, row.other}:
        raise UnknownRecognition("Aucun rapprochement à cette adresse. Revenez au dossier.")
    if row.undone_on is not None:
        raise AlreadyUndone(f"Cette réponse est déjà annulée, depuis le {long_date(row.undone_on)}.")
    one, other = await store.file(row.one, work), await store.file(row.other, work)
    if row.same:
        recognitions.was_not_used_by_an_admission(_subject(one), _subject(other))
    if row.merged is not None and (returned := await store.came_back_as_both(row, work)) is not None:
        raise recognitions.came_back(_subject(returned))
    row.undone_on, row.undone_by = work.today, work.author
    if row.merged is not None and row.merged_into is not None and row.announced_on is not None:
        work.emit(recognitions.unmerge(row.merged, row.merged_into, row.announced_on, work.today))
        (await work.session.get_one(ParticipantRow, row.merged)).merged_into = None
    await store.count_open_questions({row.one, row.other}, work)
    return row


def _subject(row: FileRow) -> Subject:
    admitted = row.participant_id if row.parcours_no is not None else None
    return Subject(row.orientation_id, row.name, row.bearer is not None, admitted)


async def _known_as(row: FileRow, work: UnitOfWork) -> Subject:
    """Under the participant that earlier merges made of it."""
    subject = _subject(row)
    if subject.participant_id is None:
        return subject
    kept = await store.kept_participant(subject.participant_id, work)
    return Subject(subject.orientation_id, subject.name, subject.named, kept)
