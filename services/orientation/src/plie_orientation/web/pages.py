"""The pages of a prescriber: my orientations, a new one, one with its history, and its withdrawal.

What is typed about a person (a search, a form being filled) goes by POST, as names do not stand in addresses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, Router, get, post

from plie_chassis.ids import new_id
from plie_chassis.problems import Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, Paging, page, redirect
from plie_contracts.declaration import Declaration
from plie_contracts.territory import COMMUNES, without_accents
from plie_contracts.vocabulary import label
from plie_orientation import queries
from plie_orientation.domain import addressing, communes, orientations
from plie_orientation.domain.authors import Author
from plie_orientation.domain.eligibility import Answers, hints, months_unemployed
from plie_orientation.domain.orientations import DEFERRED, IN_COMMISSION, RECEIVED, STATUSES
from plie_orientation.handlers.orientations import (
    ReceiveOrientation,
    WithdrawOrientation,
    receive_orientation,
    withdraw_orientation,
)
from plie_orientation.queries import Search
from plie_orientation.store import Stored
from plie_orientation.web import wording
from plie_orientation.web.access import PRESCRIBER, PRESCRIBERS, author_of
from plie_orientation.web.bodies import OrientationForm, Withdrawal, answers_so_far

WAITING = (RECEIVED, IN_COMMISSION)
TO_TAKE_UP_SHOWN = 5
FOUND_AT_MOST = 100


async def counts(work: UnitOfWork) -> Mapping[str, int]:
    """At « Mes orientations »: those that wait for the prescriber, adjourned until something is completed."""
    if work.actor is None or PRESCRIBER not in work.actor.roles:
        return {}
    standing = await queries.counted(author_of(work.actor), work)
    return {"/": standing.get(DEFERRED, 0)}


@get("/", guards=[PRESCRIBERS])
async def my_orientations(edge: Edge, paging: Paging, status: str = "") -> Page:
    async with edge.read() as work:
        return await list_page(edge, work, paging, status=status)


@post("/", guards=[PRESCRIBERS], status_code=200)
async def search(edge: Edge) -> Response[Any]:
    """The first matches; without a text, the status gets an address of its own."""
    form = await edge.form()
    text, status = form.value("q").strip(), form.value("status")
    if not text:
        return redirect(f"/?{urlencode({'status': status})}" if status else "/")
    async with edge.read() as work:
        return await list_page(edge, work, Paging(FOUND_AT_MOST), status=status, text=text)


@get("/orientations/nouvelle", guards=[PRESCRIBERS])
async def new_orientation(edge: Edge) -> Page:
    author, actor = author_of(edge.actor), edge.actor
    form = Form.of(
        {
            "form_id": new_id(),
            "prescriber.kind": min(author.kinds) if len(author.kinds) == 1 else None,
            "prescriber.structure": author.structure,
            "prescriber.advisor": actor.display_name,
        }
    )
    async with edge.read() as work:
        return form_page(form, author, work)


@post("/orientations/nouvelle", guards=[PRESCRIBERS])
async def orient(edge: Edge) -> Response[Any]:
    form, author = await edge.form(), author_of(edge.actor)
    try:
        filled = form.read(OrientationForm)
        command = ReceiveOrientation(filled.draft(), author, form_id=filled.form_id)
        received = await edge.run(receive_orientation, command)
    except Problem as problem:
        async with edge.read() as work:
            return form_page(form.refused(problem), author, work)
    await edge.announce("L’orientation est envoyée à la commission. Vous lirez sa réponse ici.")
    return redirect(f"/orientations/{received.orientation.id}")


@post("/orientations/reperes", guards=[PRESCRIBERS], status_code=200)
async def eligibility(edge: Edge) -> Page:
    """The hints for a form that is being filled."""
    answers = answers_so_far(await edge.form())
    async with edge.read() as work:
        return page("orientation/hints.html", **live(answers, work))


@get("/orientations/{orientation_id:uuid}", guards=[PRESCRIBERS])
async def one_orientation(orientation_id: UUID, edge: Edge) -> Page:
    async with edge.read() as work:
        stored = await queries.one(orientation_id, author_of(edge.actor), work)
        return detail_page(stored, Form.of({"version": stored.version}), work)


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
            return detail_page(stored, form.refused(problem), work)
    await edge.announce("L’orientation est retirée. La commission en est informée.")
    return redirect(f"/orientations/{orientation_id}")


ROUTES = Router(
    "/",
    route_handlers=[my_orientations, search, new_orientation, orient, eligibility, one_orientation, withdraw],
    include_in_schema=False,
)


@dataclass(frozen=True)
class Shown:
    """An orientation as a line of a list."""

    id: UUID
    person: str
    commune: str
    commission: str
    reference: str
    received_at: datetime
    tag: wording.Tag
    reason: str


def shown(stored: Stored, commissions: Mapping[str, str]) -> Shown:
    orientation, person = stored.orientation, stored.draft.person
    commune = COMMUNES.get(person.commune_insee)
    return Shown(
        id=orientation.id,
        person=f"{person.first_name} {person.last_name}",
        commune=commune.name if commune else person.commune_insee,
        commission=commissions.get(orientation.addressed_to, orientation.addressed_to),
        reference=stored.draft.external_reference or "",
        received_at=stored.received_at,
        tag=wording.tag(orientation.status),
        reason=wording.reason(orientation.history[-1]),
    )


def titles(declaration: Declaration) -> dict[str, str]:
    """Each commission's own title, by organisation."""
    return {instance.organisation: instance.title for instance in declaration.of_service("admission")}


