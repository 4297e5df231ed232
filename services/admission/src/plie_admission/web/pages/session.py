"""One session: its agenda beside the file it is at, its decisions one by one, its closing, its minutes."""

from collections.abc import Sequence, Set
from dataclasses import replace
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from plie_admission import store
from plie_admission.domain.decisions import Kind
from plie_admission.domain.files import NotOnAgenda
from plie_admission.domain.follow_ups import Subject
from plie_admission.domain.interests import OF_THE_PRESCRIBER
from plie_admission.domain.sessions import Quorum
from plie_admission.handlers.closing import CloseSession, close_session
from plie_admission.handlers.decisions import DecideFile, decide
from plie_admission.handlers.follow_ups import GiveOpinion, give_opinion
from plie_admission.handlers.sessions import DeclareInterests, declare_interests
from plie_admission.queries import files, sessions
from plie_admission.queries.duplicates import recognised_among
from plie_admission.queries.sessions import Item, Tally
from plie_admission.tables import FileRow, SessionRow
from plie_admission.web import wording
from plie_admission.web.access import CHOICES, READERS, WRITERS, writes
from plie_admission.web.pages.forms import ClosingForm, DecisionForm, InterestsForm, OpinionForm
from plie_admission.web.pages.shown import (
    agenda_line,
    decision_fields,
    minutes_line,
    opinion_fields,
    shown_name,
    standing_aside,
    whole_file,
)
from plie_chassis.calendar import long_date
from plie_chassis.problems import Problem
from plie_chassis.typesetting import NBSP
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, page, redirect
from plie_chassis.web.typography import count


@get("/", guards=[READERS])
async def one_session(session_id: UUID, edge: Edge, quorum: Quorum, dossier: UUID | None = None) -> Page:
    async with edge.read() as work:
        row = await store.session(session_id, work)
        if row.closed_on is not None:
            return await minutes_page(row, edge, work, quorum)
        return await session_page(row, edge, work, quorum, dossier)


@post("/dossiers/{orientation_id:uuid}", guards=[WRITERS])
async def state_decision(session_id: UUID, orientation_id: UUID, edge: Edge, quorum: Quorum) -> Response[Any]:
    """Keep the draft, and go on to the next file."""
    form = await edge.form()
    try:
        filled = form.read(DecisionForm)
        command = DecideFile(orientation_id, session_id, filled.draft(), version=filled.version)
        await edge.run(decide, command)
    except Problem as problem:
        async with edge.read() as work:
            row = await store.session(session_id, work)
            return await session_page(row, edge, work, quorum, orientation_id, form.refused(problem))
    return await _go_on(session_id, orientation_id, edge)


@post("/dossiers/{orientation_id:uuid}/avis", guards=[WRITERS])
async def state_opinion(session_id: UUID, orientation_id: UUID, edge: Edge, quorum: Quorum) -> Response[Any]:
    """Keep the opinion's draft, and go on to the next file."""
    form = await edge.form()
    try:
        filled = form.read(OpinionForm)
        async with edge.read() as work:
            subject = _subject_of(orientation_id, await sessions.agenda(session_id, work))
        await edge.run(give_opinion, GiveOpinion(session_id, orientation_id, filled.draft(subject), filled.version))
    except Problem as problem:
        async with edge.read() as work:
            row = await store.session(session_id, work)
            return await session_page(row, edge, work, quorum, orientation_id, form.refused(problem))
    return await _go_on(session_id, orientation_id, edge)


@post("/dossiers/{orientation_id:uuid}/avis/formulaire", guards=[WRITERS], status_code=200)
async def other_opinion(session_id: UUID, orientation_id: UUID, edge: Edge) -> Page:
    """The fields of the opinion just chosen; what was typed stays."""
    form = await edge.form()
    async with edge.read() as work:
        session = await store.session(session_id, work)
        items = _standing(await sessions.agenda(session_id, work))
        item = _at(items, orientation_id)
        if item is None:
            raise NotOnAgenda("Ce dossier n’est plus à l’ordre du jour. Rechargez la page.")
        fields = await opinion_fields(item.agenda, item.file, work, form)
    return page("admission/opinion-fields.html", session=session, following=_following(items, item), **fields)


@post("/dossiers/{orientation_id:uuid}/deports", guards=[WRITERS])
async def note_interests(session_id: UUID, orientation_id: UUID, edge: Edge, quorum: Quorum) -> Response[Any]:
    form = await edge.form()
    try:
        filled = form.read(InterestsForm)
        command = DeclareInterests(session_id, orientation_id, filled.members, filled.version)
        await edge.run(declare_interests, command)
    except Problem as problem:
        async with edge.read() as work:
            row = await store.session(session_id, work)
            return await session_page(row, edge, work, quorum, orientation_id, Form().refused(problem))
    await edge.announce("Déports notés : ils figureront au procès-verbal.")
    return redirect(f"/seances/{session_id}?dossier={orientation_id}")


