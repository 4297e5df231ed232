"""Many orientations in one go, each judged on its own: a refused one leaves nothing, and does not hold the others back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from plie_chassis.problems import Problem
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import OrientationSubmitted
from plie_orientation.domain.authors import Author
from plie_orientation.handlers.orientations import DuplicateReference, ReceiveOrientation, receive_orientation


@dataclass(frozen=True)
class Line:
    """What a line holds, or why it cannot be read; with a `form_id`, the same line sent again is the same orientation."""

    number: int
    content: OrientationSubmitted | Problem
    form_id: UUID | None = None


@dataclass(frozen=True)
class ReceiveLines:
    lines: Sequence[Line]
    author: Author


@dataclass(frozen=True)
class Outcome:
    """Of one line: received now, `known` from before with the same content, or refused with its problem."""

    number: int
    orientation_id: UUID | None = None
    addressed_to: str | None = None
    external_reference: str | None = None
    known: bool = False
    problem: Problem | None = None


async def receive_lines(command: ReceiveLines, work: UnitOfWork) -> list[Outcome]:
    """In one transaction: a problem is raised before anything of its line is written."""
    return [await _received(line, command.author, work) for line in command.lines]


async def _received(line: Line, author: Author, work: UnitOfWork) -> Outcome:
    if isinstance(line.content, Problem):
        return Outcome(line.number, problem=line.content)
    reference = line.content.external_reference
    try:
        stored = await receive_orientation(ReceiveOrientation(line.content, author, form_id=line.form_id), work)
    except DuplicateReference as duplicate:
        if duplicate.identical:
            return Outcome(line.number, duplicate.existing, duplicate.addressed_to, reference, known=True)
        return Outcome(line.number, external_reference=reference, problem=duplicate)
    except Problem as problem:
        return Outcome(line.number, external_reference=reference, problem=problem)
    known = stored.received_at != work.now
    return Outcome(line.number, stored.orientation.id, stored.orientation.addressed_to, reference, known)