async def list_page(edge: Edge, work: UnitOfWork, paging: Paging, *, status: str, text: str = "") -> Page:
    """The page of a list goes on by its cursor; that of a search does not, so that no name comes into an address."""
    author, commissions = author_of(edge.actor), titles(work.declaration)
    statuses = (status,) if status in STATUSES else WAITING if status == "waiting" else ()
    found, following = await queries.listed(Search(author, paging, statuses=statuses, text=text), work)
    standing = await queries.counted(author, work)
    to_take_up: Sequence[Stored] = ()
    if standing.get(DEFERRED) and not (text or status or paging.after):
        to_take_up, _ = await queries.listed(Search(author, Paging(TO_TAKE_UP_SHOWN), statuses=(DEFERRED,)), work)
    return page(
        "orientation/list.html",
        orientations=[shown(stored, commissions) for stored in found],
        to_take_up=[shown(stored, commissions) for stored in to_take_up],
        next_cursor=None if text else following,
        more=bool(text and following),
        total=sum(standing.values()),
        waiting=sum(standing.get(status, 0) for status in WAITING),
        text=text,
        chosen={"status": status},
        status_options=[("waiting", "En attente d’une décision"), *wording.status_options()],
    )


def form_page(form: Form, author: Author, work: UnitOfWork) -> Page:
    return page(
        "orientation/new.html",
        form=form,
        labels=wording.LABELS,
        author=author,
        kinds=[(code, text) for code, text in wording.options("prescriber-kind") if code in author.kinds],
        communes=sorted((communes.shown(insee) for insee in COMMUNES), key=without_accents),
        commissions=titles(work.declaration).items(),
        education_levels=wording.options("education-level"),
        barriers=wording.options("barrier"),
        today=work.today,
        **live(answers_so_far(form), work),
    )


def live(answers: Answers, work: UnitOfWork) -> dict[str, Any]:
    """The hints, and to which commission the commune leads so far."""
    territory = addressing.territory_of(work.declaration)
    told = hints(answers, territory, work.today)
    clas = territory.clas_of(answers.commune_insee) if answers.commune_insee else None
    return {
        "hints": told,
        "met": sum(hint.result == "met" for hint in told),
        "commune_known": answers.commune_insee is not None,
        "leads_to": titles(work.declaration).get(clas) if clas else None,
        "months": months_unemployed(answers, work.today),
    }


def detail_page(stored: Stored, form: Form, work: UnitOfWork) -> Page:
    orientation = stored.orientation
    return page(
        "orientation/detail.html",
        form=form,
        stored=stored,
        draft=stored.draft,
        orientation=orientation,
        row=shown(stored, titles(work.declaration)),
        stages=wording.stages(orientation),
        timeline=wording.timeline(orientation),
        commune=communes.shown(stored.draft.person.commune_insee),
        may_withdraw=orientations.may_withdraw(orientation),
        barriers=", ".join(label("barrier", code) for code in stored.draft.barriers),
        reasons=wording.options("withdrawal-reason"),
    )
