"""Preparing a session: its agenda in the order it will be examined, by drag, by buttons or by keyboard."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from plie_admission import store
from plie_admission.handlers.sessions import (
    MoveOnAgenda,
    RemoveFromAgenda,
    ReorderAgenda,
    move_on_agenda,
    remove_from_agenda,
    reorder_agenda,
)
from plie_admission.queries import sessions
from plie_admission.web.access import WRITERS
from plie_admission.web.pages.forms import ItemForm, OrderForm
from plie_admission.web.pages.shown import agenda_line, file_line
from plie_chassis.problems import Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, page, redirect

STEPS = {"up": -1, "down": 1}


@get("/", guards=[WRITERS])
async def agenda(session_id: UUID, edge: Edge) -> Page:
    async with edge.read() as work:
        return await agenda_page(session_id, work, Form())


@post("/", guards=[WRITERS])
async def put_in_order(session_id: UUID, edge: Edge) -> Response[Any]:
    """The whole order after a drag; one step of one line from a button."""
    form = await edge.form()

    async def ordered() -> str:
        filled = form.read(OrderForm)
        step, _, line = (filled.move or "").partition(" ")
        if step in STEPS:
            moved = MoveOnAgenda(session_id, UUID(line), STEPS[step], filled.version)
            await edge.run(move_on_agenda, moved)
            return f"#l-{line}"
        await edge.run(reorder_agenda, ReorderAgenda(session_id, filled.orientation_ids, filled.version))
        return ""

    return await _done(session_id, edge, ordered)


@post("/retirer", guards=[WRITERS])
async def remove(session_id: UUID, edge: Edge) -> Response[Any]:
    form = await edge.form()

    async def removed() -> str:
        filled = form.read(ItemForm)
        await edge.run(remove_from_agenda, RemoveFromAgenda(session_id, filled.orientation_id, filled.version))
        await edge.announce("Le dossier est retiré de l’ordre du jour.")
        return ""

    return await _done(session_id, edge, removed)


async def _done(session_id: UUID, edge: Edge, do: Callable[[], Awaitable[str]]) -> Response[Any]:
    try:
        place = await do()
    except Problem as problem:
        async with edge.read() as work:
            return await agenda_page(session_id, work, Form().refused(problem))
    return redirect(f"/seances/{session_id}/ordre-du-jour{place}")


async def agenda_page(session_id: UUID, work: UnitOfWork, form: Form) -> Page:
    row = await store.session(session_id, work)
    items = [item for item in await sessions.agenda(session_id, work) if item.agenda.left_because is None]
    return page(
        "admission/agenda.html",
        session=row,
        form=form,
        items=[{**file_line(item.file, work.today), **agenda_line(item, None)} for item in items],
    )


ROUTES = Router(
    "/seances/{session_id:uuid}/ordre-du-jour",
    route_handlers=[agenda, put_in_order, remove],
    include_in_schema=False,
)