async def _go_on(session_id: UUID, orientation_id: UUID, edge: Edge) -> Response[Any]:
    async with edge.read() as work:
        items = _standing(await sessions.agenda(session_id, work))
    following = _following(items, _at(items, orientation_id))
    return redirect(f"/seances/{session_id}" + (f"?dossier={following}" if following else ""))


@post("/dossiers/{orientation_id:uuid}/formulaire", guards=[WRITERS], status_code=200)
async def other_decision(session_id: UUID, orientation_id: UUID, edge: Edge) -> Page:
    """The fields of the decision just chosen; what was typed stays."""
    form = await edge.form()
    async with edge.read() as work:
        session = await store.session(session_id, work)
        row = await store.file(orientation_id, work)
        items = _standing(await sessions.agenda(session_id, work))
        fields = await decision_fields(row, None, work, form, rectifies=session.closed_on is not None)
    following = _following(items, _at(items, orientation_id))
    return page("admission/decision-fields.html", session=session, following=following, **fields)


@get("/cloture", guards=[WRITERS])
async def summary(session_id: UUID, edge: Edge, quorum: Quorum) -> Page:
    async with edge.read() as work:
        row = await store.session(session_id, work)
        return await closing_page(row, Form.of({"version": row.version}), work, quorum)


@post("/cloture", guards=[WRITERS])
async def close(session_id: UUID, edge: Edge, quorum: Quorum) -> Response[Any]:
    form = await edge.form()
    try:
        command = CloseSession(session_id, quorum, form.read(ClosingForm).version)
        closed = await edge.run(close_session, command)
    except Problem as problem:
        async with edge.read() as work:
            row = await store.session(session_id, work)
            return await closing_page(row, form.refused(problem), work, quorum)
    published = count(closed.admitted + closed.deferred + closed.refused, "décision publiée", "décisions publiées")
    told = count(closed.prescribers, "organisation prévenue", "organisations prévenues")
    given = f", {count(closed.opinions, 'avis transmis', 'avis transmis')}" if closed.opinions else ""
    await edge.announce(f"La séance est close. {published}{given}, {told}.")
    return redirect(f"/seances/{session_id}")


@get("/dossiers/{orientation_id:uuid}/rectification", guards=[WRITERS])
async def rectification(session_id: UUID, orientation_id: UUID, edge: Edge) -> Page:
    async with edge.read() as work:
        session = await store.session(session_id, work)
        return await rectification_page(session, await store.file(orientation_id, work), work)


@post("/dossiers/{orientation_id:uuid}/rectification", guards=[WRITERS])
async def rectify(session_id: UUID, orientation_id: UUID, edge: Edge) -> Response[Any]:
    form = await edge.form()
    try:
        filled = form.read(DecisionForm)
        stated = filled.draft(rectifies=True)
        command = DecideFile(orientation_id, session_id, stated, rectifies=True, version=filled.version)
        decided = await edge.run(decide, command)
    except Problem as problem:
        async with edge.read() as work:
            session = await store.session(session_id, work)
            return await rectification_page(
                session, await store.file(orientation_id, work), work, form.refused(problem)
            )
    await edge.announce(f"La décision n°{NBSP}{decided.decision_number} est publiée, le prescripteur en est informé.")
    return redirect(f"/seances/{session_id}")


async def session_page(
    row: SessionRow, edge: Edge, work: UnitOfWork, quorum: Quorum, chosen: UUID | None = None, form: Form | None = None
) -> Page:
    """An open session at the chosen file, else at the first that is not settled."""
    items = _standing(await sessions.agenda(row.session_id, work))
    current = _at(items, chosen) or next((item for item in items if not item.is_settled), None) or _first(items)
    shown: dict[str, Any] = {"file": None, "form": form or Form()}
    if current is not None:
        follows = current.agenda.subject is not None
        aside = standing_aside(current, row.state, work)
        shown = {
            "file": await whole_file(current.file, work),
            "follows": follows,
            "aside": wording.aside(aside),
            "interests": Form.of({"members": [one.name for one in aside], "version": row.version}),
            "own": {one.name for one in aside if one.why == OF_THE_PRESCRIBER},
            **(
                await opinion_fields(current.agenda, current.file, work, form)
                if follows
                else await decision_fields(current.file, current.agenda.draft, work, form)
            ),
        }
    return page(
        "admission/session.html",
        session=row,
        members=row.state.members,
        attendance=wording.attendance(row.state.attendance, quorum),
        tally=tally_of(items),
        items=[agenda_line(item, current) for item in items],
        position=items.index(current) + 1 if current else 0,
        following=_following(items, current),
        drafted_by=current.agenda.drafted_by if current and current.is_settled else None,
        writes=writes(edge.actor),
        **shown,
    )


