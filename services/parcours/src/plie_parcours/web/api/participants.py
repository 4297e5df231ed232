"""Participants of the Maison: the active file, one of them, their référent, their commune and their exit."""

from dataclasses import asdict
from typing import Literal
from uuid import UUID

from litestar import Response, get, post

from plie_chassis.calendar import PARIS
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Listing, Paging, scope
from plie_parcours.domain.deadlines import alerts
from plie_parcours.domain.exits import positive_exit
from plie_parcours.handlers import exits, handovers, referents, residence
from plie_parcours.queries.files import ParticipantFile, file_of, newest_files
from plie_parcours.queries.referents import referents_of_maison
from plie_parcours.web import views
from plie_parcours.web.bodies import ExitBody, HandoverNoteBody, ReferentBody, ResidenceBody

Stage = Literal["welcome", "accompaniment", "training", "siae", "job", "ended"]


@get("/participants", guards=[scope("parcours:read")])
async def listed(
    edge: Edge, paging: Paging, stage: Stage | None = None, referent: str | None = None
) -> Listing[views.Listed]:
    """Les participants de la Maison, du plus récent au plus ancien."""
    async with edge.read() as work:
        rows, cursor = await newest_files(paging, work, stage=stage, referent_id=referent)
    items = [
        views.Listed(
            participant_id=row.participant_id, referent_id=row.referent_id, stage=row.stage, version=row.version
        )
        for row in rows
    ]
    return Listing(items=items, next_cursor=cursor)


@get("/participants/{participant_id:uuid}", guards=[scope("parcours:read")])
async def one(participant_id: UUID, edge: Edge) -> views.ParticipantView:
    """Un participant : identité, alertes expliquées, contrats, contacts, étapes, emplois et suivi."""
    async with edge.read() as work:
        return shown(await file_of(participant_id, work), work)


@get("/referents", guards=[scope("parcours:read")])
async def listed_referents(edge: Edge) -> Listing[views.ReferentOfMaison]:
    """Les référents de la Maison et le nombre de parcours que chacun suit."""
    async with edge.read() as work:
        found = await referents_of_maison(work)
    return Listing(items=[views.ReferentOfMaison(**asdict(referent)) for referent in found], next_cursor=None)


@post("/participants/{participant_id:uuid}/referent", guards=[scope("parcours:write")])
async def assign(participant_id: UUID, data: ReferentBody, edge: Edge) -> Response[views.ReferentView]:
    """Affecter un référent : le premier ouvre le parcours, le suivant prend le relais avec un motif."""
    return await edge.answer(referents.assign_referent, data.command(participant_id), views.assigned)


@post("/participants/{participant_id:uuid}/residence", guards=[scope("parcours:write")])
async def move(participant_id: UUID, data: ResidenceBody, edge: Edge) -> Response[views.ResidenceView]:
    """Changer de commune ; hors du territoire de la CLAS, indiquez `continuity_reason_code`."""
    return await edge.answer(residence.change_residence, data.command(participant_id), views.moved)


@post("/participants/{participant_id:uuid}/handover-note", guards=[scope("parcours:write")])
async def write_to_the_next(
    participant_id: UUID, data: HandoverNoteBody, edge: Edge
) -> Response[views.HandoverNoteView]:
    """Écrire à la Maison suivante : le mot part avec le dossier, le jour que la CLAS a fixé."""
    return await edge.answer(handovers.write_note, data.command(participant_id), views.written)


@post("/participants/{participant_id:uuid}/exit", guards=[scope("parcours:write")])
async def leave(participant_id: UUID, data: ExitBody, edge: Edge) -> Response[views.ExitView]:
    """Terminer le parcours. Une sortie positive se calcule : elle n’est acceptée que si une règle la prouve."""
    return await edge.answer(exits.end_parcours, data.command(participant_id), views.kept_as(views.ExitView))


ROUTES = (listed, one, listed_referents, assign, move, write_to_the_next, leave)


def shown(file: ParticipantFile, work: UnitOfWork) -> views.ParticipantView:
    parcours, row = file.parcours, file.row
    return views.ParticipantView(
        participant_id=row.participant_id,
        orientation_id=parcours.orientation_id,
        parcours_no=parcours.number,
        stage=parcours.stage,
        referent_id=parcours.referent_id,
        admitted_on=parcours.admitted_on,
        opened_on=parcours.opened_on,
        created_at=row.created_at.astimezone(PARIS),
        version=row.version,
        identity=file.identity,
        commune_insee=file.commune_insee,
        leaving=views.move(parcours.leaving),
        arriving=views.move(parcours.arriving),
        elsewhere=views.elsewhere(parcours.elsewhere),
        alerts=[views.alert(deadline) for deadline in alerts(file.owed, work.today)],
        contracts=[views.ContractState(**asdict(contract)) for contract in parcours.contracts.values()],
        contacts=[views.ContactState(**asdict(contact)) for contact in parcours.contacts_by_date],
        barriers=[views.ReviewState(**asdict(review)) for review in parcours.reviews],
        steps=[views.StepState(**asdict(step)) for step in parcours.steps.values()],
        jobs=[views.JobState(**asdict(job)) for job in parcours.jobs.values()],
        follow_ups=[views.follow_up(follow_up) for follow_up in parcours.follow_ups.values()],
        attendances=[views.AttendanceState(**asdict(attendance)) for attendance in parcours.attendances.values()],
        positive_exit=views.positive(positive_exit(parcours, work.today)),
        exit=views.ExitState(**asdict(parcours.exit)) if parcours.exit else None,
        earlier=[views.earlier(other) for other in file.every.values() if other.number < parcours.number],
    )
