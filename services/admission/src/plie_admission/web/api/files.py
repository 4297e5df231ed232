"""Files over the API: the inbox, one file with its pre-assessment, and everything one does with it."""

from uuid import UUID

from litestar import Response, Router, get, post

from plie_admission import store
from plie_admission.domain.files import Status
from plie_admission.handlers.decisions import DecideFile, decide
from plie_admission.handlers.recognitions import Recognise, UndoRecognition, recognise, undo_recognition
from plie_admission.handlers.requests import AskPrescriber, ask_prescriber
from plie_admission.handlers.transfers import TransferFile, transfer_file
from plie_admission.queries import files
from plie_admission.queries.duplicates import possible_duplicates
from plie_admission.queries.files import Search
from plie_admission.web.bodies import DecisionBody, RecognitionBody, RequestBody, SearchBody, TransferBody
from plie_admission.web.views import (
    DecisionView,
    FileLine,
    FileView,
    RecognitionView,
    RequestView,
    decided,
    file_line,
    recognition,
    request,
    whole_file,
)
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Listing, Paging, scope


@get("/", guards=[scope("admission:read")])
async def listed(
    edge: Edge,
    paging: Paging,
    status: Status | None = None,
    complete: bool | None = None,
    prescriber_kind: str | None = None,
) -> Listing[FileLine]:
    """Les dossiers de la commission, du plus récent au plus ancien."""
    async with edge.read() as work:
        found, cursor = await files.listed(Search(status, "", complete, prescriber_kind), paging, work)
        return Listing(items=[file_line(row, work) for row in found], next_cursor=cursor)


@post("/search", guards=[scope("admission:read")], status_code=200)
async def search(edge: Edge, paging: Paging, data: SearchBody) -> Listing[FileLine]:
    """Chercher un nom, sans accents si vous voulez ; en POST, car un nom ne figure jamais dans une adresse."""
    wanted = Search(data.status, data.text, data.complete, data.prescriber_kind)
    async with edge.read() as work:
        found, cursor = await files.listed(wanted, paging, work)
        return Listing(items=[file_line(row, work) for row in found], next_cursor=cursor)


@get("/{orientation_id:uuid}", guards=[scope("admission:read")])
async def one(orientation_id: UUID, edge: Edge) -> FileView:
    """Un dossier, avec son pré-examen, ce qui lui manque, ses doublons possibles et ses décisions publiées."""
    async with edge.read() as work:
        row = await store.file(orientation_id, work)
        duplicates = await possible_duplicates(row, work)
        published = await files.decisions_of(orientation_id, work)
        return whole_file(row, duplicates, [decision for decision, _ in published], work)


@post("/{orientation_id:uuid}/decision", guards=[scope("admission:write")])
async def decision(orientation_id: UUID, data: DecisionBody, edge: Edge) -> Response[DecisionView]:
    """Décider un dossier : un brouillon jusqu’à la clôture, puis seulement une rectification motivée."""
    command = DecideFile(orientation_id, data.session_id, data.draft(), data.rectifies, data.version)
    return await edge.answer(decide, command, decided)


@post("/{orientation_id:uuid}/information-requests", guards=[scope("admission:write")])
async def ask(orientation_id: UUID, data: RequestBody, edge: Edge) -> Response[RequestView]:
    """Demander au prescripteur ce qui manque au dossier."""
    return await edge.answer(ask_prescriber, AskPrescriber(orientation_id, data.asked), request)


@post("/{orientation_id:uuid}/recognitions", guards=[scope("admission:write")])
async def say(orientation_id: UUID, data: RecognitionBody, edge: Edge) -> Response[RecognitionView]:
    """Dire que deux dossiers sont la même personne, ou non ; la réponse s’annule et reste dans l’historique."""
    return await edge.answer(recognise, Recognise(orientation_id, data.other_id, data.same), recognition)


@post("/{orientation_id:uuid}/recognitions/{recognition_id:uuid}/undo", guards=[scope("admission:write")])
async def unsay(orientation_id: UUID, recognition_id: UUID, edge: Edge) -> Response[RecognitionView]:
    """Annuler une réponse."""
    return await edge.answer(undo_recognition, UndoRecognition(orientation_id, recognition_id), recognition)


@post("/{orientation_id:uuid}/transfer", guards=[scope("admission:write")])
async def transfer(orientation_id: UUID, data: TransferBody, edge: Edge) -> Response[FileLine]:
    """Transférer un dossier à la commission qu’il concerne ; l’identité l’y suit, et s’efface ici."""
    command = TransferFile(orientation_id, data.to, data.reason_code, data.version)

    async def transferred(command: TransferFile, work: UnitOfWork) -> FileLine:
        return file_line(await transfer_file(command, work), work)

    return await edge.answer(transferred, command, lambda line: line)


ROUTES = Router(
    "/api/v1/files",
    route_handlers=[listed, search, one, decision, ask, say, unsay, transfer],
    tags=["Dossiers"],
)
