"""The facts of a participant as a timeline, newest first; a correction or a cancellation stays visible on its line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from plie_chassis.calendar import long_date, paris_date
from plie_chassis.typesetting import NBSP, capitalized, typeset
from plie_chassis.web.typography import count, number
from plie_contracts import events
from plie_contracts.events import Event
from plie_contracts.vocabulary import label
from plie_parcours.domain import wording
from plie_parcours.domain.handovers import TOLD_BY
from plie_parcours.domain.records import Fact
from plie_parcours.store import Recorded

Kind = Literal["contacts", "etapes", "emploi", "parcours"]

MEDIA = {"presentiel": "user", "telephone": "phone", "visio": "users", "courriel": "mail", "autre": "ask"}
STEPS = (events.StepStarted, events.StepEnded, events.QualificationObtained, events.ActionAttended)
EMPLOYMENT = (
    events.JobStarted,
    events.JobEnded,
    events.FollowUpStarted,
    events.FollowUpMilestone,
    events.FollowUpEnded,
)
TURNING = (
    events.AdmissionValidated,
    events.ParcoursOpened,
    events.ContractSigned,
    events.JobStarted,
    events.FollowUpMilestone,
    events.QualificationObtained,
    events.MaisonReassigned,
    events.ParcoursHandedOver,
    events.ParcoursFileHandedOver,
    events.ParcoursEnded,
)


@dataclass(slots=True)
class Line:
    """What the timeline macro shows of a fact; `edit` is the id of the contact or job that can be corrected."""

    on: date
    number: int
    kind: Kind
    icon: str
    title: str
    detail: str
    note: str
    turning: bool
    struck: bool = False
    edit: UUID | None = None


def lines(facts: Sequence[Recorded], title_of: Callable[[str], str], kind: str = "") -> list[Line]:
    """One line a fact, of one kind or of all; what replaces a fact stands on the line of the fact it replaces.

    `title_of` a Maison: what another one told says so.
    """
    told: dict[object, Line] = {}
    for known in facts:
        event = known.event
        subject = _replaceable(event)
        before = told.get(subject) if subject else None
        if isinstance(event, events.ContactCancelled):
            if before is not None:
                reason = label("correction-reason", event.reason_code)
                before.struck, before.edit = True, None
                before.note = _sentences(before.note, f"Annulé {_by(known)} : {reason}.")
            continue
        line = _line(known, title_of)
        if before is not None:
            was = f" : {before.title[:1].lower()}{before.title[1:]} auparavant" if before.title != line.title else ""
            line.note = _sentences(line.note, f"Corrigé {_by(known)}{was}.")
        told[subject or known.number] = line
    shown = [line for line in told.values() if not kind or line.kind == kind]
    return sorted(shown, key=lambda line: (line.on, line.number), reverse=True)


def _replaceable(event: Event) -> object:
    match event:
        case events.ContactLogged(contact_id=id_) | events.ContactCancelled(contact_id=id_):
            return ("contact", id_)
        case events.JobStarted(job_id=id_):
            return ("job", id_)
        case events.ActionAttended(action_id=id_):
            return ("action", id_)
        case _:
            return None


def _line(known: Recorded, title_of: Callable[[str], str]) -> Line:
    event = known.event
    told_by = known.fact.withheld.get(TOLD_BY)
    return Line(
        on=_on(known),
        number=known.number,
        kind=_kind(event),
        icon="x" if known.fact.withheld.get("of_another_person") else _icon(event),
        title=typeset(_title(known.fact)),
        detail=_detail(known.fact),
        note=_sentences(
            str(known.fact.withheld.get("note", "")), f"Repris {wording.of_the(title_of(told_by))}." if told_by else ""
        ),
        turning=isinstance(event, TURNING) or bool(getattr(event, "first_interview", False)),
        edit=event.contact_id if isinstance(event, events.ContactLogged) else None,
    )


def _on(known: Recorded) -> date:
    """A working file is of the day it came; every other fact says its own."""
    if isinstance(known.event, events.ParcoursFileHandedOver):
        return paris_date(known.recorded_at)
    return wording.happened_on(known.event)


def _kind(event: Event) -> Kind:
    if isinstance(event, events.ContactLogged):
        return "contacts"
    if isinstance(event, STEPS):
        return "etapes"
    return "emploi" if isinstance(event, EMPLOYMENT) else "parcours"


def _icon(event: Event) -> str:
    match event:
        case events.ContactLogged():
            return MEDIA.get(event.medium, "ask")
        case events.ContractSigned():
            return "file"
        case events.JobStarted() | events.JobEnded():
            return "briefcase"
        case events.ParcoursOpened() | events.ReferentChanged():
            return "user"
        case events.ActionAttended():
            return "users"
        case events.ParcoursEnded() | events.MaisonReassigned() | events.ParcoursHandedOver():
            return "out"
        case events.ParcoursFileHandedOver():
            return "tray"
        case events.AdmissionRefused() | events.AdmissionDeferred():
            return "x"
        case events.AdmissionValidated() | events.BarriersReviewed():
            return "check"
        case _:
            return "flag"


def _title(fact: Fact) -> str:
    if fact.withheld.get("of_another_person"):
        return "Admission rectifiée : elle est celle d’une autre personne"
    if fact.withheld.get("elsewhere"):
        return "Admission rectifiée, dans une autre Maison"
    event, reason = fact.event, fact.withheld.get("reason_code")
    if isinstance(event, events.ParcoursEnded) and reason:
        return f"{capitalized(label('exit-kind', event.kind))}, {label('exit-reason', reason)}"
    return wording.told(event)


def _detail(fact: Fact) -> str:
    event, withheld = fact.event, fact.withheld
    match event:
        case events.ContactLogged():
            first = "premier entretien" if event.first_interview else ""
            return ", ".join(
                filter(None, (first, count(event.duration_minutes, "min", "min") if event.duration_minutes else ""))
            )
        case events.JobStarted():
            return str(withheld.get("employer", ""))
        case events.StepStarted():
            return str(withheld.get("title", ""))
        case events.StepEnded() | events.ActionAttended():
            return f"{number(event.hours)}{NBSP}h" if event.hours else ""
        case events.ContractSigned():
            return f"jusqu’au {long_date(event.ends_on)}" if event.ends_on else ""
        case events.FollowUpMilestone() | events.FollowUpEnded():
            return label("evidence", event.evidence) if event.evidence else ""
        case events.ParcoursEnded():
            return label("positive-rule", event.positive_rule) if event.positive_rule else ""
        case _:
            return ""


def _by(known: Recorded) -> str:
    by = f" par {known.recorded_by}" if known.recorded_by else ""
    return f"le {long_date(paris_date(known.recorded_at))}{by}"


def _sentences(*parts: str) -> str:
    return typeset(" ".join(filter(None, parts)))
