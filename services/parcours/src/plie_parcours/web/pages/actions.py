"""Collective actions: the list, a new one, and who was there."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from plie_chassis.problems import Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, page, redirect
from plie_contracts.territory import COMMUNES
from plie_parcours.handlers import actions
from plie_parcours.queries import people
from plie_parcours.queries.actions import action_of, actions_of_maison
from plie_parcours.queries.people import Search
from plie_parcours.web.access import READERS, WRITERS, writes
from plie_parcours.web.bodies import ActionBody, Presence
from plie_parcours.web.wording import LABELS, options

PAGE = 50
FOUND_AT_MOST = 20


@get("/actions", guards=[READERS])
async def listed(edge: Edge, cursor: UUID | None = None) -> Page:
    async with edge.read() as work:
        found = await actions_of_maison(work, after=cursor, limit=PAGE + 1)
    shown = found[:PAGE]
    following = shown[-1][0].action_id if len(found) > PAGE else None
    return page("parcours/actions.html", actions=shown, next_cursor=following)


@get("/actions/nouvelle", guards=[WRITERS])
async def new(edge: Edge) -> Page:
    async with edge.read() as work:
        return _form_page(Form.of({"held_on": work.today, "hours": "3"}))


@post("/actions/nouvelle", guards=[WRITERS])
async def plan(edge: Edge) -> Response[Any]:
    form = await edge.form()
    try:
        action = await edge.run(actions.plan_action, form.read(ActionBody).command())
    except Problem as problem:
        return _form_page(form.refused(problem))
    await edge.announce("L’action est créée. Notez maintenant qui était là.")
    return redirect(f"/actions/{action.action_id}")


@get("/actions/{action_id:uuid}", guards=[READERS])
async def one(action_id: UUID, edge: Edge) -> Page:
    async with edge.read() as work:
        return await _action_page(edge, work, action_id, Form())


@post("/actions/{action_id:uuid}/chercher", guards=[WRITERS], status_code=200)
async def find(action_id: UUID, edge: Edge) -> Page:
    form = await edge.form()
    async with edge.read() as work:
        return await _action_page(edge, work, action_id, form)


@post("/actions/{action_id:uuid}/presence", guards=[WRITERS])
async def note(action_id: UUID, edge: Edge) -> Response[Any]:
    form = await edge.form()
    try:
        presence = form.read(Presence)
        command = actions.NoteAttendance(action_id, [(presence.participant_id, presence.present)])
        await edge.run(actions.note_attendance, command)
    except Problem as problem:
        async with edge.read() as work:
            return await _action_page(edge, work, action_id, Form().refused(problem))
    await edge.announce("La présence est notée.")
    return redirect(f"/actions/{action_id}")


ROUTES = (listed, new, plan, one, find, note)


def _form_page(form: Form) -> Page:
    return page("parcours/action-form.html", form=form, options=options, labels=LABELS)


async def _action_page(edge: Edge, work: UnitOfWork, action_id: UUID, form: Form) -> Page:
    action, attendance = await action_of(action_id, work)
    text = form.value("q")
    found = (await people.listed(Search(text), work, limit=FOUND_AT_MOST))[0] if text.strip() else []
    return page(
        "parcours/action.html",
        action=action,
        attendance=attendance,
        found=[listed.person for listed in found],
        form=form,
        communes=COMMUNES,
        past=action.held_on <= work.today,
        writes=writes(edge.actor),
    )
