"""Notes about people: an API to write and list them, pages to do the same, and a gallery of every component."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Response, get, post
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import MetaData, func, select
from sqlalchemy.orm import Mapped, mapped_column

from plie_chassis import database
from plie_chassis.ids import new_id
from plie_chassis.messaging.subscriptions import subscriptions
from plie_chassis.problems import Conflict, NotFound, Problem, StaleVersion
from plie_chassis.service import Service
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Link, Listing, Page, Paging, page, public, redirect, scope, signed_in
from plie_chassis_sample import gallery


class Base(database.Base):
    __abstract__ = True
    metadata = MetaData(naming_convention=database.NAMING)


class Note(Base):
    __tablename__ = "note"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    written_at: Mapped[datetime]


class TooManyNotes(Conflict):
    code = "note.too-many"


class PersonBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    last_name: Annotated[str, Field(min_length=1, max_length=50)]
    birth_date: date


class NoteBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: Annotated[str, Field(min_length=1)]
    kind: Literal["call", "visit"] = "call"
    minutes: Annotated[int, Field(ge=1, le=240)] | None = None
    tags: list[str] = Field(default_factory=list)
    person: PersonBody | None = None


class NoteView(BaseModel):
    note_id: UUID
    title: str
    written_at: datetime


def view(note: Note) -> NoteView:
    return NoteView(note_id=note.id, title=note.title, written_at=note.written_at)


async def write_note(command: NoteBody, work: UnitOfWork) -> Note:
    if command.title == "one too many":
        raise TooManyNotes("Il y a déjà trop de notes. Effacez-en une.", note_id="n1")
    if command.title == "stale":
        raise StaleVersion("Nadia Ferrand a modifié la durée à 10 h 42.", version=3)
    if command.title == "bug":
        raise RuntimeError("secret of Samira Belkacem")
    note = Note(id=new_id(work.now), title=command.title, written_at=work.now)
    work.session.add(note)
    await work.session.flush()
    return note


@post("/api/v1/notes", guards=[scope("sample:write")])
async def create_note(data: NoteBody, edge: Edge) -> Response[NoteView]:
    """Write a note."""
    return await edge.answer(write_note, data, view)


@get("/api/v1/notes", guards=[scope("sample:read")])
async def list_notes(edge: Edge, paging: Paging, since: date | None = None) -> Listing[NoteView]:
    """Notes, newest first."""
    async with edge.read() as work:
        query = select(Note) if since is None else select(Note).where(Note.written_at >= since)
        rows = (await work.session.scalars(paging.cut(query, Note.written_at, Note.id))).all()
    shown, next_cursor = paging.page(rows, lambda note: (note.written_at, note.id))
    return Listing(items=[view(note) for note in shown], next_cursor=next_cursor)


@get("/api/v1/notes/{note_id:uuid}", guards=[scope("sample:read")])
async def show_note(note_id: UUID, edge: Edge) -> NoteView:
    """One note."""
    async with edge.read() as work:
        note = await work.session.get(Note, note_id)
    if note is None:
        raise NotFound("Aucune note de ce numéro.")
    return view(note)


@get("/", guards=[signed_in()])
async def home(edge: Edge) -> Page:
    async with edge.read() as work:
        notes = (await work.session.scalars(select(Note).order_by(Note.written_at.desc()).limit(20))).all()
    return page("home.html", notes=notes)


@get("/notes/nouvelle", guards=[signed_in("writer")])
async def new_note() -> Page:
    return page("note-form.html", form=Form.of({"kind": "call"}))


@post("/notes", guards=[signed_in("writer")])
async def add_note(edge: Edge) -> Response[Any]:
    form = await edge.form()
    try:
        note = await edge.run(write_note, form.read(NoteBody))
    except Problem as problem:
        return page("note-form.html", form=form.refused(problem))
    await edge.announce(f"Note « {note.title} » enregistrée.")
    return redirect("/")


@get("/composants", guards=[public])
async def components(request: Request[Any, Any, Any]) -> Page:
    return page("gallery.html", **gallery.figures())


@get("/silence", guards=[signed_in()])
async def silence() -> None:
    raise RuntimeError("the server stumbles")


async def counts(work: UnitOfWork) -> Mapping[str, int]:
    return {"/": await work.session.scalar(select(func.count()).select_from(Note)) or 0}


ROUTES: Sequence[Any] = (create_note, list_notes, show_note, home, new_note, add_note, components, silence)

SAMPLE = Service(
    name="parcours",
    title="Accompagnement",
    package="plie_chassis_sample",
    metadata=Base.metadata,
    subscriptions=subscriptions(),
    routes=ROUTES,
    navigation=(
        Link("Aujourd’hui", "/", icon="sun"),
        Link("Nouvelle note", "/notes/nouvelle", frozenset({"writer"}), icon="plus"),
        Link("Agenda", "/agenda", icon="calendar"),
        Link("Actions", "/actions", icon="flag"),
        Link("Suivi en emploi", "/suivi", icon="clock"),
        Link("Administration", "/admin", frozenset({"admin"})),
    ),
    roles={"writer": "rédaction", "admin": "administration"},
    counts=counts,
)
