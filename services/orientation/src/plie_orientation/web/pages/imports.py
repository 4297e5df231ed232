"""Imports: a file is sent, its columns named, its lines checked and shown, then all is sent at once, or undone.

The work itself goes on in the background; these pages show how far it is.
"""

import asyncio
import csv
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile

from plie_chassis.problems import FieldError, Invalid, Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, Paging, page, redirect
from plie_chassis.web.validation import sentence
from plie_orientation import queries, sheets
from plie_orientation.domain import columns, communes
from plie_orientation.domain import imports as rules
from plie_orientation.handlers.import_steps import read_line
from plie_orientation.handlers.imports import (
    DropImport,
    MapColumns,
    SendImport,
    StartImport,
    UndoImport,
    drop_import,
    map_columns,
    send_import,
    start_import,
    undo_import,
)
from plie_orientation.store import uploader
from plie_orientation.tables import Import, ImportRow
from plie_orientation.web import wording
from plie_orientation.web.access import PRESCRIBERS, author_of

HERE = "/imports"
ONE_AT_A_TIME = asyncio.Semaphore(1)
PREVIEWED = 5
LINES_SHOWN = 100
SHOWN_FOR = {
    rules.CHECKED: (rules.WRONG, rules.DUPLICATE),
    rules.SENT: (rules.WRONG, rules.KNOWN, rules.DUPLICATE),
    rules.UNDONE: (rules.STAYS,),
}
"""Which lines need a look at each step; of the others the count is enough."""


class NoFile(Invalid):
    code = "import.no-file"
    title = "Fichier manquant"


@get(HERE, guards=[PRESCRIBERS])
async def my_imports(edge: Edge, paging: Paging) -> Page:
    async with edge.read() as work:
        return await list_page(edge, Form(), paging, work)


@post(HERE, guards=[PRESCRIBERS], request_max_body_size=sheets.LARGEST + 100_000)
async def upload(request: Request[Any, Any, Any], edge: Edge) -> Response[Any]:
    """Files are read apart and one after the other, whatever they hold."""
    sent = (await request.form()).get("file")
    try:
        if not isinstance(sent, UploadFile) or not sent.filename:
            message = "Choisissez un fichier CSV ou XLSX."
            raise NoFile(message, errors=[FieldError("file", NoFile.code, message)])
        async with ONE_AT_A_TIME:
            sheet = await sheets.read_apart(await sent.read())
        command = StartImport(
            sent.filename, sheet.columns, sheet.rows, sheet.numbers, author_of(edge.actor), edge.actor.display_name
        )
        made = await edge.run(start_import, command)
    except Problem as problem:
        async with edge.read() as work:
            return await list_page(edge, Form().refused(problem), Paging(50), work)
    return redirect(f"{HERE}/{made.id}")


@get(HERE + "/{import_id:uuid}", guards=[PRESCRIBERS])
async def one_import(import_id: UUID, edge: Edge, apres: int = 0, colonnes: str = "") -> Page:
    async with edge.read() as work:
        found = await queries.one_import(import_id, author_of(edge.actor), work)
        if found.state == rules.MAPPING or (colonnes and found.state == rules.CHECKED):
            return await columns_page(found, Form.of(found.mapping), work)
        return await import_page(found, apres, work)


@get(HERE + "/{import_id:uuid}/avancement", guards=[PRESCRIBERS])
async def progress(import_id: UUID, edge: Edge) -> Response[Any]:
    """Asked again and again while it works; then the whole page once more."""
    async with edge.read() as work:
        found = await queries.one_import(import_id, author_of(edge.actor), work)
        if found.state not in rules.AT_WORK:
            return Response(b"", headers={"HX-Redirect": f"{HERE}/{import_id}"})
        return page("orientation/import_progress.html", **await standing(found, work))


@post(HERE + "/{import_id:uuid}/colonnes", guards=[PRESCRIBERS])
async def name_columns(import_id: UUID, edge: Edge) -> Response[Any]:
    form = await edge.form()
    typed = {target.field: form.value(target.field) for target in columns.TARGETS}
    mapping = {field: int(number) for field, number in typed.items() if number.isdecimal()}
    try:
        await edge.run(map_columns, MapColumns(import_id, mapping, author_of(edge.actor)))
    except Problem as problem:
        async with edge.read() as work:
            found = await queries.one_import(import_id, author_of(edge.actor), work)
            return await columns_page(found, form.refused(problem), work)
    return redirect(f"{HERE}/{import_id}")


@post(HERE + "/{import_id:uuid}/envoi", guards=[PRESCRIBERS])
async def send(import_id: UUID, edge: Edge) -> Response[Any]:
    with_duplicates = (await edge.form()).value("with_duplicates") == "true"
    await edge.run(send_import, SendImport(import_id, author_of(edge.actor), with_duplicates))
    return redirect(f"{HERE}/{import_id}")


@post(HERE + "/{import_id:uuid}/annulation", guards=[PRESCRIBERS])
async def undo(import_id: UUID, edge: Edge) -> Response[Any]:
    await edge.run(undo_import, UndoImport(import_id, author_of(edge.actor), edge.actor.display_name))
    return redirect(f"{HERE}/{import_id}")


