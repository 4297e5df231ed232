"""Webhooks, for who administers: registered, removed, and their messages sent again."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from plie_chassis.problems import Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, Paging, page, redirect
from plie_orientation import queries
from plie_orientation.domain.webhooks import HOW_TO_GO_ON, WHY_PAUSED
from plie_orientation.handlers.webhooks import (
    RegisterWebhook,
    RemoveWebhook,
    ReplayDelivery,
    register_webhook,
    remove_webhook,
    replay_delivery,
)
from plie_orientation.settings import webhooks_loopback
from plie_orientation.web import wording
from plie_orientation.web.access import ADMINS, author_of
from plie_orientation.web.bodies import WebhookBody


@get("/webhooks", guards=[ADMINS])
async def webhooks(edge: Edge, paging: Paging) -> Page:
    async with edge.read() as work:
        return await list_page(edge, Form(), paging, work)


@post("/webhooks", guards=[ADMINS])
async def register(edge: Edge) -> Response[Any]:
    """The secret is shown on the page of the webhook, once."""
    form = await edge.form()
    try:
        body = form.read(WebhookBody)
        command = RegisterWebhook(body.url, author_of(edge.actor), edge.actor.display_name, webhooks_loopback())
        made = await edge.run(register_webhook, command)
    except Problem as problem:
        async with edge.read() as work:
            return await list_page(edge, form.refused(problem), Paging(50), work)
    await edge.announce(f"Adresse inscrite. Son secret, à donner au partenaire, ne sera plus montré : {made.secret}")
    return redirect(f"/webhooks/{made.id}")


@get("/webhooks/{webhook_id:uuid}", guards=[ADMINS])
async def one_webhook(webhook_id: UUID, edge: Edge, paging: Paging) -> Page:
    async with edge.read() as work:
        author = author_of(edge.actor)
        registered = await queries.webhook(webhook_id, author, work)
        found, cursor = await queries.deliveries(webhook_id, author, paging, work)
        hook = registered.webhook
        own = hook.organisation == author.organisation
        return page(
            "orientation/webhook.html",
            hook=hook,
            paused_since=registered.paused_since,
            why_paused=WHY_PAUSED,
            how_to_go_on=HOW_TO_GO_ON,
            own=own,
            may_take_over=own and hook.structure == author.structure,
            deliveries=[(one, wording.delivery(one), wording.status(one.status)) for one in found],
            next_cursor=cursor,
        )


@post("/webhooks/{webhook_id:uuid}/suppression", guards=[ADMINS])
async def remove(webhook_id: UUID, edge: Edge) -> Response[Any]:
    await edge.run(remove_webhook, RemoveWebhook(webhook_id, author_of(edge.actor)))
    await edge.announce("L’adresse est retirée. Plus rien n’y est envoyé.")
    return redirect("/webhooks")


@post("/webhooks/{webhook_id:uuid}/envois/{delivery_id:uuid}/renvoi", guards=[ADMINS])
async def replay(webhook_id: UUID, delivery_id: UUID, edge: Edge) -> Response[Any]:
    await edge.run(replay_delivery, ReplayDelivery(webhook_id, delivery_id, author_of(edge.actor)))
    async with edge.read() as work:
        registered = await queries.webhook(webhook_id, author_of(edge.actor), work)
    await edge.announce("Le message partira à la reprise." if registered.paused_since else "Le message part à nouveau.")
    return redirect(f"/webhooks/{webhook_id}")


ROUTES = (webhooks, register, one_webhook, remove, replay)


async def list_page(edge: Edge, form: Form, paging: Paging, work: UnitOfWork) -> Page:
    found, cursor = await queries.webhooks(author_of(edge.actor), paging, work)
    return page("orientation/webhooks.html", form=form, hooks=found, next_cursor=cursor)
