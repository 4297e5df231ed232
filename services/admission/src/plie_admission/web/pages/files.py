"""The inbox with its filters, one file whole, and putting files on an agenda."""

from collections.abc import Awaitable, Callable, Set
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, Router, get, post

from plie_admission import store
from plie_admission.domain.files import EXAMINABLE, Status
from plie_admission.domain.requests import ASKED_FOR
from plie_admission.handlers.recognitions import Recognise, UndoRecognition, recognise, undo_recognition
from plie_admission.handlers.requests import AskPrescriber, ask_prescriber
from plie_admission.handlers.sessions import AddFollowUp, AddToAgenda, add_follow_up, add_to_agenda
from plie_admission.handlers.transfers import TransferFile, transfer_file
from plie_admission.queries import files, sessions
from plie_admission.queries.files import Search
from plie_admission.tables import FileRow
from plie_admission.web import wording
from plie_admission.web.access import READERS, WRITERS, writes
from plie_admission.web.pages.forms import (
    AgendaForm,
    AskForm,
    FollowUpForm,
    RecognitionForm,
    TransferForm,
    UndoForm,
)
from plie_admission.web.pages.history import history_of
from plie_admission.web.pages.shown import accompaniment, examined, file_line, told, told_opinion, whole_file
from plie_chassis.calendar import long_date
from plie_chassis.problems import Problem
from plie_chassis.typesetting import capitalized
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, Paging, page, redirect
from plie_chassis.web.typography import count

ALL = "all"
FOUND_AT_MOST = 100


@get("/", guards=[READERS])
async def inbox(
    edge: Edge, paging: Paging, status: str = "", complete: str = "", kind: str = "", only: str = "", seance: str = ""
) -> Page:
    """`seance` is the session that its agenda's page looks for files for."""
    async with edge.read() as work:
        return await inbox_page(
            Form.of({"session_id": seance}), edge, paging, work, Narrowing("", status, complete, kind, only)
        )


@post("/", guards=[READERS], status_code=200)
async def search(edge: Edge) -> Response[Any]:
    """The first matches of a name, which stands in no address; without a name, the filters get an address of their own."""
    form = await edge.form()
    chosen = {name: form.value(name) for name in ("status", "complete", "kind", "only") if form.value(name)}
    text, session = form.value("q").strip(), {"seance": form.value("seance")} if form.value("seance") else {}
    if not text:
        return redirect(f"/?{urlencode(chosen | session)}" if chosen or session else "/")
    async with edge.read() as work:
        opened = Form.of({"session_id": form.value("seance")})
        return await inbox_page(opened, edge, Paging(FOUND_AT_MOST), work, Narrowing(text=text, **chosen))


@post("/dossiers/inscrire", guards=[WRITERS])
async def put_on_agenda(edge: Edge, paging: Paging) -> Response[Any]:
    form = await edge.form()
    try:
        asked = form.read(AgendaForm)
        row = await edge.run(add_to_agenda, AddToAgenda(asked.session_id, asked.orientation_ids))
    except Problem as problem:
        async with edge.read() as work:
            return await inbox_page(form.refused(problem), edge, paging, work, Narrowing())
    listed = count(len(asked.orientation_ids), "dossier inscrit", "dossiers inscrits")
    await edge.announce(f"{listed} à l’ordre du jour du {long_date(row.held_on)}. Les prescripteurs en sont informés.")
    return redirect(f"/seances/{row.session_id}")


@get("/dossiers/{orientation_id:uuid}", guards=[READERS])
async def one_file(orientation_id: UUID, edge: Edge) -> Page:
    async with edge.read() as work:
        return await file_page(await store.file(orientation_id, work), edge, work, Form())


@post("/dossiers/{orientation_id:uuid}/demande", guards=[WRITERS])
async def ask(orientation_id: UUID, edge: Edge) -> Response[Any]:
    form = await edge.form()

    async def asked() -> str:
        request = await edge.run(ask_prescriber, AskPrescriber(orientation_id, form.read(AskForm).asked))
        return f"{count(len(request.asked), 'information demandée', 'informations demandées')} au prescripteur."

    return await _done(orientation_id, edge, form, asked)


