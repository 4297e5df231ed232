"""The pages of a prescriber: my orientations, one with its history, its receipt, its withdrawal, an answer to the commission.

What is typed about a person (a search) goes by POST, as names do not stand in addresses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post

from plie_chassis.calendar import PARIS
from plie_chassis.paging import place_of
from plie_chassis.problems import Problem
from plie_chassis.typesetting import capitalized, phone, typeset
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, Paging, page, redirect
from plie_contracts.territory import COMMUNES
from plie_contracts.vocabulary import label
from plie_orientation import queries, store
from plie_orientation.domain import authors, communes, information, orientations
from plie_orientation.domain.authors import Author
from plie_orientation.domain.orientations import DEFERRED, IN_COMMISSION, RECEIVED, STATUSES
from plie_orientation.handlers.information import AnswerRequest, answer_request
from plie_orientation.handlers.orientations import WithdrawOrientation, withdraw_orientation
from plie_orientation.queries import Search
from plie_orientation.store import Stored
from plie_orientation.web import wording
from plie_orientation.web.access import EITHER, PRESCRIBER, PRESCRIBERS, author_of
from plie_orientation.web.bodies import AnswerForm, Withdrawal
from plie_orientation.web.pages.drafts import shown as draft_shown
from plie_orientation.web.pages.drafts import started as draft_started
from plie_orientation.web.pages.drafts import titles

WAITING = (RECEIVED, IN_COMMISSION)
SHOWN_ABOVE = 5
FOUND_AT_ONCE = 50


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; `text` names people, so it comes by POST only."""

    status: str = ""
    since: str = ""
    structure: str = ""
    text: str = ""

    @property
    def in_address(self) -> dict[str, str]:
        named = {"status": self.status, "since": self.since, "structure": self.structure}
        return {name: value for name, value in named.items() if value}

    def search(self, author: Any, paging: Paging) -> Search:
        statuses = (self.status,) if self.status in STATUSES else WAITING if self.status == "waiting" else ()
        return Search(
            author,
            paging,
            statuses=statuses,
            since=_beginning(self.since),
            structure=self.structure or None,
            text=self.text,
            asked=self.status == "asked",
        )


async def counts(work: UnitOfWork) -> Mapping[str, int]:
    """At « Mes orientations »: what waits for the prescriber, a question to answer or an orientation to take up again."""
    if work.actor is None or PRESCRIBER not in work.actor.roles:
        return {}
    return {"/": await queries.to_do_count(author_of(work.actor), work)}


@get("/", guards=[EITHER])
async def my_orientations(
    edge: Edge, paging: Paging, status: str = "", since: str = "", structure: str = ""
) -> Response[Any]:
    """Where everybody comes in; who only administers goes to what there is to administer."""
    if PRESCRIBER not in edge.actor.roles:
        return redirect("/webhooks")
    async with edge.read() as work:
        return await list_page(edge, work, paging, Filters(status, since, structure))


@post("/", guards=[PRESCRIBERS], status_code=200)
async def search(edge: Edge) -> Response[Any]:
    """The matches of a text, page by page; without one, the filters get an address of their own."""
    form = await edge.form()
    filters = Filters(form.value("status"), form.value("since"), form.value("structure"), form.value("q").strip())
    if not filters.text:
        return redirect(f"/?{urlencode(filters.in_address)}" if filters.in_address else "/")
    cursor = form.value("cursor")
    async with edge.read() as work:
        return await list_page(edge, work, Paging(FOUND_AT_ONCE, place_of(cursor) if cursor else None), filters)


@get("/orientations/{orientation_id:uuid}", guards=[PRESCRIBERS])
async def one_orientation(orientation_id: UUID, edge: Edge) -> Page:
    author = author_of(edge.actor)
    async with edge.read() as work:
        stored = await queries.one(orientation_id, author, work)
        return await detail_page(stored, Form.of({"version": stored.version}), author, work)


@get("/orientations/{orientation_id:uuid}/recepisse", guards=[PRESCRIBERS])
async def receipt(orientation_id: UUID, edge: Edge) -> Page:
    """For the person and the file: what was sent, when, to whom, with whose agreement."""
    async with edge.read() as work:
        stored = await queries.one(orientation_id, author_of(edge.actor), work)
        return page("orientation/receipt.html", **told(stored, work))


@post("/orientations/{orientation_id:uuid}/retrait", guards=[PRESCRIBERS])
async def withdraw(orientation_id: UUID, edge: Edge) -> Response[Any]:
    form, author = await edge.form(), author_of(edge.actor)
    try:
        asked = form.read(Withdrawal)
        command = WithdrawOrientation(orientation_id, asked.reason_code, author, asked.version)
        await edge.run(withdraw_orientation, command)
    except Problem as problem:
        async with edge.read() as work:
            stored = await queries.one(orientation_id, author, work)
            return await detail_page(stored, form.refused(problem), author, work)
    await edge.announce("L’orientation est retirée. La commission en est informée.")
    return redirect(f"/orientations/{orientation_id}")


