"""An orientation's life as its prescriber sees it: received, examined by the commission, decided, or withdrawn.

Invariants: history only grows; a withdrawal needs that no decision is known; a decision wins over a withdrawal it crossed.
"""

from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from uuid import UUID

from plie_chassis.calendar import long_date
from plie_chassis.problems import Conflict
from plie_contracts.events import OrientationOutcomeNotified
from plie_contracts.vocabulary import label

RECEIVED, IN_COMMISSION, WITHDRAWN = "received", "in-commission", "withdrawn"
ADMITTED, DEFERRED, REFUSED = "admitted", "deferred", "refused"
WITHDRAWAL_TOO_LATE = "withdrawal-too-late"

DECISIONS = frozenset({ADMITTED, DEFERRED, REFUSED})
STATUSES = (RECEIVED, IN_COMMISSION, ADMITTED, DEFERRED, REFUSED, WITHDRAWN)

# From a status, those the commission's notices lead to; any other notice tells of the past and is only remembered.
# A decision follows any status: it may rectify another one, or have crossed the withdrawal.
LEADING = DECISIONS | {IN_COMMISSION}
LEADS_TO = MappingProxyType(
    {
        RECEIVED: DECISIONS | {IN_COMMISSION},
        IN_COMMISSION: DECISIONS,
        DEFERRED: DECISIONS | {IN_COMMISSION},
        ADMITTED: DECISIONS,
        REFUSED: DECISIONS | {IN_COMMISSION},
        WITHDRAWN: DECISIONS,
    }
)


class Decided(Conflict):
    code = "orientation.decided"
    title = "Décision déjà rendue"


class AlreadyWithdrawn(Conflict):
    code = "orientation.withdrawn"
    title = "Orientation déjà retirée"


@dataclass(frozen=True)
class Entry:
    """One line of the history. `on` is the civil date of what happened, not of when we heard of it."""

    status: str
    on: date
    reason_code: str | None = None
    session_on: date | None = None
    reorientation: str | None = None


@dataclass(frozen=True)
class Orientation:
    """`addressed_to` is the organisation of the CLAS; `heard` the sequence of its newest notice that may lead somewhere."""

    id: UUID
    addressed_to: str
    status: str
    history: tuple[Entry, ...]
    heard: int = 0

    @property
    def decision(self) -> Entry | None:
        """The decision that stands: the last known, but for older ones that were heard of later."""
        decisions = [entry for entry in self.history if entry.status in DECISIONS]
        standing = [entry for entry in decisions if entry.status == self.status]
        return next(reversed(standing or decisions), None)


def received(orientation_id: UUID, clas: str, on: date) -> Orientation:
    return Orientation(orientation_id, clas, RECEIVED, (Entry(RECEIVED, on),))


def may_withdraw(orientation: Orientation) -> bool:
    """Until a decision is known, and once."""
    return orientation.decision is None and orientation.status != WITHDRAWN


def withdraw(orientation: Orientation, reason_code: str, on: date) -> Orientation:
    """The prescriber takes its orientation back. Raises Decided once a decision is known, AlreadyWithdrawn."""
    if decision := orientation.decision:
        raise Decided(
            f"La commission a rendu sa décision le {long_date(decision.on)}"
            f" : {label('orientation-status', decision.status)}. L’orientation ne peut plus être retirée."
            " Écrivez à la commission si la situation de la personne a changé."
        )
    if orientation.status == WITHDRAWN:
        raise AlreadyWithdrawn(f"Cette orientation est retirée depuis le {long_date(orientation.history[-1].on)}.")
    return _goes_on(orientation, Entry(WITHDRAWN, on, reason_code), WITHDRAWN)


def follow(orientation: Orientation, outcome: OrientationOutcomeNotified, sequence: int | None = None) -> Orientation:
    """What the commission tells: the status moves where it can, the history keeps it all, a repetition changes nothing.

    `sequence` is the notice's: one that is superseded is remembered and no longer leads anywhere.
    What the person lives later (first interview, job, exit) is remembered beside the decision and never replaces it.
    """
    entry = Entry(outcome.status, outcome.on, outcome.reason_code, outcome.session_on, outcome.reorientation)
    if entry.status == RECEIVED or entry == orientation.history[-1]:
        return orientation
    if entry.status == WITHDRAWAL_TOO_LATE and _known_too_late(orientation):
        return orientation
    if is_superseded(orientation, entry.status, sequence):
        return _goes_on(orientation, entry, orientation.status)
    if entry.status in LEADING:
        orientation = replace(orientation, heard=max(orientation.heard, sequence or 0))
    if entry.status not in LEADS_TO[orientation.status]:
        return _goes_on(orientation, entry, orientation.status)
    crossed = orientation.status == WITHDRAWN and not _known_too_late(orientation)
    orientation = _goes_on(orientation, entry, entry.status)
    return _goes_on(orientation, Entry(WITHDRAWAL_TOO_LATE, entry.on), entry.status) if crossed else orientation


def is_superseded(orientation: Orientation, status: str, sequence: int | None) -> bool:
    """Whether a newer notice was heard that leads somewhere; what tells of the person's life supersedes nothing."""
    return status in LEADING and sequence is not None and sequence < orientation.heard


def _known_too_late(orientation: Orientation) -> bool:
    return any(entry.status == WITHDRAWAL_TOO_LATE for entry in orientation.history)


def _goes_on(orientation: Orientation, entry: Entry, status: str) -> Orientation:
    return replace(orientation, status=status, history=(*orientation.history, entry))
