"""Closing a session: what will be published, what still stands in the way, asked once more."""

from collections.abc import Set
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from plie_admission import store
from plie_admission.domain.sessions import Quorum
from plie_admission.handlers.closing import CloseSession, close_session
from plie_admission.queries import sessions
from plie_admission.queries.duplicates import recognised_among
from plie_admission.queries.sessions import Item
from plie_admission.tables import SessionRow
from plie_admission.web import wording
from plie_admission.web.access import CHOICES, WRITERS
from plie_admission.web.pages.forms import ClosingForm
from plie_admission.web.pages.shown import agenda_line, shown_name, standing, standing_aside, tally_of
from plie_chassis.problems import Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, page, redirect
from plie_chassis.web.typography import count


@get("/", guards=[WRITERS])
async def summary(session_id: UUID, edge: Edge, quorum: Quorum) -> Response[Any]:
    """A session that is closed by now shows its minutes."""
    async with edge.read() as work:
        row = await store.session(session_id, work)
        if row.closed_on is not None:
            return redirect(f"/seances/{session_id}")
        return await closing_page(row, Form.of({"version": row.version}), work, quorum)


@post("/", guards=[WRITERS])
async def close(session_id: UUID, edge: Edge, quorum: Quorum) -> Response[Any]:
    form = await edge.form()
    try:
        command = CloseSession(session_id, quorum, form.read(ClosingForm).version)
        closed = await edge.run(close_session, command)
    except Problem as problem:
        async with edge.read() as work:
            row = await store.session(session_id, work)
            return await closing_page(row, form.refused(problem), work, quorum)
    published = count(closed.admitted + closed.deferred + closed.refused, "décision publiée", "décisions publiées")
    told = count(closed.prescribers, "organisation prévenue", "organisations prévenues")
    given = f", {count(closed.opinions, 'avis transmis', 'avis transmis')}" if closed.opinions else ""
    await edge.announce(f"La séance est close. {published}{given}, {told}.")
    return redirect(f"/seances/{session_id}")


async def closing_page(row: SessionRow, form: Form, work: UnitOfWork, quorum: Quorum) -> Page:
    """What will be published, asked once more; and what still stands in the way."""
    items = standing(await sessions.agenda(row.session_id, work))
    reached = row.state.attendance.reaches(quorum)
    settled = [item for item in items if item.is_settled]
    left = [item for item in items if not item.is_settled]
    recognised = await recognised_among([item.file.orientation_id for item in settled], work)
    return page(
        "admission/closing.html",
        session=row,
        form=form,
        tally=tally_of(items),
        attendance=wording.attendance(row.state.attendance, quorum),
        reached=reached,
        ahead=row.held_on > work.today,
        decisions=[_about_to_be_published(item, row, recognised, work) for item in settled],
        undecided=[shown_name(item.file) for item in left if not item.agenda.follows],
        without_opinion=[shown_name(item.file) for item in left if item.agenda.follows],
        to_publish=wording.to_publish(tally_of(settled), len({item.file.writer for item in settled if item.decision})),
        may_close=reached and bool(settled) and row.closed_on is None,
    )


def _about_to_be_published(item: Item, row: SessionRow, recognised: Set[UUID], work: UnitOfWork) -> dict[str, Any]:
    stated = item.agenda.opinion_draft
    why = wording.about_opinion(stated, work.declaration) if stated else ""
    if item.decision is not None:
        known = item.file.orientation_id in recognised
        returns = item.agenda.same_person_as is not None or known
        why = wording.why(item.agenda, item.decision, work.declaration, returns=returns)
    return {
        **agenda_line(item, None),
        "why": why,
        "aside": wording.aside(standing_aside(item, row.state, work)),
    }


ROUTES = Router(
    "/seances/{session_id:uuid}/cloture",
    route_handlers=[summary, close],
    include_in_schema=False,
    dependencies=CHOICES,
)
