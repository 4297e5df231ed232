from typing import Any
from uuid import uuid4

import pytest

from plie_admission.domain.files import AlreadyOnAgenda, FileWithdrawn, OnAnotherAgenda
from plie_admission.domain.sessions import MemberTwice, SessionClosed
from plie_admission.handlers.sessions import (
    AddToAgenda,
    AgendaEmpty,
    RecordAttendance,
    add_to_agenda,
    record_attendance,
)
from plie_admission.store import UnknownFile, UnknownSession
from plie_chassis.problems import StaleVersion


async def test_a_scheduled_file_is_in_commission_and_its_prescriber_is_told(commission: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id)
    file = await commission.file(orientation_id)
    assert (file.status, file.agenda_of) == ("in-commission", session.session_id)
    scheduled, told = await commission.emitted("OrientationScheduled", "OrientationOutcomeNotified")
    assert scheduled.topic == "plie.admission.v1.centre-isere"
    assert (scheduled.value["session_id"], scheduled.value["held_on"]) == (str(session.session_id), "2026-03-12")
    assert told.topic == "plie.notice.v1.centre-isere.admission.to.departement-38.orientation"
    assert (told.value["status"], told.value["session_on"]) == ("in-commission", "2026-03-12")
    assert told.value["external_reference"] == "RSA-2026-000123"


async def test_an_agenda_takes_all_its_files_or_none(commission: Any) -> None:
    here, withdrawn = await commission.receives(), await commission.receives()
    await commission.is_told_withdrawal(withdrawn)
    with pytest.raises(FileWithdrawn):
        await commission.plans(here, withdrawn)
    assert (await commission.file(here)).status == "pending"
    assert await commission.emitted("OrientationScheduled") == []


async def test_a_file_stands_on_one_agenda_once(commission: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id)
    with pytest.raises(AlreadyOnAgenda):
        await commission.run(add_to_agenda, AddToAgenda(session.session_id, [orientation_id]))
    with pytest.raises(OnAnotherAgenda):
        await commission.plans(orientation_id)


async def test_the_same_file_twice_in_one_request_is_refused(commission: Any) -> None:
    orientation_id = await commission.receives()
    with pytest.raises(AlreadyOnAgenda):
        await commission.plans(orientation_id, orientation_id)


async def test_unknown_files_and_sessions_are_named(commission: Any) -> None:
    session = await commission.plans()
    with pytest.raises(UnknownFile):
        await commission.run(add_to_agenda, AddToAgenda(session.session_id, [uuid4()]))
    with pytest.raises(AgendaEmpty):
        await commission.run(add_to_agenda, AddToAgenda(session.session_id, []))
    with pytest.raises(UnknownSession):
        await commission.run(add_to_agenda, AddToAgenda(uuid4(), [await commission.receives()]))


async def test_a_stale_agenda_is_refused(commission: Any) -> None:
    session = await commission.plans(await commission.receives())
    with pytest.raises(StaleVersion) as stale:
        stale_command = AddToAgenda(session.session_id, [await commission.receives()], version=1)
        await commission.run(add_to_agenda, stale_command)
    assert stale.value.facts == {"version": session.version}


async def test_attendance_is_recorded_until_the_session_closes(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id, members=())
    here = RecordAttendance(session.session_id, given.members(present=4))
    row = await commission.run(record_attendance, here)
    assert row.state.attendance.present == 4
    with pytest.raises(MemberTwice):
        await commission.run(record_attendance, RecordAttendance(session.session_id, given.members()[:1] * 2))
    await commission.decides(orientation_id, session.session_id, given.admission())
    await commission.closes(session.session_id)
    with pytest.raises(SessionClosed):
        await commission.run(record_attendance, here)
