"""A deadline on the screen: how late on the left, the rule and the facts, and the one thing to do about it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plie_chassis.calendar import DAYS, short_date
from plie_chassis.typesetting import NBSP, typeset
from plie_chassis.web.typography import count
from plie_parcours.domain.deadlines import Deadline

SOON = 7
BY_A_CONTACT = frozenset({"first-interview", "monthly-contact"})
ACTIONS = {
    "first-interview": ("Noter l’entretien", "contact"),
    "monthly-contact": ("Noter un contact", "contact"),
    "contract": ("Enregistrer le contrat", "contrat"),
    "barrier-review": ("Revoir les freins", "freins"),
    "admission-rectified": ("Prononcer la sortie", "sortie"),
    "milestone-3-months": ("Attester", "suivis/{about}/attestation?mois=3"),
    "milestone-6-months": ("Attester", "suivis/{about}/attestation?mois=6"),
}


@dataclass(frozen=True, slots=True)
class Obligation:
    """`due` is a figure and its rest; `tone` late, soon or nothing."""

    due: tuple[str, str]
    tone: str
    title: str
    rule: str
    facts: str
    action: str
    address: str
    by_a_contact: bool
    in_person: bool


def obligation(deadline: Deadline, participant_id: UUID, today: date, *, followed: bool) -> Obligation:
    """Of a person nobody follows yet (`followed`), the one thing to do is to assign a référent."""
    days = deadline.days_late(today)
    action, below = ACTIONS[deadline.rule] if followed else ("Affecter un référent", "referent")
    title = f"{deadline.title} manquant" if days > 0 and deadline.rule == "monthly-contact" else deadline.title
    return Obligation(
        due=_due(deadline.due, days),
        tone="late" if days > 0 else "soon" if days >= -SOON else "",
        title=title,
        rule=typeset(deadline.text),
        facts=typeset(" ; ".join(deadline.facts)),
        action=action,
        address=f"/participants/{participant_id}/{below.format(about=deadline.about)}",
        by_a_contact=followed and deadline.rule in BY_A_CONTACT,
        in_person=deadline.rule == "first-interview",
    )


def tag(due: date | None, today: date) -> tuple[str, str] | None:
    """« 10 j de retard » and its tone, for a list."""
    if due is None or (due - today).days > SOON:
        return None
    days = (today - due).days
    if days > 0:
        return f"{count(days, 'j', 'j')} de retard", "late"
    return (f"dans {count(-days, 'j', 'j')}" if days else "aujourd’hui"), "soon"


def _due(due: date, days: int) -> tuple[str, str]:
    if days > 0:
        return count(days, "j", "j"), f"depuis le {_without_year(due)}"
    if days == 0:
        return count(0, "j", "j"), "dernier jour"
    if days >= -SOON:
        return count(-days, "j", "j"), f"avant {DAYS[due.weekday()]} {due.day}"
    return count(-days, "j", "j"), f"avant le {_without_year(due)}"


def _without_year(day: date) -> str:
    return short_date(day).rsplit(NBSP, 1)[0]
