"""An open session: its agenda beside the file it is at, and its decisions and opinions one by one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from plie_admission import store
from plie_admission.domain.files import NotOnAgenda
from plie_admission.domain.follow_ups import Subject
from plie_admission.domain.interests import OF_THE_PRESCRIBER
from plie_admission.domain.sessions import Quorum
from plie_admission.handlers.decisions import DecideFile, decide
from plie_admission.handlers.follow_ups import GiveOpinion, give_opinion
from plie_admission.handlers.sessions import DeclareInterests, declare_interests
from plie_admission.queries import sessions
from plie_admission.queries.sessions import Item
from plie_admission.tables import SessionRow
from plie_admission.web import wording
from plie_admission.web.access import CHOICES, READERS, WRITERS
from plie_admission.web.pages.closed import minutes_page
from plie_admission.web.pages.forms import DecisionForm, InterestsForm, OpinionForm
from plie_admission.web.pages.shown import (
    agenda_line,
    decision_fields,
    examined,
    file_line,
    opinion_fields,
    session_head,
    standing,
    standing_aside,
    tally_of,
    whole_file,
)
from plie_chassis.problems import Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, page, redirect


@get("/", guards=[READERS])
async def one_session(session_id: UUID, edge: Edge, quorum: Quorum, dossier: UUID | None = None) -> Page:
    async with edge.read() as work:
        row = await store.session(session_id, work)
        if row.closed_on is not None:
            return await minutes_page(row, edge, work, quorum)
        return await session_page(row, edge, work, quorum, dossier)


@post("/dossiers/{orientation_id:uuid}", guards=[WRITERS])
async def state_decision(session_id: UUID, orientation_id: UUID, edge: Edge, quorum: Quorum) -> Response[Any]:
    """Keep the draft, and go on to the next file."""
    form = await edge.form()
    try:
        filled = form.read(DecisionForm)
        command = DecideFile(orientation_id, session_id, filled.draft(), version=filled.version)
        await edge.run(decide, command)
    except Problem as problem:
        return await _refused(session_id, orientation_id, edge, quorum, problem, form)
    return await _go_on(session_id, orientation_id, edge)


@post("/dossiers/{orientation_id:uuid}/formulaire", guards=[WRITERS], status_code=200)
async def other_decision(session_id: UUID, orientation_id: UUID, edge: Edge) -> Page:
    """The fields of the decision just chosen; what was typed stays."""
    form = await edge.form()
    async with edge.read() as work:
        session = await store.session(session_id, work)
        file = await examined(await store.file(orientation_id, work), work)
        items = standing(await sessions.agenda(session_id, work))
        fields = await decision_fields(file, None, work, form, rectifies=session.closed_on is not None)
    following = _following(items, _at(items, orientation_id))
    return page("admission/decision-fields.html", session=session, following=following, **fields)


@post("/dossiers/{orientation_id:uuid}/avis", guards=[WRITERS])
async def state_opinion(session_id: UUID, orientation_id: UUID, edge: Edge, quorum: Quorum) -> Response[Any]:
    """Keep the opinion's draft, and go on to the next file."""
    form = await edge.form()
    try:
        filled = form.read(OpinionForm)
        async with edge.read() as work:
            _, subject = _followed(orientation_id, standing(await sessions.agenda(session_id, work)))
        await edge.run(give_opinion, GiveOpinion(session_id, orientation_id, filled.draft(subject), filled.version))
    except Problem as problem:
        return await _refused(session_id, orientation_id, edge, quorum, problem, form)
    return await _go_on(session_id, orientation_id, edge)


@post("/dossiers/{orientation_id:uuid}/avis/formulaire", guards=[WRITERS], status_code=200)
async def other_opinion(session_id: UUID, orientation_id: UUID, edge: Edge) -> Page:
    """The fields of the opinion just chosen; what was typed stays."""
    form = await edge.form()
    async with edge.read() as work:
        session = await store.session(session_id, work)
        items = await sessions.agenda(session_id, work)
        item, subject = _followed(orientation_id, items)
        rectifies = session.closed_on is not None
        fields = await opinion_fields(subject, None, item.file, work, form, rectifies=rectifies)
    following = None if rectifies else _following(standing(items), item)
    return page("admission/opinion-fields.html", session=session, following=following, **fields)


