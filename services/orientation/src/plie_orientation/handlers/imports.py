"""Imports: a file's lines taken in, its columns named, all of it sent, undone or dropped; `import_steps.py` does the work.

Each command is done with the rights of who gives it, never with more.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from plie_chassis.ids import new_id
from plie_chassis.problems import FieldError, Forbidden, Invalid
from plie_chassis.unit_of_work import UnitOfWork
from plie_orientation import store
from plie_orientation.domain import columns
from plie_orientation.domain import imports as rules
from plie_orientation.domain.authors import Author
from plie_orientation.tables import Import, ImportMapping, ImportRow

LINES_ARE_KEPT: Final = timedelta(days=30)
"""The lines of a file name people: they go as drafts do; what was imported stays where it was sent."""
MAPPINGS_ARE_KEPT: Final = timedelta(days=730)


class MappingIncomplete(Invalid):
    code = "import.mapping"
    title = "Colonnes à compléter"


class NotYours(Forbidden):
    code = "import.not-yours"
    title = "Import d’une autre organisation"


@dataclass(frozen=True)
class StartImport:
    file_name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int]
    author: Author
    imported_by: str


@dataclass(frozen=True)
class MapColumns:
    """`mapping`: which column (from 0) fills which field."""

    import_id: UUID
    mapping: Mapping[str, int]
    author: Author


@dataclass(frozen=True)
class SendImport:
    import_id: UUID
    author: Author
    with_duplicates: bool = False


@dataclass(frozen=True)
class UndoImport:
    import_id: UUID
    author: Author
    undone_by: str


@dataclass(frozen=True)
class DropImport:
    import_id: UUID
    author: Author


async def start_import(command: StartImport, work: UnitOfWork) -> Import:
    """Keeps the lines; how the columns read is guessed, or as this structure last said for such a file."""
    author = command.author
    made = Import(
        id=new_id(work.now),
        organisation=author.organisation,
        structure=author.structure,
        kinds=sorted(author.kinds),
        imported_by=command.imported_by,
        file_name=command.file_name[:200],
        columns=list(command.columns),
        mapping=await _remembered(author, command.columns, work) or columns.guess(command.columns),
        state=rules.MAPPING,
        created_at=work.now,
    )
    work.session.add(made)
    await work.session.flush()
    lines = zip(command.numbers, command.rows, strict=True)
    rows = [{"import_id": made.id, "number": number, "cells": list(cells)} for number, cells in lines]
    await work.session.execute(insert(ImportRow), rows)
    return made


async def map_columns(command: MapColumns, work: UnitOfWork) -> Import:
    """Checks every line anew. Raises UnknownImport, NotNow, MappingIncomplete."""
    found = await store.lock_import(command.import_id, command.author, work)
    rules.may("changer les colonnes", found.state, rules.MAPPING, rules.CHECKED)
    known = {target.field for target in columns.TARGETS}
    mapping = {
        field: number for field, number in command.mapping.items() if field in known and number < len(found.columns)
    }
    lacking = columns.lacking(mapping, list(columns.given_by(store.uploader(found))))
    if lacking:
        rule = "Choisissez sa colonne dans le fichier : rien ne part sans."
        errors = [FieldError(target.field, MappingIncomplete.code, rule) for target in lacking]
        raise MappingIncomplete("Des champs obligatoires n’ont pas de colonne. Rien n’est importé.", errors=errors)
    found.mapping, found.state = mapping, rules.CHECKING
    fresh = {"state": rules.NEW, "errors": None, "person_key": None, "duplicate_of": None}
    await work.session.execute(update(ImportRow).where(ImportRow.import_id == found.id).values(fresh))
    saved = insert(ImportMapping).values(
        **_signature(command.author, found.columns), mapping=mapping, saved_at=work.now
    )
    await work.session.execute(
        saved.on_conflict_do_update(
            index_elements=[ImportMapping.organisation, ImportMapping.structure, ImportMapping.columns_digest],
            set_={"mapping": mapping, "saved_at": work.now},
        )
    )
    return found


async def send_import(command: SendImport, work: UnitOfWork) -> Import:
    """In what the sender and the uploader may both do. Raises UnknownImport, NotYours, NotNow."""
    found = await store.lock_import(command.import_id, command.author, work)
    if found.organisation != command.author.organisation:
        raise NotYours("Seule l’organisation qui a déposé ce fichier l’envoie. Rien n’est envoyé.")
    found.kinds = sorted(command.author.kinds.intersection(found.kinds))
    rules.may("envoyer", found.state, rules.CHECKED)
    found.state, found.with_duplicates = rules.SENDING, command.with_duplicates
    return found


async def undo_import(command: UndoImport, work: UnitOfWork) -> Import:
    """Withdraws what was imported, is not decided and is theirs to withdraw. Raises UnknownImport, NotNow."""
    found = await store.lock_import(command.import_id, command.author, work)
    rules.may("annuler", found.state, rules.SENT)
    found.state = rules.UNDOING
    found.undone_by, found.undone_at = command.undone_by, work.now
    found.undone_for = {"organisation": command.author.organisation, "structure": command.author.structure}
    return found


async def drop_import(command: DropImport, work: UnitOfWork) -> None:
    """Before anything is sent, or once its lines are of no more use. Raises UnknownImport, NotNow."""
    found = await store.lock_import(command.import_id, command.author, work)
    rules.may("supprimer", found.state, rules.MAPPING, rules.CHECKED, rules.SENT, rules.UNDONE)
    await work.session.execute(delete(Import).where(Import.id == found.id))


async def forget_old_lines(work: UnitOfWork) -> None:
    """The rules LINES_ARE_KEPT and MAPPINGS_ARE_KEPT; what was in hand is over as well."""
    await work.session.execute(delete(ImportMapping).where(ImportMapping.saved_at <= work.now - MAPPINGS_ARE_KEPT))
    await work.session.execute(delete(Import).where(Import.created_at <= work.now - LINES_ARE_KEPT))


def _signature(author: Author, names: Sequence[str]) -> dict[str, Any]:
    return {
        "organisation": author.organisation,
        "structure": author.structure or "",
        "columns_digest": hashlib.sha256("|".join(map(columns.plain, names)).encode()).hexdigest(),
    }


async def _remembered(author: Author, names: Sequence[str], work: UnitOfWork) -> dict[str, int] | None:
    wanted = _signature(author, names)
    found = await work.session.get(ImportMapping, tuple(wanted.values()))
    return None if found is None else found.mapping