@post("/orientations/{orientation_id:uuid}/reponse", guards=[PRESCRIBERS])
async def answer(orientation_id: UUID, edge: Edge) -> Response[Any]:
    """To all that the commission asks; what has no answer yet stays asked."""
    form, author = await edge.form(), author_of(edge.actor)
    try:
        command = AnswerRequest(orientation_id, form.read(AnswerForm).answer(), author)
        told = await edge.run(answer_request, command)
    except Problem as problem:
        async with edge.read() as work:
            stored = await queries.one(orientation_id, author, work)
            return await detail_page(stored, form.refused(problem), author, work, answering=True)
    rest = f" Elle attend encore : {wording.asked(told.left)}." if told.left else ""
    await edge.announce(typeset(f"La réponse est envoyée à la commission.{rest}"))
    return redirect(f"/orientations/{orientation_id}")


ROUTES = (my_orientations, search, one_orientation, receipt, withdraw, answer)


@dataclass(frozen=True)
class Shown:
    """An orientation as a line of a list."""

    id: UUID
    person: str
    commune: str
    commission: str
    reference: str
    structure: str
    received_at: datetime
    tag: wording.Tag
    reason: str


def shown(stored: Stored, commissions: Mapping[str, str]) -> Shown:
    orientation, person = stored.orientation, stored.current.person
    commune = COMMUNES.get(person.commune_insee)
    return Shown(
        id=orientation.id,
        person=f"{person.first_name} {person.last_name}",
        commune=commune.name if commune else person.commune_insee,
        commission=commissions.get(orientation.addressed_to, orientation.addressed_to),
        reference=stored.draft.external_reference or "",
        structure=stored.structure,
        received_at=stored.received_at,
        tag=wording.tag(orientation.status),
        reason=wording.reason(orientation.history[-1]),
    )


async def list_page(edge: Edge, work: UnitOfWork, paging: Paging, filters: Filters) -> Page:
    """The pages of a list go on by an address; those of a search by POST, so that no name comes into an address."""
    author, commissions = author_of(edge.actor), titles(work)
    found, following = await queries.listed(filters.search(author, paging), work)
    standing = await queries.standing(author, work)
    first = not (filters.text or filters.in_address or paging.after)
    to_take_up: Sequence[Stored] = ()
    if first and standing.statuses.get(DEFERRED):
        to_take_up, _ = await queries.listed(Search(author, Paging(SHOWN_ABOVE), statuses=(DEFERRED,)), work)
    asked = await queries.waiting(author, SHOWN_ABOVE, work) if first else ()
    drafts = await queries.drafts(edge.actor.id, work) if first else ()
    known = await draft_started(edge.actor, work) if drafts else Form()
    return page(
        "orientation/list.html",
        orientations=[shown(stored, commissions) for stored in found],
        to_take_up=[shown(stored, commissions) for stored in to_take_up],
        questions=[
            {"row": shown(one.stored, commissions), "asked": wording.asked(one.left), "asked_at": one.asked_at}
            for one in asked
        ],
        questions_count=await queries.waiting_count(author, work) if len(asked) == SHOWN_ABOVE else len(asked),
        deferred_count=standing.statuses.get(DEFERRED, 0),
        drafts=[draft_shown(draft, known, work.today) for draft in drafts[:SHOWN_ABOVE]],
        drafts_count=len(drafts),
        next_cursor=following,
        total=sum(standing.statuses.values()),
        waiting=sum(standing.statuses.get(status, 0) for status in WAITING),
        filters=filters,
        chosen=filters.in_address,
        status_options=[
            ("asked", "Attend votre réponse"),
            ("waiting", "En attente d’une décision"),
            *wording.status_options(),
        ],
        structures=[(name, name) for name in standing.structures],
    )


async def detail_page(stored: Stored, form: Form, author: Author, work: UnitOfWork, *, answering: bool = False) -> Page:
    """`answering`: the form is a refused answer to the commission."""
    producer = store.producer_of(stored, work)
    requests = await queries.requests(stored.orientation.id, work)
    waited_for = information.is_waited_for(stored.orientation.status)
    waiting = [one for one in requests if one.answered_at is None] if waited_for else []
    return page(
        "orientation/detail.html",
        form=form,
        answering=answering,
        question=wording.question(waiting),
        stages=wording.stages(stored.orientation),
        timeline=wording.timeline(stored.orientation, requests),
        outcome=wording.outcome(stored.orientation),
        others=producer.title if producer is not None and not authors.speaks_for(author, producer) else None,
        may_withdraw=orientations.may_withdraw(stored.orientation) and authors.speaks_for(author, producer),
        reasons=wording.options("withdrawal-reason"),
        employments=wording.options("employment"),
        education_levels=wording.options("education-level"),
        barrier_options=wording.options("barrier"),
        proofs=[(code, capitalized(text)) for code, text in information.PROOFS.items()],
        today=work.today,
        blank=Form(),
        labels=wording.ANSWER_LABELS,
        **told(stored, work),
    )


def told(stored: Stored, work: UnitOfWork) -> dict[str, Any]:
    """An orientation as it stands on its page and on its receipt."""
    draft, row = stored.current, shown(stored, titles(work))
    return {
        "stored": stored,
        "draft": draft,
        "orientation": stored.orientation,
        "row": row,
        "commission": wording.with_article(row.commission),
        "phone": phone(draft.person.phone or ""),
        "commune": communes.shown(draft.person.commune_insee),
        "barriers": ", ".join(label("barrier", code) for code in draft.barriers),
        "adhesion": wording.adhesion(draft.adhesion, stored.adhesion_how),
    }


def _beginning(typed: str) -> datetime | None:
    """The first instant of a day in Paris; what is no day narrows nothing."""
    try:
        return datetime.combine(date.fromisoformat(typed), time.min, PARIS) if typed else None
    except ValueError:
        return None