@post("/dossiers/{orientation_id:uuid}/deports", guards=[WRITERS])
async def note_interests(session_id: UUID, orientation_id: UUID, edge: Edge, quorum: Quorum) -> Response[Any]:
    form = await edge.form()
    try:
        filled = form.read(InterestsForm)
        command = DeclareInterests(session_id, orientation_id, filled.members, filled.version)
        await edge.run(declare_interests, command)
    except Problem as problem:
        return await _refused(session_id, orientation_id, edge, quorum, problem)
    await edge.announce("Déports notés : ils figureront au procès-verbal.")
    return redirect(f"/seances/{session_id}?dossier={orientation_id}")


async def _go_on(session_id: UUID, orientation_id: UUID, edge: Edge) -> Response[Any]:
    async with edge.read() as work:
        items = standing(await sessions.agenda(session_id, work))
    following = _following(items, _at(items, orientation_id))
    return redirect(f"/seances/{session_id}" + (f"?dossier={following}" if following else ""))


async def _refused(
    session_id: UUID, orientation_id: UUID, edge: Edge, quorum: Quorum, problem: Problem, form: Form | None = None
) -> Page:
    """The session as it now is, with what was wrong: somebody may have closed it, or taken the file off its agenda."""
    async with edge.read() as work:
        row = await store.session(session_id, work)
        if row.closed_on is not None:
            return await minutes_page(row, edge, work, quorum, problem)
        return await session_page(row, edge, work, quorum, orientation_id, problem, form)


async def session_page(
    row: SessionRow,
    edge: Edge,
    work: UnitOfWork,
    quorum: Quorum,
    chosen: UUID | None = None,
    problem: Problem | None = None,
    form: Form | None = None,
) -> Page:
    """At the chosen file, else at the first that is not settled; `form` is what was sent for the chosen one."""
    items = standing(await sessions.agenda(row.session_id, work))
    found = _at(items, chosen)
    current = found or next((item for item in items if not item.is_settled), None) or _first(items)
    sent = form.refused(problem) if form and found and problem else None
    return page(
        "admission/session.html",
        **session_head(row, edge.actor, quorum, problem, told_below=sent is not None),
        tally=tally_of(items),
        items=[agenda_line(item, current) for item in items],
        position=items.index(current) + 1 if current else 0,
        following=_following(items, current),
        drafted_by=current.agenda.drafted_by if current and current.is_settled else None,
        **(await _current(current, row, work, sent) if current else {"file": None}),
    )


async def _current(item: Item, row: SessionRow, work: UnitOfWork, form: Form | None) -> dict[str, Any]:
    """The file that the session is at, with its form."""
    aside = standing_aside(item, row.state, work)
    shown = {
        "follows": item.agenda.follows,
        "aside": wording.aside(aside),
        "interests": Form.of({"members": [one.name for one in aside], "version": row.version}),
        "own": {one.name for one in aside if one.why == OF_THE_PRESCRIBER},
    }
    if item.agenda.follows is not None:
        fields = await opinion_fields(item.agenda.follows, item.agenda.opinion_draft, item.file, work, form)
        return {**shown, **fields, "file": file_line(item.file, work.today)}
    file = await examined(item.file, work)
    fields = await decision_fields(file, item.agenda.draft, work, form)
    return {**shown, **fields, "file": whole_file(file, work.today)}


def _first(items: Sequence[Item]) -> Item | None:
    return items[0] if items else None


def _at(items: Sequence[Item], orientation_id: UUID | None) -> Item | None:
    return next((item for item in items if item.file.orientation_id == orientation_id), None)


def _followed(orientation_id: UUID, items: Sequence[Item]) -> tuple[Item, Subject]:
    """Raises NotOnAgenda."""
    item = _at(items, orientation_id)
    if item is None or item.agenda.follows is None:
        raise NotOnAgenda("Ce point de suivi n’est plus à l’ordre du jour. Rechargez la page.")
    return item, item.agenda.follows


def _following(items: Sequence[Item], current: Item | None) -> UUID | None:
    """The next file that is not settled, going round; None where there is no other."""
    if current is None:
        return None
    place = items.index(current)
    ahead = [*items[place + 1 :], *items[:place]]
    return next((item.file.orientation_id for item in ahead if not item.is_settled), None)


ROUTES = Router(
    "/seances/{session_id:uuid}",
    route_handlers=[
        one_session,
        state_decision,
        other_decision,
        state_opinion,
        other_opinion,
        note_interests,
    ],
    include_in_schema=False,
    dependencies=CHOICES,
)
