"""Webhooks of a partner's system: registered, listed, removed; their deliveries, and one sent again."""

from typing import cast
from uuid import UUID

from litestar import Response, Router, delete, get, post

from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Listing, Paging, scope
from plie_orientation import queries
from plie_orientation.handlers.webhooks import (
    RegisterWebhook,
    RemoveWebhook,
    ReplayDelivery,
    register_webhook,
    remove_webhook,
    replay_delivery,
)
from plie_orientation.settings import webhooks_loopback
from plie_orientation.tables import Webhook
from plie_orientation.web import views
from plie_orientation.web.access import author_of
from plie_orientation.web.bodies import WebhookBody
from plie_orientation.web.views import DeliveryView, NewWebhook, WebhookView


@post("/", guards=[scope("orientation:write")])
async def register(data: WebhookBody, edge: Edge) -> Response[NewWebhook]:
    """Être prévenu des changements de statut. Le secret, donné ici une seule fois, signe chaque envoi."""
    command = RegisterWebhook(data.url, author_of(edge.actor), edge.actor.display_name, webhooks_loopback())
    made: list[Webhook] = []

    async def registering(asked: RegisterWebhook, work: UnitOfWork) -> Webhook:
        made.append(await register_webhook(asked, work))
        return made[0]

    # What is kept to be answered again must not hold the secret.
    replayed = await edge.answer(registering, command, views.just_registered)
    return Response(views.new_webhook(made[0]), status_code=201) if made else cast("Response[NewWebhook]", replayed)


@get("/", guards=[scope("orientation:read")])
async def listed(edge: Edge, paging: Paging) -> Listing[WebhookView]:
    """Les webhooks de votre structure."""
    async with edge.read() as work:
        found, cursor = await queries.webhooks(author_of(edge.actor), paging, work)
        return Listing(items=[views.webhook(one) for one in found], next_cursor=cursor)


@delete("/{webhook_id:uuid}", guards=[scope("orientation:write")])
async def remove(webhook_id: UUID, edge: Edge) -> None:
    """Ne plus être prévenu à cette adresse."""
    await edge.run(remove_webhook, RemoveWebhook(webhook_id, author_of(edge.actor)))


@get("/{webhook_id:uuid}/deliveries", guards=[scope("orientation:read")])
async def deliveries(webhook_id: UUID, edge: Edge, paging: Paging) -> Listing[DeliveryView]:
    """Les envois d’un webhook, du plus récent au plus ancien, gardés 90 jours."""
    async with edge.read() as work:
        found, cursor = await queries.deliveries(webhook_id, author_of(edge.actor), paging, work)
        return Listing(items=[views.delivery(one) for one in found], next_cursor=cursor)


@post("/{webhook_id:uuid}/deliveries/{delivery_id:uuid}/replay", guards=[scope("orientation:write")], status_code=200)
async def replay(webhook_id: UUID, delivery_id: UUID, edge: Edge) -> Response[DeliveryView]:
    """Renvoyer un message, qu’il ait été reçu ou non."""
    command = ReplayDelivery(webhook_id, delivery_id, author_of(edge.actor))
    return await edge.answer(replay_delivery, command, views.delivery, status=200)


ROUTES = Router("/api/v1/webhooks", route_handlers=[register, listed, remove, deliveries, replay], tags=["Webhooks"])
