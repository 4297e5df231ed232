"""Webhooks: registered, removed, told in the transaction of a status change, delivered apart, replayed on demand.

Nothing goes out on the word of a token that was revoked: its news wait for who registers the address anew.
"""

import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from plie_chassis.accounts.tables import Token
from plie_chassis.ids import new_id
from plie_chassis.problems import Conflict, FieldError, NotFound
from plie_chassis.unit_of_work import UnitOfWork
from plie_orientation import store
from plie_orientation.domain import webhooks as rules
from plie_orientation.domain.authors import Author
from plie_orientation.domain.orientations import Entry
from plie_orientation.store import Stored, UnknownWebhook
from plie_orientation.tables import Webhook, WebhookDelivery

LEASE = timedelta(seconds=60)
"""Longer than a delivery takes; whoever dies with one in hand leaves it due again."""
KEPT = timedelta(days=90)
AT_ONCE = 20
AT_ONCE_PER_WEBHOOK = 4
MOST_WEBHOOKS = 10
LONGEST_ERROR = 300

PAUSED = Webhook.token_id.in_(select(Token.id).where(Token.revoked_at.is_not(None)))

ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended(:structure, 5))")
"""Two registrations of one structure come one after the other, so that each counts what the other has registered."""


class UnknownDelivery(NotFound):
    code = "webhook.delivery-not-found"
    title = "Envoi introuvable"

    def __init__(self) -> None:
        super().__init__("Ce webhook n’a pas d’envoi sous cet identifiant, ou il est effacé.")


class AlreadyRegistered(Conflict):
    code = "webhook.already-registered"
    title = "Adresse déjà inscrite"


class TooManyWebhooks(Conflict):
    code = "webhook.too-many"
    title = "Trop de webhooks"


@dataclass(frozen=True)
class RegisterWebhook:
    """`loopback`: this instance lets webhooks lead to its own machine."""

    url: str
    author: Author
    registered_by: str
    loopback: bool = False


@dataclass(frozen=True)
class RemoveWebhook:
    webhook_id: UUID
    author: Author


@dataclass(frozen=True)
class ReplayDelivery:
    webhook_id: UUID
    delivery_id: UUID
    author: Author


@dataclass(frozen=True)
class Due:
    """A delivery in hand, and what is needed to make it."""

    id: UUID
    webhook_id: UUID
    url: str
    secret: str
    orientation_id: UUID
    sequence: int
    status: str
    on: str


@dataclass(frozen=True)
class Delivered:
    """What came of a try: the HTTP status answered, or why there was none."""

    id: UUID
    answered: int | None
    error: str | None = None

    @property
    def taken(self) -> bool:
        return self.answered is not None and 200 <= self.answered < 300


async def register_webhook(command: RegisterWebhook, work: UnitOfWork) -> Webhook:
    """One that is paused is taken over: another secret, and the news it waited with.

    Raises UnusableUrl, ForbiddenAddress, TooManyWebhooks, AlreadyRegistered.
    """
    rules.usable_url(command.url, loopback=command.loopback)
    theirs = _of(command.author)
    structure = json.dumps([command.author.organisation, command.author.structure])
    await work.session.execute(ONE_AT_A_TIME, {"structure": f"webhooks of {structure}"})
    by = {
        "secret": secrets.token_urlsafe(32),
        "registered_by": command.registered_by,
        "token_id": work.actor.id if work.actor is not None and work.actor.kind == "token" else None,
    }
    again = update(Webhook).where(theirs, Webhook.url == command.url, PAUSED).values(by).returning(Webhook)
    if taken_over := await work.session.scalar(again):
        return taken_over
    if (await work.session.scalar(select(func.count()).select_from(Webhook).where(theirs)) or 0) >= MOST_WEBHOOKS:
        message = f"{MOST_WEBHOOKS} adresses sont déjà inscrites. Retirez-en une ; rien n’est enregistré."
        raise TooManyWebhooks(message, errors=[FieldError("url", TooManyWebhooks.code, message)])
    values = {
        "id": new_id(work.now),
        "organisation": command.author.organisation,
        "structure": command.author.structure,
        "url": command.url,
        "created_at": work.now,
        **by,
    }
    made: Webhook | None = await work.session.scalar(
        insert(Webhook).values(values).on_conflict_do_nothing().returning(Webhook)
    )
    if made is None:
        message = "Cette adresse est déjà inscrite pour votre structure. Rien n’est changé."
        raise AlreadyRegistered(message, errors=[FieldError("url", AlreadyRegistered.code, message)])
    return made


async def remove_webhook(command: RemoveWebhook, work: UnitOfWork) -> Webhook:
    """Its deliveries go with it. Raises UnknownWebhook."""
    webhook = await _theirs(command.webhook_id, command.author, work)
    await work.session.execute(delete(Webhook).where(Webhook.id == webhook.id))
    return webhook