@post("/dossiers/{orientation_id:uuid}/rapprochement", guards=[WRITERS])
async def say(orientation_id: UUID, edge: Edge) -> Response[Any]:
    form = await edge.form()

    async def said() -> str:
        filled = form.read(RecognitionForm)
        row = await edge.run(recognise, Recognise(orientation_id, filled.other_id, filled.same))
        return "C’est la même personne : noté." if row.same else "Ce sont deux personnes : noté."

    return await _done(orientation_id, edge, form, said)


@post("/dossiers/{orientation_id:uuid}/rapprochement/annuler", guards=[WRITERS])
async def unsay(orientation_id: UUID, edge: Edge) -> Response[Any]:
    form = await edge.form()

    async def unsaid() -> str:
        await edge.run(undo_recognition, UndoRecognition(orientation_id, form.read(UndoForm).recognition_id))
        return "La réponse est annulée ; elle reste dans l’historique."

    return await _done(orientation_id, edge, form, unsaid)


@post("/dossiers/{orientation_id:uuid}/transfert", guards=[WRITERS])
async def transfer(orientation_id: UUID, edge: Edge) -> Response[Any]:
    form = await edge.form()

    async def transferred() -> str:
        filled = form.read(TransferForm)
        command = TransferFile(orientation_id, filled.to, filled.reason_code, filled.version)
        await edge.run(transfer_file, command)
        return "Le dossier est transféré, avec l’identité de la personne, qui n’est plus connue ici."

    return await _done(orientation_id, edge, form, transferred)


@post("/dossiers/{orientation_id:uuid}/suivi", guards=[WRITERS])
async def follow_up(orientation_id: UUID, edge: Edge) -> Response[Any]:
    form = await edge.form()

    async def listed() -> str:
        filled = form.read(FollowUpForm)
        row = await edge.run(add_follow_up, AddFollowUp(filled.session_id, orientation_id, filled.subject))
        return f"Point de suivi inscrit à l’ordre du jour du {long_date(row.held_on)}."

    return await _done(orientation_id, edge, form, listed)


async def _done(orientation_id: UUID, edge: Edge, form: Form, do: Callable[[], Awaitable[str]]) -> Response[Any]:
    """Back to the file with what was done, or with what is wrong."""
    try:
        notice = await do()
    except Problem as problem:
        async with edge.read() as work:
            return await file_page(await store.file(orientation_id, work), edge, work, form.refused(problem))
    await edge.announce(notice)
    return redirect(f"/dossiers/{orientation_id}")


async def file_page(row: FileRow, edge: Edge, work: UnitOfWork, form: Form) -> Page:
    may, state = writes(edge.actor), row.state
    status = state.status_on(work.today)
    examinable, followable = status in EXAMINABLE, row.parcours is not None and row.ended_on is None
    file = await examined(row, work)
    waiting = await files.requests_of(row.orientation_id, work)
    others = commissions(work)
    awaited = {code for one in waiting if one.waits for code in one.unanswered}
    decisions = await files.decisions_of(row.orientation_id, work)
    opinions = await files.opinions_of(row.orientation_id, work)
    decided, given = [decision for decision, _ in decisions], [opinion for opinion, _ in opinions]
    undecided = examinable or status is Status.IN_COMMISSION
    may_ask = may and undecided
    return page(
        "admission/file.html",
        file=whole_file(file, work.today),
        parcours=accompaniment(row, work) if row.parcours else None,
        session=await store.session(row.agenda_of, work) if row.agenda_of else None,
        decisions=[
            {"row": decision, "session": session, **told(decision, decided, work)} for decision, session in decisions
        ],
        opinions=[
            {
                "row": opinion,
                "session": session,
                "subject": capitalized(wording.subject(opinion.subject)),
                **told_opinion(opinion, given, decided, work),
            }
            for opinion, session in opinions
        ],
        history=await history_of(row, waiting, work),
        waiting=[wording.request(one) for one in waiting if one.waits and row.asked_on],
        open_sessions=wording.session_options(await sessions.open_ones(work))
        if may and (examinable or followable)
        else [],
        may_schedule=may and examinable,
        may_follow=may and followable and row.agenda_of is None,
        subjects=wording.subjects(len(work.declaration.maisons_of(work.instance.organisation))),
        undecided=undecided,
        away=status is Status.TRANSFERRED,
        may_ask=may_ask,
        ask_options=[(code, term) for code, term in wording.terms("information") if code not in awaited],
        ask_form=form if form.problem else Form.of({"asked": to_ask(row, awaited)}),
        may_transfer=may_ask and row.decisions == 0 and bool(others),
        commissions=others,
        transfer_reasons=wording.terms("transfer-reason"),
        transfer_form=form if form.problem else Form.of({"version": row.version}),
        place=place_of(row, work),
        writes=may,
        form=form,
    )


