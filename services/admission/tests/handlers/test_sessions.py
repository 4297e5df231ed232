from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

import pytest

from plie_admission.domain.agendas import AnotherAgenda
from plie_admission.domain.files import AlreadyOnAgenda, FileWithdrawn, NotOnAgenda, OnAnotherAgenda, Status
from plie_admission.domain.follow_ups import Subject
from plie_admission.domain.sessions import MemberTwice, SessionClosed
from plie_admission.handlers.sessions import (
    AddToAgenda,
    AgendaEmpty,
    DeclareInterests,
    MoveOnAgenda,
    PlanAgain,
    RecordAttendance,
    RemoveFromAgenda,
    ReorderAgenda,
    add_to_agenda,
    declare_interests,
    move_on_agenda,
    plan_again,
    record_attendance,
    remove_from_agenda,
    reorder_agenda,
)
from plie_admission.queries.sessions import agenda
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


async def test_another_day_is_told_to_the_members_and_to_the_prescribers(commission: Any, given: Any) -> None:
    followed, listed, removed = await commission.admits(given.admission()), *[await commission.receives() for _ in "12"]
    session_id = await commission.follows(followed, Subject.EXTENSION)
    await commission.run(add_to_agenda, AddToAgenda(session_id, [listed, removed]))
    await commission.run(remove_from_agenda, RemoveFromAgenda(session_id, removed))
    before = len(await commission.emitted())
    row = await commission.run(plan_again, PlanAgain(session_id, date(2026, 3, 19), "Saint-Marcellin", time(14)))
    assert (row.held_on, row.starts_at, row.place) == (date(2026, 3, 19), time(14), "Saint-Marcellin")
    assert row.former_plans == [
        {
            "held_on": "2026-03-12",
            "starts_at": None,
            "place": "Voiron",
            "changed_on": "2026-03-12",
            "changed_by": "Nadia Ferrand",
        }
    ]
    scheduled, told = (await commission.emitted())[before:]
    assert (scheduled.value["orientation_id"], scheduled.value["held_on"]) == (str(listed), "2026-03-19")
    assert (told.value["status"], told.value["session_on"]) == ("in-commission", "2026-03-19")


async def test_another_hour_or_place_is_no_news_for_prescribers(commission: Any) -> None:
    session = await commission.plans(await commission.receives())
    before = await commission.emitted()
    for place in ("Voiron", "Moirans", "Moirans"):
        row = await commission.run(plan_again, PlanAgain(session.session_id, session.held_on, place, time(9, 30)))
    assert [one["place"] for one in row.former_plans] == ["Voiron", "Voiron"]
    assert await commission.emitted() == before


async def test_a_closed_session_keeps_its_day(commission: Any, given: Any) -> None:
    session = await commission.settles(given.refusal(), await commission.receives())
    with pytest.raises(SessionClosed):
        await commission.run(plan_again, PlanAgain(session.session_id, date(2026, 3, 19), "Voiron"))


async def test_a_session_that_somebody_changed_meanwhile_is_not_moved(commission: Any) -> None:
    session = await commission.plans()
    seen = session.version
    await commission.run(add_to_agenda, AddToAgenda(session.session_id, [await commission.receives()]))
    with pytest.raises(StaleVersion):
        await commission.run(plan_again, PlanAgain(session.session_id, date(2026, 3, 19), "Voiron", version=seen))


async def order(commission: Any, session_id: UUID) -> list[UUID]:
    async with commission.units.begin() as work:
        items = await agenda(session_id, work)
    return [item.file.orientation_id for item in items if item.agenda.left_because is None]


async def test_the_agenda_takes_the_order_it_is_given(commission: Any) -> None:
    one, two, three = [await commission.receives() for _ in range(3)]
    session_id = (await commission.plans(one, two, three)).session_id
    await commission.run(reorder_agenda, ReorderAgenda(session_id, [three, one, two]))
    assert await order(commission, session_id) == [three, one, two]
    await commission.run(move_on_agenda, MoveOnAgenda(session_id, two, -1))
    assert await order(commission, session_id) == [three, two, one]
    await commission.run(move_on_agenda, MoveOnAgenda(session_id, three, -1))
    assert await order(commission, session_id) == [three, two, one]
    with pytest.raises(AnotherAgenda):
        await commission.run(reorder_agenda, ReorderAgenda(session_id, [one, two]))


async def test_a_file_taken_off_the_agenda_waits_again(commission: Any) -> None:
    orientation_id = await commission.receives()
    session_id = (await commission.plans(orientation_id)).session_id
    await commission.run(remove_from_agenda, RemoveFromAgenda(session_id, orientation_id))
    row = await commission.file(orientation_id)
    assert (row.status, row.agenda_of) == (Status.PENDING, None)
    with pytest.raises(NotOnAgenda):
        await commission.run(remove_from_agenda, RemoveFromAgenda(session_id, orientation_id))


async def test_the_agenda_of_a_closed_session_does_not_change(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session_id = (await commission.settles(given.refusal(), orientation_id)).session_id
    commands = (
        (reorder_agenda, ReorderAgenda(session_id, [orientation_id])),
        (remove_from_agenda, RemoveFromAgenda(session_id, orientation_id)),
        (declare_interests, DeclareInterests(session_id, orientation_id, [])),
    )
    for handler, command in commands:
        with pytest.raises(SessionClosed):
            await commission.run(handler, command)