@post(HERE + "/{import_id:uuid}/suppression", guards=[PRESCRIBERS])
async def drop(import_id: UUID, edge: Edge) -> Response[Any]:
    await edge.run(drop_import, DropImport(import_id, author_of(edge.actor)))
    await edge.announce("Le fichier et ses lignes sont effacés d’ici. Les orientations envoyées restent.")
    return redirect(HERE)


@get(HERE + "/{import_id:uuid}/a-corriger.csv", guards=[PRESCRIBERS])
async def to_correct(import_id: UUID, edge: Edge) -> Response[bytes]:
    """The lines refused, as they came, with what is wrong: to be corrected and imported again."""
    async with edge.read() as work:
        found = await queries.one_import(import_id, author_of(edge.actor), work)
        lines = await queries.import_lines(import_id, (rules.WRONG,), 0, sheets.MOST_ROWS, work)
    written = io.StringIO()
    table = csv.writer(written, delimiter=";")
    table.writerow([columns.escaped(name) for name in (*found.columns, "À corriger")])
    for line in lines:
        cells = [*line.cells, *[""] * (len(found.columns) - len(line.cells))]
        table.writerow([columns.escaped(cell) for cell in (*cells, " ".join(wrong(line)))])
    return Response(
        written.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="a-corriger.csv"'},
    )


ROUTES = (my_imports, upload, one_import, progress, name_columns, send, undo, drop, to_correct)


async def list_page(edge: Edge, form: Form, paging: Paging, work: UnitOfWork) -> Page:
    found, cursor = await queries.imports(author_of(edge.actor), paging, work)
    return page(
        "orientation/imports.html",
        form=form,
        imports=[(one, wording.import_tag(one.state)) for one in found],
        next_cursor=cursor,
    )


async def columns_page(found: Import, form: Form, work: UnitOfWork) -> Page:
    first = await queries.import_lines(found.id, (), 0, PREVIEWED, work)
    known = columns.given_by(uploader(found))
    return page(
        "orientation/import_columns.html",
        found=found,
        form=form,
        targets=columns.TARGETS,
        shown={
            target.field
            for target in columns.TARGETS
            if (target.needed and target.field not in known) or form.value(target.field) or form.error(target.field)
        },
        known={field: wording.answered(Form.of({field: value}), field) for field, value in known.items()},
        options=[(number, name or f"Colonne {number + 1}") for number, name in enumerate(found.columns)],
        labels={target.field: target.label for target in columns.TARGETS},
        first=[list(line.cells) + [""] * (len(found.columns) - len(line.cells)) for line in first],
    )


async def import_page(found: Import, after: int, work: UnitOfWork) -> Page:
    shown: Sequence[ImportRow] = ()
    preview: list[dict[str, Any]] = []
    if found.state in SHOWN_FOR:
        shown = await queries.import_lines(found.id, SHOWN_FOR[found.state], after, LINES_SHOWN + 1, work)
    if found.state == rules.CHECKED:
        ready = await queries.import_lines(found.id, (rules.READY,), 0, PREVIEWED, work)
        preview = [previewed(line, found) for line in ready]
    return page(
        "orientation/import.html",
        lines=[told(line, found) for line in shown[:LINES_SHOWN]],
        following=shown[LINES_SHOWN - 1].number if len(shown) > LINES_SHOWN else None,
        preview=preview,
        **await standing(found, work),
    )


async def standing(found: Import, work: UnitOfWork) -> dict[str, Any]:
    counts = await queries.import_counts(found.id, work)
    total = sum(counts.values())
    left = {
        rules.CHECKING: counts.get(rules.NEW, 0),
        rules.SENDING: counts.get(rules.READY, 0) + (counts.get(rules.DUPLICATE, 0) if found.with_duplicates else 0),
        rules.UNDOING: counts.get(rules.RECEIVED, 0),
    }.get(found.state, 0)
    return {
        "found": found,
        "tag": wording.import_tag(found.state),
        "counts": {name: counts.get(name, 0) for name in wording.LINE_STATES},
        "total": total,
        "at_work": found.state in rules.AT_WORK,
        "doing": wording.IMPORT_WORK.get(found.state, ""),
        "done": total - left,
    }


def told(line: ImportRow, found: Import) -> dict[str, Any]:
    return {
        "number": line.number,
        "person": " ".join(
            filter(None, (cell(line, found, "person.first_name"), cell(line, found, "person.last_name")))
        ),
        "tag": wording.line_tag(line.state),
        "why": wrong(line) if line.state != rules.DUPLICATE else [f"Même nom et même naissance : {line.duplicate_of}."],
        "orientation_id": line.orientation_id,
    }


def wrong(line: ImportRow) -> list[str]:
    labels = {target.field: target.label for target in columns.TARGETS}
    return [
        f"{labels[error['path']]} : {sentence(error['message'])}" if error["path"] in labels else error["message"]
        for error in line.errors or ()
    ]


def previewed(line: ImportRow, found: Import) -> dict[str, Any]:
    draft = read_line(line.cells, found.mapping, columns.given_by(uploader(found)))
    if isinstance(draft, list):
        return {"number": line.number, "draft": None}
    return {"number": line.number, "draft": draft, "commune": communes.shown(draft.person.commune_insee)}


def cell(line: ImportRow, found: Import, field: str) -> str:
    number = found.mapping.get(field)
    return line.cells[number] if number is not None and number < len(line.cells) else ""
