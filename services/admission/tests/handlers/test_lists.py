"""What lists and statistics choose and count by is written with the file, and says what the file itself says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from plie_admission.domain.decisions import Kind
from plie_admission.domain.files import Status
from plie_admission.handlers import parcours
from plie_admission.handlers.recognitions import Recognise, UndoRecognition, recognise, undo_recognition
from plie_admission.handlers.requests import AskPrescriber, ask_prescriber
from plie_admission.handlers.sessions import RemoveFromAgenda, remove_from_agenda
from plie_admission.handlers.transfers import TransferFile, transfer_file
from plie_admission.queries.duplicates import possible_duplicates
from plie_admission.queries.files import Search, count_of, decisions_of
from plie_admission.tables import FileRow, ParcoursRow
from plie_chassis.unit_of_work import UnitOfWork

from .test_decisions import opening
from .test_parcours import exit_of, interview

WRITTEN = (FileRow.complete, FileRow.days_to_decide, FileRow.pending_from)
ALIKE = {"first_name": "Noemie", "birth_date": date(1983, 4, 5)}


@pytest.fixture
def watched(commission: Any) -> Any:
    """A commission each of whose files is looked at again after whatever it does."""
    return replace(commission, afterwards=every_file_says_what_it_is)


async def every_file_says_what_it_is(work: UnitOfWork) -> None:
    rows = (await work.session.scalars(select(FileRow).options(*map(undefer, WRITTEN)))).all()
    for row in rows:
        await says_what_it_is(row, work)
    await is_counted_where_it_stands(rows, work)


async def says_what_it_is(row: FileRow, work: UnitOfWork) -> None:
    alike = await possible_duplicates(row, work)
    assert row.open_questions == sum(other.said is None for other in alike)
    assert row.complete == (not row.missing)
    decided = [
        (one.decided_on, one.decision, one.reason_code) for one, _ in await decisions_of(row.orientation_id, work)
    ]
    assert (row.last_decided_on, row.last_decision, row.last_reason) == (decided[0] if decided else (None, None, None))
    await shows_the_parcours_that_it_names(row, work)
    first = decided[-1][0] if decided else None
    assert row.first_decided_on == first
    assert row.days_to_decide == ((first - row.received_on).days if first else None)


async def shows_the_parcours_that_it_names(row: FileRow, work: UnitOfWork) -> None:
    if row.status != Status.ADMITTED:
        return
    lived = await work.session.get_one(ParcoursRow, (row.participant_id, row.parcours_no))
    told = (lived.referents.get(row.maison or ""), lived.opened_on, lived.first_interview_on, lived.ended_on)
    assert (row.referent_id, row.opened_on, row.first_interview_on, row.ended_on) == told


async def is_counted_where_it_stands(rows: Sequence[FileRow], work: UnitOfWork) -> None:
    for days in (0, 27, 28, 29):
        work.now += timedelta(days=days)
        standing = [row.state.status_on(work.today) for row in rows]
        assert [await count_of(Search(status), work) for status in Status] == list(map(standing.count, Status))
        work.now -= timedelta(days=days)


async def test_what_is_received_corrected_withdrawn_or_sent_elsewhere(watched: Any) -> None:
    first = await watched.receives()
    again = await watched.receives(**ALIKE)
    assert (await watched.file(first)).open_questions == 1
    await watched.is_told_identity(again, last_name="Zerrouki", first_name="Mehdi", phone=None, motivation=None)
    assert (await watched.file(first)).open_questions == 0
    assert (await watched.file(again)).missing
    await watched.is_told_identity(again, **ALIKE)
    await watched.is_told_correction(again)
    await watched.run(ask_prescriber, AskPrescriber(again, ["motivation"]))
    await watched.is_told_withdrawal(again)
    await watched.run(transfer_file, TransferFile(first, "metropole", "autre-territoire"))
    assert (await watched.file(again)).open_questions == 0


async def test_what_is_decided_deferred_rectified_or_let_go(watched: Any, given: Any) -> None:
    one, other = await watched.receives(), await watched.receives(last_name="Zerrouki", first_name="Mehdi", phone=None)
    session = await watched.plans(one, other)
    await watched.run(remove_from_agenda, RemoveFromAgenda(session.session_id, other))
    await watched.decides(one, session.session_id, given.deferral())
    await watched.closes(session.session_id)
    later = watched.later(7)
    again = await later.plans(one, other)
    await later.decides(other, again.session_id, given.admission())
    await later.closes(again.session_id)
    refusal = given.refusal(override_reason=None)
    await later.decides(other, again.session_id, refusal, rectifies=True)
    assert (await later.file(other)).last_decision == Kind.REFUSE


async def test_what_is_said_of_two_files_and_taken_back(watched: Any, given: Any) -> None:
    known = await watched.admits(given.admission())
    again = await watched.receives(**ALIKE)
    for same in (False, True):
        said = await watched.run(recognise, Recognise(again, known, same))
        assert await open_questions(watched, known, again) == [0, 0]
        await watched.run(undo_recognition, UndoRecognition(again, said.recognition_id))
        assert await open_questions(watched, known, again) == [1, 1]
    await watched.settles(given.admission(same_person_as=known), again)
    assert await open_questions(watched, known, again) == [0, 0]


async def test_what_the_maisons_tell_of_whom_the_file_names_or_named(watched: Any, given: Any) -> None:
    known = await watched.admits(given.admission(), last_name="Zerrouki", first_name="Mehdi", phone=None)
    orientation_id = await watched.receives()
    session = await watched.settles(given.admission(), orientation_id)
    own = (await watched.file(orientation_id)).participant_id
    told = [
        (parcours.note_referent, opening(own)),
        (parcours.tell_first_interview, interview(own)),
        (parcours.end_parcours, exit_of(own)),
    ]
    for (handler, event), named in zip(told, (known, own, known), strict=True):
        await watched.hears(handler, event, "centre-isere.parcours")
        stated = given.admission(same_person_as=named, reason_code="autre")
        await watched.decides(orientation_id, session.session_id, stated, rectifies=True)


async def open_questions(commission: Any, *orientation_ids: UUID) -> list[int]:
    return [(await commission.file(one)).open_questions for one in orientation_ids]
