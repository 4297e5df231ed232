"""Contracts, contacts and reviews of barriers."""

from uuid import UUID

from litestar import Response, post

from plie_chassis.web import Edge, scope
from plie_parcours.handlers import barriers, contacts, contracts
from plie_parcours.web import views
from plie_parcours.web.bodies import (
    BarriersBody,
    ContactBody,
    ContactCancellation,
    ContactCorrection,
    ContractBody,
)


@post("/participants/{participant_id:uuid}/contracts", guards=[scope("parcours:write")])
async def sign_contract(participant_id: UUID, data: ContractBody, edge: Edge) -> Response[views.ContractView]:
    """Enregistrer un contrat signé, au premier entretien en présentiel ou après lui."""
    return await edge.answer(contracts.sign_contract, data.command(participant_id), views.kept_as(views.ContractView))


@post("/participants/{participant_id:uuid}/contacts", guards=[scope("parcours:write")])
async def log_contact(participant_id: UUID, data: ContactBody, edge: Edge) -> Response[views.ContactView]:
    """Noter un contact. Le premier honoré en présentiel est le premier entretien."""
    return await edge.answer(contacts.log_contact, data.command(participant_id), views.kept_as(views.ContactView))


@post(
    "/participants/{participant_id:uuid}/contacts/{contact_id:uuid}/correct",
    guards=[scope("parcours:write")],
)
async def correct_contact(
    participant_id: UUID, contact_id: UUID, data: ContactCorrection, edge: Edge
) -> Response[views.ContactView]:
    """Corriger un contact : envoyez son nouvel état complet."""
    command = data.correction(participant_id, contact_id)
    return await edge.answer(contacts.correct_contact, command, views.kept_as(views.ContactView))


@post(
    "/participants/{participant_id:uuid}/contacts/{contact_id:uuid}/cancel",
    guards=[scope("parcours:write")],
)
async def cancel_contact(
    participant_id: UUID, contact_id: UUID, data: ContactCancellation, edge: Edge
) -> Response[views.CancelledContactView]:
    """Annuler un contact qui n’a pas eu lieu ; il reste visible, barré, dans le fil."""
    return await edge.answer(contacts.cancel_contact, data.command(participant_id, contact_id), views.cancelled)


@post("/participants/{participant_id:uuid}/barriers", guards=[scope("parcours:write")])
async def review_barriers(participant_id: UUID, data: BarriersBody, edge: Edge) -> Response[views.ReviewView]:
    """Enregistrer une revue des freins ; le niveau du frein « santé » ne sort pas de la Maison."""
    return await edge.answer(barriers.review_barriers, data.command(participant_id), views.kept_as(views.ReviewView))


ROUTES = (sign_contract, log_contact, correct_contact, cancel_contact, review_barriers)