async def minutes_page(row: SessionRow, edge: Edge, work: UnitOfWork, quorum: Quorum) -> Page:
    items = await sessions.agenda(row.session_id, work)
    return page(
        "admission/minutes.html",
        session=row,
        members=row.state.members,
        attendance=wording.attendance(row.state.attendance, quorum),
        tally=tally_of([item for item in items if item.published or item.given]),
        lines=[minutes_line(item, work) for item in items],
        writes=writes(edge.actor),
    )


async def closing_page(row: SessionRow, form: Form, work: UnitOfWork, quorum: Quorum) -> Page:
    """What will be published, asked once more; and what still stands in the way."""
    items = _standing(await sessions.agenda(row.session_id, work))
    reached = row.state.attendance.reaches(quorum)
    settled = [item for item in items if item.is_settled]
    recognised = await recognised_among([item.file.orientation_id for item in settled], work)
    return page(
        "admission/closing.html",
        session=row,
        form=form,
        tally=tally_of(items),
        attendance=wording.attendance(row.state.attendance, quorum),
        reached=reached,
        ahead=row.held_on > work.today,
        decisions=[_about_to_be_published(item, row, recognised, work) for item in settled],
        undecided=[shown_name(item.file) for item in items if not item.is_settled],
        prescribers=len({item.file.writer for item in settled if item.decision}),
        may_close=reached and bool(settled) and row.closed_on is None,
    )


def _about_to_be_published(item: Item, row: SessionRow, recognised: Set[UUID], work: UnitOfWork) -> dict[str, Any]:
    stated = item.agenda.opinion_draft
    why = wording.about_opinion(stated, work.declaration) if stated else ""
    if item.decision is not None:
        known = item.file.orientation_id in recognised
        why = wording.why(item.agenda, item.decision, work.declaration, recognised=known)
    return {
        **agenda_line(item, None),
        "why": why,
        "aside": wording.aside(standing_aside(item, row.state, work)),
    }


async def rectification_page(session: SessionRow, row: FileRow, work: UnitOfWork, form: Form | None = None) -> Page:
    """The last decision as it stands, to be stated again with a reason of its own."""
    published = await files.decisions_of(row.orientation_id, work)
    last = published[0][0] if published else None
    again = replace(last.stated, reason_code=None, override_reason=None) if last else None
    return page(
        "admission/rectification.html",
        session=session,
        file=await whole_file(row, work),
        last=last,
        why=wording.why(last, last.kind, work.declaration) if last else "",
        tag=wording.decision(last.kind) if last else None,
        held_on=long_date(session.held_on),
        **await decision_fields(row, again, work, form, rectifies=True),
    )


def tally_of(items: Sequence[Item]) -> Tally:
    kinds = [item.decision for item in items]
    opinions = sum(item.opinion is not None for item in items)
    return Tally(len(items), kinds.count(Kind.ADMIT), kinds.count(Kind.DEFER), kinds.count(Kind.REFUSE), opinions)


def _standing(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item.agenda.left_because is None]


def _first(items: Sequence[Item]) -> Item | None:
    return items[0] if items else None


def _at(items: Sequence[Item], orientation_id: UUID | None) -> Item | None:
    return next((item for item in items if item.file.orientation_id == orientation_id), None)


def _subject_of(orientation_id: UUID, items: Sequence[Item]) -> Subject:
    """Raises NotOnAgenda."""
    item = _at(_standing(items), orientation_id)
    if item is None or item.agenda.follows is None:
        raise NotOnAgenda("Ce point de suivi n’est plus à l’ordre du jour. Rechargez la page.")
    return item.agenda.follows


def _following(items: Sequence[Item], current: Item | None) -> UUID | None:
    """The next file that is not settled, going round; None where there is no other."""
    if current is None:
        return None
    place = items.index(current)
    ahead = [*items[place + 1 :], *items[:place]]
    return next((item.file.orientation_id for item in ahead if not item.is_settled), None)


ROUTES = Router(
    "/seances/{session_id:uuid}",
    route_handlers=[
        one_session,
        state_decision,
        state_opinion,
        other_opinion,
        note_interests,
        other_decision,
        summary,
        close,
        rectification,
        rectify,
    ],
    include_in_schema=False,
    dependencies=CHOICES,
)
