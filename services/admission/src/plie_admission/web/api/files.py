"""Files over the API: the inbox, one file with its pre-assessment, and its decision."""

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import QueryParameter

from plie_admission import store
from plie_admission.domain.files import Status
from plie_admission.handlers.decisions import DecideFile, decide
from plie_admission.queries import files
from plie_admission.queries.files import Search
from plie_admission.web.bodies import DecisionBody
from plie_admission.web.views import DecisionView, FileLine, FileView, decided, file_line, whole_file
from plie_chassis.web import Edge, Listing, Paging, scope


@get("/", guards=[scope("admission:read")])
async def listed(
    edge: Edge,
    paging: Paging,
    status: Status | None = None,
    q: Annotated[str, QueryParameter(description="Une partie du nom, sans accents si vous voulez")] = "",
    complete: bool | None = None,
    prescriber_kind: str | None = None,
) -> Listing[FileLine]:
    """Les dossiers de la commission, du plus récent au plus ancien."""
    async with edge.read() as work:
        found, cursor = await files.listed(Search(status, q, complete, prescriber_kind), paging, work)
        return Listing(items=[file_line(row, work) for row in found], next_cursor=cursor)


@get("/{orientation_id:uuid}", guards=[scope("admission:read")])
async def one(orientation_id: UUID, edge: Edge) -> FileView:
    """Un dossier, avec son pré-examen, ce qui lui manque, ses doublons possibles et ses décisions publiées."""
    async with edge.read() as work:
        row = await store.file(orientation_id, work)
        duplicates = await files.possible_duplicates(row, work)
        published = await files.decisions_of(orientation_id, work)
        return whole_file(row, duplicates, [decision for decision, _ in published], work)


@post("/{orientation_id:uuid}/decision", guards=[scope("admission:write")])
async def decision(orientation_id: UUID, data: DecisionBody, edge: Edge) -> Response[DecisionView]:
    """Décider un dossier : un brouillon jusqu’à la clôture, puis seulement une rectification motivée."""
    command = DecideFile(orientation_id, data.session_id, data.draft(), data.rectifies, data.version)
    return await edge.answer(decide, command, decided)


ROUTES = Router("/api/v1/files", route_handlers=[listed, one, decision], tags=["Dossiers"])
