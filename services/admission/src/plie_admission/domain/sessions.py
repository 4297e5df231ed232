"""A session of the commission (CLAS): open while it is prepared and held, closed once its decisions are published.

Closing is final: afterwards a decision only changes by a reasoned rectification (`decisions.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from plie_admission.domain.people import folded
from plie_chassis.calendar import long_date
from plie_chassis.problems import Conflict, FieldError, Invalid


class MemberTwice(Invalid):
    code = "session.member-twice"
    title = "Membre cité deux fois"


class SessionClosed(Conflict):
    code = "session.closed"
    title = "Séance close"


class SessionStillOpen(Conflict):
    code = "decision.session-still-open"
    title = "Séance encore ouverte"


class NoQuorum(Conflict):
    code = "session.no-quorum"
    title = "Quorum non atteint"


class NothingDecided(Conflict):
    code = "session.empty"
    title = "Aucune décision à publier"


@dataclass(frozen=True)
class Member:
    organisation: str
    name: str
    present: bool


@dataclass(frozen=True)
class Quorum:
    """How many members must be present, and from how many different organisations."""

    members: int = 3
    organisations: int = 2


QUORUM = Quorum()


@dataclass(frozen=True)
class Attendance:
    present: int
    organisations: int
    expected: int

    def reaches(self, quorum: Quorum) -> bool:
        return self.present >= quorum.members and self.organisations >= quorum.organisations


@dataclass(frozen=True)
class Session:
    """`starts_at` is the hour in Paris, None where nobody has said it."""

    session_id: UUID
    held_on: date
    place: str
    members: tuple[Member, ...]
    starts_at: time | None = None
    closed_on: date | None = None

    @property
    def attendance(self) -> Attendance:
        present = [member for member in self.members if member.present]
        return Attendance(
            present=len(present),
            organisations=len({folded(member.organisation) for member in present}),
            expected=len(self.members),
        )


def each_member_is_named_once(members: Sequence[Member]) -> None:
    """Naming somebody twice would count them twice in the quorum. Raises MemberTwice."""
    seen: set[tuple[str, str]] = set()
    for rank, member in enumerate(members):
        key = (folded(member.organisation), folded(member.name))
        if key in seen:
            message = f"{member.name} ({member.organisation}) figure deux fois parmi les membres."
            raise MemberTwice(message, errors=[FieldError(f"members[{rank}].name", MemberTwice.code, message)])
        seen.add(key)


def is_still_open(session: Session) -> None:
    """Raises SessionClosed."""
    if session.closed_on is not None:
        raise SessionClosed(
            f"La séance du {long_date(session.held_on)} est close depuis le {long_date(session.closed_on)}. "
            "Une décision ou un avis ne se change plus que par une rectification motivée."
        )


def is_closed(session: Session, published: str) -> None:
    """Only what is `published` is rectified. Raises SessionStillOpen."""
    if session.closed_on is None:
        raise SessionStillOpen(
            f"La séance du {long_date(session.held_on)} n’est pas close : changez {published}, sans rectifier."
        )


def reaches_its_quorum(session: Session, quorum: Quorum) -> None:
    """Raises NoQuorum, saying what is there and what is needed."""
    attendance = session.attendance
    if not attendance.reaches(quorum):
        raise NoQuorum(
            f"{counted(attendance.present, 'membre présent', 'membres présents')}, "
            f"{counted(attendance.organisations, 'organisation', 'organisations')} : "
            f"il faut {quorum.members} membres présents d’au moins {quorum.organisations} organisations. "
            "Complétez les présences, ou reportez la séance."
        )


def has_decided_something(decisions: int) -> None:
    """Raises NothingDecided."""
    if decisions == 0:
        raise NothingDecided("La séance n’a aucune décision à publier. Décidez au moins un dossier avant de clore.")


def decision_day(session: Session, today: date) -> date:
    """Decisions bear the day of the session; those of a session closed ahead of its date, the day it is closed."""
    return min(session.held_on, today)


def counted(number: int, one: str, many: str) -> str:
    """« 1 membre », « 3 membres », « 0 membre »."""
    return f"{number} {one if number < 2 else many}"