async def replay_delivery(command: ReplayDelivery, work: UnitOfWork) -> WebhookDelivery:
    """Due now, with all its tries before it. Raises UnknownWebhook, UnknownDelivery."""
    webhook = await _theirs(command.webhook_id, command.author, work)
    one = and_(WebhookDelivery.id == command.delivery_id, WebhookDelivery.webhook_id == webhook.id)
    delivery = await work.session.scalar(select(WebhookDelivery).where(one).with_for_update())
    if delivery is None:
        raise UnknownDelivery
    delivery.attempts, delivery.due_at = 0, work.now
    delivery.delivered_at = delivery.dead_at = delivery.answered = delivery.error = None
    await work.session.flush()
    return delivery


async def tell(stored: Stored, entries: Sequence[Entry], work: UnitOfWork) -> None:
    """Each webhook that may see the orientation gets each news of it; `entries` are the last of `stored`'s history."""
    if not entries:
        return
    told = (
        await work.session.execute(
            select(Webhook.id).where(_sees(stored.organisation, stored.structure, work.instance.organisation))
        )
    ).scalars()
    first = len(stored.orientation.history) - len(entries)
    rows = [
        {
            "id": new_id(work.now),
            "webhook_id": webhook_id,
            "orientation_id": stored.orientation.id,
            "sequence": sequence,
            "status": entry.status,
            "on": entry.on,
            "created_at": work.now,
            "due_at": work.now,
        }
        for webhook_id in told
        for sequence, entry in enumerate(entries, start=first)
    ]
    if rows:
        await work.session.execute(insert(WebhookDelivery), rows)


async def take_due(work: UnitOfWork, busy: Collection[UUID] = ()) -> Sequence[Due]:
    """Some deliveries that are due, taken in hand for LEASE: few of one webhook, and none of those that are `busy`.

    What is told of one orientation goes out in its order: a later news waits until the earlier is taken or given up.
    """
    earlier = aliased(WebhookDelivery)
    waits = (
        select(earlier.id)
        .where(
            earlier.webhook_id == WebhookDelivery.webhook_id,
            earlier.orientation_id == WebhookDelivery.orientation_id,
            earlier.sequence < WebhookDelivery.sequence,
            earlier.due_at.is_not(None),
        )
        .exists()
    )
    order = (WebhookDelivery.due_at, WebhookDelivery.id)
    place = func.row_number().over(partition_by=WebhookDelivery.webhook_id, order_by=order)
    ripe = (
        select(WebhookDelivery.id, place.label("place"))
        .where(
            WebhookDelivery.due_at <= work.now,
            WebhookDelivery.webhook_id.not_in(busy),
            WebhookDelivery.webhook_id.not_in(select(Webhook.id).where(PAUSED)),
            ~waits,
        )
        .subquery()
    )
    query = (
        select(WebhookDelivery, Webhook)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .join(ripe, ripe.c.id == WebhookDelivery.id)
        .where(WebhookDelivery.due_at <= work.now, ripe.c.place <= AT_ONCE_PER_WEBHOOK)
        .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
        .limit(AT_ONCE)
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )
    found = (await work.session.execute(query)).all()
    for delivery, _ in found:
        delivery.due_at = work.now + LEASE
    return [
        Due(
            delivery.id,
            hook.id,
            hook.url,
            hook.secret,
            delivery.orientation_id,
            delivery.sequence,
            delivery.status,
            delivery.on.isoformat(),
        )
        for delivery, hook in found
    ]


async def record(tries: Sequence[Delivered], work: UnitOfWork) -> None:
    """Delivered, due again later, or given up."""
    for one in tries:
        delivery = await work.session.get(WebhookDelivery, one.id, with_for_update=True)
        if delivery is None:
            continue
        delivery.attempts += 1
        delivery.answered, delivery.error = one.answered, one.error and one.error[:LONGEST_ERROR]
        if one.taken:
            delivery.delivered_at, delivery.due_at = work.now, None
        else:
            delivery.due_at = rules.next_try(delivery.attempts, work.now)
            delivery.dead_at = work.now if delivery.due_at is None else None


async def forget_old_deliveries(work: UnitOfWork) -> None:
    paused = WebhookDelivery.webhook_id.in_(select(Webhook.id).where(PAUSED))
    over = or_(WebhookDelivery.due_at.is_(None), paused)
    await work.session.execute(delete(WebhookDelivery).where(WebhookDelivery.created_at <= work.now - KEPT, over))


def _sees(organisation: str, structure: str, instance_organisation: str) -> ColumnElement[bool]:
    """As `authors.sight` for whoever registered it."""
    whole_instance = and_(Webhook.organisation == instance_organisation, Webhook.structure.is_(None))
    own = and_(Webhook.organisation == organisation, or_(Webhook.structure.is_(None), Webhook.structure == structure))
    return or_(whole_instance, own)


def _of(author: Author) -> ColumnElement[bool]:
    """Those that the author's own structure registered, or its organisation for all of them."""
    return and_(Webhook.organisation == author.organisation, Webhook.structure.is_not_distinct_from(author.structure))


async def _theirs(webhook_id: UUID, author: Author, work: UnitOfWork) -> Webhook:
    """One that the author may change: the host of others' webhooks sees them, and leaves them alone."""
    seen = store.of_author(author, work.instance.organisation)
    own = Webhook.organisation == author.organisation
    found = await work.session.scalar(select(Webhook).where(Webhook.id == webhook_id, seen, own))
    if found is None:
        raise UnknownWebhook
    return found