def to_ask(row: FileRow, awaited: Set[str]) -> list[str]:
    """What the file lacks, as it is asked of the prescriber, without what it has still to answer."""
    wanted = dict.fromkeys(ASKED_FOR[lack] for lack in row.missing if lack in ASKED_FOR)
    return [code for code in wanted if code not in awaited]


def commissions(work: UnitOfWork) -> list[tuple[str, str]]:
    """The other commissions, by organisation."""
    return [
        (instance.organisation, instance.title)
        for instance in work.declaration.of_service("admission")
        if instance.organisation != work.instance.organisation
    ]


def place_of(row: FileRow, work: UnitOfWork) -> str:
    """The commission that serves the person's commune, where it is another one: a file sent to the wrong one."""
    clas = work.declaration.clas_of(row.commune_insee) if row.commune_insee else None
    return dict(commissions(work)).get(clas or "", "")


@dataclass(frozen=True)
class Narrowing:
    """What the filters of the inbox say; a value that none of them offers narrows nothing."""

    text: str = ""
    status: str = ""
    complete: str = ""
    kind: str = ""
    only: str = ""

    def search(self) -> Search:
        """Without a choice, the inbox shows what waits for a session."""
        known = {code.value: code for code in Status}
        default = None if self.text or self.status == ALL else Status.PENDING
        return Search(
            status=known.get(self.status, default),
            text=self.text,
            complete={"yes": True, "no": False}.get(self.complete),
            prescriber_kind=self.kind or None,
            asked=self.only == "asked",
            alike=self.only == "alike",
        )

    @property
    def narrowed(self) -> bool:
        return self != Narrowing()


async def inbox_page(form: Form, edge: Edge, paging: Paging, work: UnitOfWork, narrowing: Narrowing) -> Page:
    wanted = narrowing.search()
    found, cursor = await files.listed(wanted, paging, work)
    waiting, total = await files.waiting(work), await files.count_of(Search(), work)
    counted = {Search(Status.PENDING): waiting, Search(): total}
    if paging.after is None and cursor is None:
        counted[wanted] = len(found)
    return page(
        "admission/inbox.html",
        form=form,
        files=[file_line(row, work.today) for row in found],
        next_cursor=None if narrowing.text else cursor,
        matching=counted[wanted] if wanted in counted else await files.count_of(wanted, work),
        waiting=waiting,
        total=total,
        narrowed=narrowing.narrowed,
        text=narrowing.text,
        chosen=asdict(narrowing),
        status_options=[(ALL, "Tous"), *wording.status_options()],
        kind_options=wording.terms("prescriber-kind"),
        open_sessions=wording.session_options(await sessions.open_ones(work)) if writes(edge.actor) else [],
        writes=writes(edge.actor),
    )


ROUTES = Router(
    "/",
    route_handlers=[inbox, search, put_on_agenda, one_file, ask, say, unsay, transfer, follow_up],
    include_in_schema=False,
)
