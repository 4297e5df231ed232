"""A closed session: its minutes, and rectifying what it published last on a file."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from plie_admission import store
from plie_admission.domain.follow_ups import NothingToRectify
from plie_admission.domain.sessions import Quorum
from plie_admission.handlers.decisions import DecideFile, decide
from plie_admission.handlers.follow_ups import GiveOpinion, give_opinion
from plie_admission.queries import files, sessions
from plie_admission.tables import FileRow, OpinionRow, SessionRow
from plie_admission.web.access import WRITERS
from plie_admission.web.pages.forms import DecisionForm, OpinionForm
from plie_admission.web.pages.shown import (
    decision_fields,
    examined,
    file_line,
    minutes_line,
    opinion_fields,
    session_head,
    tally_of,
    told,
    told_opinion,
    whole_file,
)
from plie_chassis.problems import Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, page, redirect


async def minutes_page(
    row: SessionRow, edge: Edge, work: UnitOfWork, quorum: Quorum, problem: Problem | None = None
) -> Page:
    """`problem` is that of a form sent for a session that is closed by now."""
    items = await sessions.agenda(row.session_id, work)
    return page(
        "admission/minutes.html",
        **session_head(row, edge.actor, quorum, problem),
        tally=tally_of([item for item in items if item.published or item.given]),
        lines=[minutes_line(item, work) for item in items],
    )


@get("/rectification", guards=[WRITERS])
async def decision(session_id: UUID, orientation_id: UUID, edge: Edge) -> Page:
    async with edge.read() as work:
        return await decision_page(session_id, orientation_id, work)


@post("/rectification", guards=[WRITERS])
async def rectify_decision(session_id: UUID, orientation_id: UUID, edge: Edge) -> Response[Any]:
    form = await edge.form()
    try:
        filled = form.read(DecisionForm)
        stated = filled.draft(rectifies=True)
        command = DecideFile(orientation_id, session_id, stated, rectifies=True, version=filled.version)
        decided = await edge.run(decide, command)
    except Problem as problem:
        async with edge.read() as work:
            return await decision_page(session_id, orientation_id, work, form.refused(problem))
    await edge.announce(f"La décision n° {decided.decision_number} est publiée, le prescripteur en est informé.")
    return redirect(f"/seances/{session_id}")


@get("/avis/rectification", guards=[WRITERS])
async def opinion(session_id: UUID, orientation_id: UUID, edge: Edge) -> Page:
    async with edge.read() as work:
        return await opinion_page(session_id, orientation_id, work)


@post("/avis/rectification", guards=[WRITERS])
async def rectify_opinion(session_id: UUID, orientation_id: UUID, edge: Edge) -> Response[Any]:
    form = await edge.form()
    try:
        filled = form.read(OpinionForm)
        async with edge.read() as work:
            last = await _last_opinion(await store.file(orientation_id, work), work)
        stated = filled.draft(last.given.subject)
        command = GiveOpinion(session_id, orientation_id, stated, filled.version, rectifies=True)
        given = await edge.run(give_opinion, command)
    except Problem as problem:
        async with edge.read() as work:
            return await opinion_page(session_id, orientation_id, work, form.refused(problem))
    await edge.announce(f"L’avis n° {given.number} est publié, la Maison en est informée.")
    return redirect(f"/seances/{session_id}")


async def decision_page(session_id: UUID, orientation_id: UUID, work: UnitOfWork, form: Form | None = None) -> Page:
    """The last decision as it stands, to be stated again with a reason of its own, at the Maison of today."""
    session = await store.session(session_id, work)
    file = await examined(await store.file(orientation_id, work), work)
    published = await files.decisions_of(orientation_id, work)
    last = published[0][0] if published else None
    again = replace(last.stated, reason_code=None, override_reason=None, same_person_as=None) if last else None
    if again is not None:
        again = replace(again, maison=file.row.brought_to(work.today) or again.maison)
    return page(
        "admission/rectification.html",
        session=session,
        file=whole_file(file, work.today),
        follows=None,
        last={"number": last.decision_number, "on": last.decided_on, **told(last, (), work)} if last else None,
        **await decision_fields(file, again, work, form, rectifies=True),
    )


async def opinion_page(session_id: UUID, orientation_id: UUID, work: UnitOfWork, form: Form | None = None) -> Page:
    """The last opinion as it stands, to be given again with a reason of its own. Raises NothingToRectify."""
    session = await store.session(session_id, work)
    row = await store.file(orientation_id, work)
    last = await _last_opinion(row, work)
    subject = last.given.subject
    decisions = [decision for decision, _ in await files.decisions_of(orientation_id, work)]
    return page(
        "admission/rectification.html",
        session=session,
        file=file_line(row, work.today),
        follows=subject,
        last={"number": last.opinion_number, "on": last.given_on, **told_opinion(last, (), decisions, work)},
        **await opinion_fields(subject, replace(last.stated, note=None), row, work, form, rectifies=True),
    )


async def _last_opinion(row: FileRow, work: UnitOfWork) -> OpinionRow:
    given = await files.opinions_of(row.orientation_id, work)
    if not given:
        raise NothingToRectify(f"La commission n’a donné aucun avis sur le parcours de {row.name}.")
    return given[0][0]


ROUTES = Router(
    "/seances/{session_id:uuid}/dossiers/{orientation_id:uuid}",
    route_handlers=[decision, rectify_decision, opinion, rectify_opinion],
    include_in_schema=False,
)
