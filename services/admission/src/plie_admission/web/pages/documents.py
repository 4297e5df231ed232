"""The minutes of a session and the letters of its decisions, as PDF; no name stands in an address nor in a file's name."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get

from plie_admission import store
from plie_admission.domain.sessions import Quorum
from plie_admission.queries import files, sessions
from plie_admission.web import letters
from plie_admission.web.access import CHOICES, READERS
from plie_admission.web.letters import Letter
from plie_chassis import documents
from plie_chassis.problems import NotFound
from plie_chassis.web import Edge


class NoSuchDecision(NotFound):
    code = "decision.not-found"
    title = "Décision introuvable"


@get("/seances/{session_id:uuid}/proces-verbal.pdf", guards=[READERS])
async def minutes(session_id: UUID, edge: Edge, quorum: Quorum) -> Response[bytes]:
    async with edge.read() as work:
        row = await store.session(session_id, work)
        items = await sessions.agenda(session_id, work)
        data = letters.minutes(row, items, quorum, work)
    return await _pdf("minutes", data, f"proces-verbal-{row.held_on}")


@get("/seances/{session_id:uuid}/lettres.pdf", guards=[READERS])
async def all_letters(session_id: UUID, edge: Edge) -> Response[bytes]:
    """To the person and to the prescriber, for the decision of this session that counts on each file."""
    async with edge.read() as work:
        row = await store.session(session_id, work)
        decided = [(item.file, item.published) for item in await sessions.agenda(session_id, work) if item.published]
        if not decided:
            raise NoSuchDecision("Cette séance n’a publié aucune décision : il n’y a pas de lettre à imprimer.")
        written = [Letter(file, decision, row, to) for file, decision in decided for to in (True, False)]
        data = letters.letters(written, work)
    return await _pdf("letters", data, f"lettres-{row.held_on}")


@get("/dossiers/{orientation_id:uuid}/decisions/{number:int}/lettre-personne.pdf", guards=[READERS])
async def letter_to_person(orientation_id: UUID, number: int, edge: Edge) -> Response[bytes]:
    return await _one_letter(orientation_id, number, edge, to_person=True)


@get("/dossiers/{orientation_id:uuid}/decisions/{number:int}/lettre-prescripteur.pdf", guards=[READERS])
async def letter_to_prescriber(orientation_id: UUID, number: int, edge: Edge) -> Response[bytes]:
    return await _one_letter(orientation_id, number, edge, to_person=False)


async def _one_letter(orientation_id: UUID, number: int, edge: Edge, *, to_person: bool) -> Response[bytes]:
    async with edge.read() as work:
        row = await store.file(orientation_id, work)
        published = await files.decisions_of(orientation_id, work)
        chosen = next(((one, session) for one, session in published if one.decision_number == number), None)
        if chosen is None:
            raise NoSuchDecision("Ce dossier n’a pas de décision de ce numéro.")
        data = letters.letters([Letter(row, *chosen, to_person)], work)
    return await _pdf("letters", data, f"lettre-{chosen[0].decided_on}")


async def _pdf(template: str, data: dict[str, Any], name: str) -> Response[bytes]:
    made = await documents.pdf("plie_admission", template, data)
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


ROUTES = Router(
    "/",
    route_handlers=[minutes, all_letters, letter_to_person, letter_to_prescriber],
    include_in_schema=False,
    dependencies=CHOICES,
)
