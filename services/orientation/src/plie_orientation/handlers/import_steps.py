"""The work on imports, in the background: lines checked, sent and withdrawn, some at a time in transactions of their own.

A restart goes on: a line is the same orientation however often it is sent, as its form_id follows from the import and
its number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final
from uuid import UUID, uuid5

from pydantic import ValidationError
from sqlalchemy import func, select, text

from plie_chassis.calendar import long_date, paris_date
from plie_chassis.problems import FieldError, Invalid, Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import OrientationSubmitted
from plie_contracts.explanations import explain
from plie_orientation import store
from plie_orientation.domain import addressing, authors, columns
from plie_orientation.domain import imports as rules
from plie_orientation.domain.authors import Author
from plie_orientation.handlers.batches import Line, ReceiveLines, receive_lines
from plie_orientation.handlers.orientations import WithdrawOrientation, withdraw_orientation
from plie_orientation.tables import Import, ImportRow

AT_ONCE: Final = {rules.CHECKING: 500, rules.SENDING: 100, rules.UNDOING: 100}
UNDONE_BECAUSE: Final = "erreur"


class StepFailed(Exception):
    """A failure of ours, its cause, on these lines of this import."""

    def __init__(self, import_id: UUID, numbers: Sequence[int]) -> None:
        super().__init__(f"import {import_id}, {len(numbers)} lines")
        self.import_id = import_id
        self.numbers = numbers


async def go_on(work: UnitOfWork, at_once: int | None = None) -> bool:
    """Some lines of one import that is at work; False when there is none, or another process has it in hand.

    Raises StepFailed.
    """
    waiting = select(Import).where(Import.state.in_(rules.AT_WORK)).order_by(Import.created_at).limit(1)
    found = await work.session.scalar(waiting.with_for_update(skip_locked=True))
    if found is None:
        return False
    step = {rules.CHECKING: _check, rules.SENDING: _send, rules.UNDOING: _undo}[found.state]
    rows = await _next_rows(found, at_once or AT_ONCE[found.state], work)
    if not rows:
        found.state = rules.FOLLOWS[found.state]
        return True
    failing = StepFailed(found.id, [row.number for row in rows])
    try:
        await step(found, rows, work)
        await work.session.flush()
    except Exception as error:
        raise failing from error
    return True


async def give_up_on(import_id: UUID, number: int, work: UnitOfWork) -> None:
    """After a failure of ours on this line: it is told as such, unless it went well elsewhere; the others go on."""
    found = await work.session.get(Import, import_id, with_for_update=True)
    row = await work.session.get(ImportRow, (import_id, number), with_for_update=True)
    if found and row and row.state in _waiting_in(found):
        message = "Erreur de notre côté sur cette ligne. Elle n’est pas enregistrée ; réessayez avec un autre fichier."
        row.state = rules.STAYS if found.state == rules.UNDOING else rules.WRONG
        row.errors = [{"path": "", "code": "internal", "message": message}]


def read_line(
    cells: Sequence[str], mapping: Mapping[str, int], given: Mapping[str, str]
) -> OrientationSubmitted | list[FieldError]:
    """What a line says, or every reason why it says nothing that could be sent."""
    body, errors = columns.document(cells, mapping, given)
    unreadable = {error.path for error in errors}
    try:
        draft = OrientationSubmitted.model_validate(body)
    except ValidationError as refused:
        told = [FieldError(path, code, message) for path, code, message in explain(refused)]
        return errors + [error for error in told if error.path not in unreadable]
    return errors or draft


async def _check(found: Import, rows: Sequence[ImportRow], work: UnitOfWork) -> None:
    author = store.uploader(found)
    known = columns.given_by(author)
    territory = addressing.territory_of(work.declaration)
    good: list[tuple[ImportRow, OrientationSubmitted]] = []
    for row in rows:
        draft = read_line(row.cells, found.mapping, known)
        if isinstance(draft, list):
            _refuse(row, draft)
            continue
        try:
            authors.orient_as(author, draft.prescriber.kind)
            authors.structure_for(author, draft.prescriber.structure)
            addressing.accept(draft, territory, work.today)
        except Problem as problem:
            _refuse(row, problem.errors)
            continue
        good.append((row, draft))
    there = await _already_oriented([draft for _, draft in good], author, work)
    seen = await _seen_before(found, good, work)
    for row, draft in good:
        key = _key(draft)
        twin = there.get(key) or seen.get(key)
        row.state, row.duplicate_of = (rules.DUPLICATE, twin) if twin else (rules.READY, None)
        row.person_key, row.errors = key, None
        seen.setdefault(key, f"ligne {row.number}")


async def _send(found: Import, rows: Sequence[ImportRow], work: UnitOfWork) -> None:
    author = store.uploader(found)
    known = columns.given_by(author)
    lines = []
    for row in rows:
        draft = read_line(row.cells, found.mapping, known)
        content = draft if not isinstance(draft, list) else Invalid("Ligne à corriger.", errors=draft)
        lines.append(Line(row.number, content, uuid5(found.id, str(row.number))))
    outcomes = await receive_lines(ReceiveLines(lines, author), work)
    for row, outcome in zip(rows, outcomes, strict=True):
        if outcome.problem is not None:
            errors = outcome.problem.errors or [FieldError("", outcome.problem.code, outcome.problem.detail)]
            _refuse(row, errors)
            continue
        own = outcome.external_reference is None or not outcome.known
        row.state = rules.RECEIVED if own else rules.KNOWN
        row.orientation_id, row.errors = outcome.orientation_id, None


async def _undo(found: Import, rows: Sequence[ImportRow], work: UnitOfWork) -> None:
    author = store.undoer(found)
    for row in rows:
        if row.orientation_id is None:
            continue
        try:
            await withdraw_orientation(WithdrawOrientation(row.orientation_id, UNDONE_BECAUSE, author), work)
        except Problem as problem:
            row.state = rules.STAYS
            row.errors = [{"path": "", "code": problem.code, "message": problem.detail}]
        else:
            row.state = rules.WITHDRAWN


def _waiting_in(found: Import) -> Sequence[str]:
    """The states of the lines that an import has still to work on."""
    return {
        rules.CHECKING: [rules.NEW],
        rules.SENDING: [rules.READY, rules.DUPLICATE] if found.with_duplicates else [rules.READY],
        rules.UNDOING: [rules.RECEIVED],
    }.get(found.state, [])


async def _next_rows(found: Import, at_most: int, work: UnitOfWork) -> Sequence[ImportRow]:
    query = select(ImportRow).where(ImportRow.import_id == found.id, ImportRow.state.in_(_waiting_in(found)))
    return (await work.session.scalars(query.order_by(ImportRow.number).limit(at_most))).all()


_THERE = text(
    """
    select draft #>> '{person,last_name}' as last_name, draft #>> '{person,first_name}' as first_name,
        draft #>> '{person,birth_date}' as birth_date, received_at
    from orientation
    where organisation = :organisation and (cast(:structure as text) is null or structure = :structure)
        and status <> 'withdrawn' and draft #>> '{person,birth_date}' = any(:days)
    """
)


async def _already_oriented(drafts: Sequence[OrientationSubmitted], author: Author, work: UnitOfWork) -> dict[str, str]:
    """The persons of these drafts whom the structure has oriented before, and when."""
    days = sorted({draft.person.birth_date.isoformat() for draft in drafts})
    asked = {"organisation": author.organisation, "structure": author.structure, "days": days}
    rows = await work.session.execute(_THERE, asked)
    return {
        rules.person_key(
            row.last_name, row.first_name, row.birth_date
        ): f"orientation du {long_date(paris_date(row.received_at))}"
        for row in rows
    }


async def _seen_before(
    found: Import, good: Sequence[tuple[ImportRow, OrientationSubmitted]], work: UnitOfWork
) -> dict[str, str]:
    """The persons of these lines who stand in a line checked before."""
    query = select(ImportRow.person_key, func.min(ImportRow.number)).where(
        ImportRow.import_id == found.id,
        ImportRow.state.in_([rules.READY, rules.DUPLICATE]),
        ImportRow.person_key.in_({_key(draft) for _, draft in good}),
    )
    rows = await work.session.execute(query.group_by(ImportRow.person_key))
    return {str(key): f"ligne {number}" for key, number in rows}


def _key(draft: OrientationSubmitted) -> str:
    person = draft.person
    return rules.person_key(person.last_name, person.first_name, person.birth_date.isoformat())


def _refuse(row: ImportRow, errors: Sequence[FieldError]) -> None:
    row.state, row.errors = rules.WRONG, [asdict(error) for error in errors]
