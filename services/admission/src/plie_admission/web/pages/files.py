"""The inbox with its filters, one file whole, and putting files on an agenda."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from plie_admission import store
from plie_admission.domain.files import EXAMINABLE, Status
from plie_admission.handlers.sessions import AddToAgenda, add_to_agenda
from plie_admission.queries import files, sessions
from plie_admission.queries.files import Search
from plie_admission.web import wording
from plie_admission.web.access import READERS, WRITERS, writes
from plie_admission.web.pages.forms import AgendaForm
from plie_admission.web.pages.shown import file_line, told, whole_file
from plie_chassis.calendar import long_date
from plie_chassis.problems import Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, Paging, page, redirect
from plie_chassis.web.typography import count

ALL = "all"


@get("/", guards=[READERS])
async def inbox(edge: Edge, paging: Paging, q: str = "", status: str = "", complete: str = "", kind: str = "") -> Page:
    async with edge.read() as work:
        return await inbox_page(Form(), edge, paging, work, Narrowing(q.strip(), status, complete, kind))


@post("/dossiers/inscrire", guards=[WRITERS])
async def put_on_agenda(edge: Edge, paging: Paging) -> Response[Any]:
    form = await edge.form()
    try:
        asked = form.read(AgendaForm)
        row = await edge.run(add_to_agenda, AddToAgenda(asked.session_id, asked.orientation_ids))
    except Problem as problem:
        async with edge.read() as work:
            return await inbox_page(form.refused(problem), edge, paging, work, Narrowing())
    listed = count(len(asked.orientation_ids), "dossier inscrit", "dossiers inscrits")
    await edge.announce(f"{listed} à l’ordre du jour du {long_date(row.held_on)}. Les prescripteurs en sont informés.")
    return redirect(f"/seances/{row.session_id}")


@get("/dossiers/{orientation_id:uuid}", guards=[READERS])
async def one_file(orientation_id: UUID, edge: Edge) -> Page:
    async with edge.read() as work:
        row = await store.file(orientation_id, work)
        may_schedule = writes(edge.actor) and row.state.status_on(work.today) in EXAMINABLE
        return page(
            "admission/file.html",
            file=await whole_file(row, work),
            session=await store.session(row.agenda_of, work) if row.agenda_of else None,
            decisions=[
                {"row": decision, "session": session, **told(decision, work)}
                for decision, session in await files.decisions_of(orientation_id, work)
            ],
            open_sessions=await session_options(work) if may_schedule else [],
            may_schedule=may_schedule,
            form=Form(),
        )


@dataclass(frozen=True)
class Narrowing:
    """What the filters of the inbox say; a value that none of them offers narrows nothing."""

    text: str = ""
    status: str = ""
    complete: str = ""
    kind: str = ""

    def search(self) -> Search:
        """Without a choice, the inbox shows what waits for a session."""
        known = {code.value: code for code in Status}
        default = None if self.text or self.status == ALL else Status.PENDING
        return Search(
            status=known.get(self.status, default),
            text=self.text,
            complete={"yes": True, "no": False}.get(self.complete),
            prescriber_kind=self.kind or None,
        )

    @property
    def narrowed(self) -> bool:
        return self != Narrowing()


async def inbox_page(form: Form, edge: Edge, paging: Paging, work: UnitOfWork, narrowing: Narrowing) -> Page:
    found, cursor = await files.listed(narrowing.search(), paging, work)
    standing = await files.counted(work)
    return page(
        "admission/inbox.html",
        form=form,
        files=[file_line(row, work.today) for row in found],
        next_cursor=cursor,
        matching=await _matching(narrowing.search(), standing, work),
        waiting=standing.get(Status.PENDING, 0),
        total=sum(standing.values()),
        narrowed=narrowing.narrowed,
        text=narrowing.text,
        status_options=[(ALL, "Tous"), *wording.status_options()],
        kind_options=wording.terms("prescriber-kind"),
        open_sessions=await session_options(work) if writes(edge.actor) else [],
        writes=writes(edge.actor),
    )


async def _matching(search: Search, standing: Mapping[Status, int], work: UnitOfWork) -> int:
    """How many files the filters leave; what the standing already tells is not counted again."""
    if search == Search(status=search.status):
        return standing.get(search.status, 0) if search.status else sum(standing.values())
    return await files.count_of(search, work)


async def session_options(work: UnitOfWork) -> list[tuple[str, str]]:
    return [(str(row.session_id), f"{long_date(row.held_on)}, {row.place}") for row in await sessions.open_ones(work)]


ROUTES = Router("/", route_handlers=[inbox, put_on_agenda, one_file], include_in_schema=False)
