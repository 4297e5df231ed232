"""The list of sessions and their calendar, planning one, and noting who is there."""

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from plie_admission import store
from plie_admission.domain.sessions import Member, Quorum
from plie_admission.handlers.sessions import (
    CreateSession,
    PlanAgain,
    RecordAttendance,
    create_session,
    plan_again,
    record_attendance,
)
from plie_admission.queries import sessions
from plie_admission.queries.sessions import Tally
from plie_admission.web import wording
from plie_admission.web.access import CHOICES, READERS, WRITERS, writes
from plie_admission.web.bodies import clock
from plie_admission.web.pages.forms import AttendanceForm, PlanForm, SessionForm
from plie_chassis.calendar import DAYS, add_months, end_of_months, is_working_day, long_date, month_of
from plie_chassis.problems import Problem
from plie_chassis.web import Edge, Form, Page, Paging, page, redirect

BLANK_SEATS = 3


@get("/", guards=[READERS])
async def all_sessions(edge: Edge, paging: Paging) -> Page:
    async with edge.read() as work:
        found, cursor = await sessions.listed(paging, work)
        tallies = await sessions.tallies([row.session_id for row in found], work)
    return page(
        "admission/sessions.html",
        sessions=[
            {"row": row, "where": wording.hour_and_place(row), "tally": tallies.get(row.session_id, Tally())}
            for row in found
        ],
        next_cursor=cursor,
        writes=writes(edge.actor),
    )


@get("/calendrier", guards=[READERS])
async def calendar(edge: Edge, mois: str = "") -> Page:
    """A month of sessions; `mois` is « 2026-03 », anything else is the present month."""
    async with edge.read() as work:
        today = work.today
        first = _month(mois) or month_of(today)
        last = end_of_months(first, 1)
        found = await sessions.between(first, last, work)
        tallies = await sessions.tallies([row.session_id for row in found], work)
    by_day: dict[date, list[dict[str, Any]]] = {}
    for row in found:
        by_day.setdefault(row.held_on, []).append(
            {"row": row, "where": wording.hour_and_place(row), "tally": tallies.get(row.session_id, Tally())}
        )
    return page(
        "admission/calendar.html",
        weeks=[
            [
                {
                    "on": day,
                    "name": DAYS[day.weekday()],
                    "inside": day.month == first.month,
                    "off": not is_working_day(day),
                    "today": day == today,
                    "sessions": by_day.get(day, []),
                }
                for day in week
            ]
            for week in Calendar().monthdatescalendar(first.year, first.month)
        ],
        names=DAYS,
        first=first,
        before=f"{add_months(first, -1):%Y-%m}",
        after=f"{add_months(first, 1):%Y-%m}",
        held=len(found),
        writes=writes(edge.actor),
    )


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


@get("/nouvelle", guards=[WRITERS])
async def new_session(edge: Edge, le: str = "") -> Page:
    """The members of the last session are proposed again: a commission changes little."""
    async with edge.read() as work:
        last = await sessions.last_planned(work)
        today = work.today
    seats = [Member(**member | {"present": False}) for member in last.members] if last else []
    usual = {"starts_at": last.starts_at and last.starts_at.isoformat("minutes"), "place": last.place} if last else {}
    form = Form.of({"held_on": le or today, **usual, **_seated(seats)})
    return page("admission/new-session.html", form=form, seats=len(seats) + BLANK_SEATS)


@post("/nouvelle", guards=[WRITERS])
async def plan(edge: Edge) -> Response[Any]:
    form = await edge.form()
    try:
        filled = form.read(SessionForm)
        command = CreateSession(filled.held_on, filled.place, filled.named(), clock(filled.starts_at))
        row = await edge.run(create_session, command)
    except Problem as problem:
        return page("admission/new-session.html", form=form.refused(problem), seats=_seats_sent(form))
    await edge.announce(f"La séance du {long_date(row.held_on)} est planifiée. Inscrivez-y des dossiers.")
    return redirect(f"/seances/{row.session_id}")


@get("/{session_id:uuid}/date", guards=[WRITERS])
async def present_plan(session_id: UUID, edge: Edge) -> Page:
    async with edge.read() as work:
        row = await store.session(session_id, work)
    planned = {"held_on": row.held_on, "starts_at": row.starts_at and row.starts_at.isoformat("minutes")}
    return page(
        "admission/plan.html", form=Form.of({**planned, "place": row.place, "version": row.version}), session=row
    )


@post("/{session_id:uuid}/date", guards=[WRITERS])
async def change_plan(session_id: UUID, edge: Edge) -> Response[Any]:
    form = await edge.form()
    try:
        filled = form.read(PlanForm)
        command = PlanAgain(session_id, filled.held_on, filled.place, clock(filled.starts_at), filled.version)
        row = await edge.run(plan_again, command)
    except Problem as problem:
        async with edge.read() as work:
            row = await store.session(session_id, work)
        return page("admission/plan.html", form=form.refused(problem), session=row)
    await edge.announce(f"La séance est prévue le {long_date(row.held_on)}, {wording.hour_and_place(row)}.")
    return redirect(f"/seances/{session_id}")


@get("/{session_id:uuid}/presences", guards=[WRITERS])
async def attendance(session_id: UUID, edge: Edge) -> Page:
    async with edge.read() as work:
        row = await store.session(session_id, work)
    seats = list(row.state.members)
    form = Form.of({"version": row.version, **_seated(seats)})
    return page("admission/attendance.html", form=form, session=row, seats=len(seats) + BLANK_SEATS)


@post("/{session_id:uuid}/presences", guards=[WRITERS])
async def note_attendance(session_id: UUID, edge: Edge, quorum: Quorum) -> Response[Any]:
    form = await edge.form()
    try:
        filled = form.read(AttendanceForm)
        row = await edge.run(record_attendance, RecordAttendance(session_id, filled.named(), filled.version))
    except Problem as problem:
        async with edge.read() as work:
            row = await store.session(session_id, work)
        return page("admission/attendance.html", form=form.refused(problem), session=row, seats=_seats_sent(form))
    await edge.announce(f"Présences notées. {wording.attendance(row.state.attendance, quorum)}.")
    return redirect(f"/seances/{session_id}")


def _seated(members: Sequence[Member]) -> dict[str, object]:
    return {
        f"members[{rank}].{name}": value
        for rank, member in enumerate(members)
        for name, value in asdict(member).items()
        if value is not False
    }


def _seats_sent(form: Form) -> int:
    """As many rows as were sent, so that nothing typed is lost."""
    rank = 0
    while form.values(f"members[{rank}].name"):
        rank += 1
    return rank


ROUTES = Router(
    "/seances",
    route_handlers=[all_sessions, calendar, new_session, plan, present_plan, change_plan, attendance, note_attendance],
    include_in_schema=False,
    dependencies=CHOICES,
)
