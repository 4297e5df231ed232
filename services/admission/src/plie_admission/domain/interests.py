"""Conflicts of interest: who sits in a session and does not decide one of its items, and why.

A member of the prescriber's organisation stands aside by itself; any other says so. Both are kept in the minutes.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from plie_admission.domain.people import folded
from plie_admission.domain.sessions import Member, Session
from plie_chassis.problems import Conflict, FieldError, Invalid

OF_THE_PRESCRIBER = "prescriber"
DECLARED = "declared"


class NotAMember(Invalid):
    code = "interest.not-a-member"
    title = "Membre inconnu de la séance"


class NobodyLeft(Conflict):
    code = "interest.nobody-left"
    title = "Personne pour décider"


@dataclass(frozen=True)
class Aside:
    """A member who does not decide an item."""

    name: str
    organisation: str
    why: str


def standing_aside(session: Session, prescriber: Set[str], declared: Set[str]) -> list[Aside]:
    """`prescriber` are the names its organisation goes by; `declared` the names of members who said so."""
    theirs = {folded(name) for name in prescriber}
    found = []
    for member in session.members:
        if is_of_the_prescriber(member, theirs):
            found.append(Aside(member.name, member.organisation, OF_THE_PRESCRIBER))
        elif member.name in declared:
            found.append(Aside(member.name, member.organisation, DECLARED))
    return found


def is_of_the_prescriber(member: Member, names: Set[str]) -> bool:
    """`names` are folded."""
    return folded(member.organisation) in names


def declares(session: Session, names: Sequence[str]) -> list[str]:
    """Raises NotAMember."""
    members = {member.name for member in session.members}
    for name in names:
        if name not in members:
            message = f"{name} n’est pas membre de cette séance."
            raise NotAMember(message, errors=[FieldError("members", NotAMember.code, message)])
    return list(dict.fromkeys(names))


def somebody_decides(session: Session, aside: Sequence[Aside], name: str) -> None:
    """Raises NobodyLeft where every member present stands aside."""
    out = {(one.organisation, one.name) for one in aside}
    if not any(member.present and (member.organisation, member.name) not in out for member in session.members):
        raise NobodyLeft(
            f"Tous les membres présents se déportent du dossier de {name}. Retirez-le de l’ordre du jour, "
            "ou complétez les présences."
        )
