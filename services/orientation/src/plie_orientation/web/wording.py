"""French of the pages: an orientation's status as a tag, its history as lines, its way as stages; fields and options."""

from typing import Any, NamedTuple

from plie_chassis.calendar import NBSP, long_date, short_date
from plie_contracts.vocabulary import VOCABULARIES, label
from plie_orientation.domain.orientations import (
    ADMITTED,
    DEFERRED,
    IN_COMMISSION,
    RECEIVED,
    REFUSED,
    STATUSES,
    WITHDRAWAL_TOO_LATE,
    WITHDRAWN,
    Entry,
    Orientation,
)

LABELS = {
    "person.last_name": "Nom",
    "person.first_name": "Prénom",
    "person.birth_date": "Date de naissance",
    "person.commune_insee": "Commune de résidence",
    "person.phone": "Téléphone",
    "person.email": "Adresse électronique",
    "continuity.clas": "Commission qui poursuit l’accompagnement",
    "continuity.reason": "Motif de la continuité",
    "situation.employment": "Situation d’emploi",
    "situation.unemployed_since": "Sans emploi depuis",
    "adhesion.on": "Accord donné le",
    "prescriber.kind": "Vous orientez en qualité de",
    "prescriber.structure": "Structure",
    "prescriber.advisor_email": "Votre adresse électronique",
    "external_reference": "Votre référence",
}

TONES = {
    RECEIVED: ("now", "clock"),
    IN_COMMISSION: ("now", "calendar"),
    ADMITTED: ("ok", "check"),
    DEFERRED: ("soon", "pause"),
    REFUSED: ("late", "x"),
    WITHDRAWN: ("", "out"),
}
"""Tone and icon of a status's tag."""

TITLES = {
    RECEIVED: ("Orientation reçue", "file"),
    IN_COMMISSION: ("Inscrite à l’ordre du jour de la commission", "calendar"),
    ADMITTED: ("Admise par la commission", "check"),
    DEFERRED: ("Ajournée par la commission", "pause"),
    REFUSED: ("Refusée par la commission", "x"),
    WITHDRAWN: ("Retirée par le prescripteur", "out"),
    WITHDRAWAL_TOO_LATE: ("Retrait arrivé après la décision", "info"),
    "first-interview-held": ("Premier entretien avec le référent", "user"),
    "job-started": ("Emploi commencé", "briefcase"),
    "exited": ("Sortie du parcours", "flag"),
}
TURNING = frozenset({ADMITTED, DEFERRED, REFUSED, "job-started"})


class Tag(NamedTuple):
    text: str
    tone: str
    drawing: str


def status(code: str) -> str:
    """« Reçue », « Inscrite en commission »…"""
    return capital(label("orientation-status", code))


def tag(code: str) -> Tag:
    return Tag(status(code), *TONES.get(code, ("", "info")))


def options(vocabulary: str) -> list[tuple[str, str]]:
    """Codes and labels, as the options of a field."""
    return [(code, capital(term.label)) for code, term in VOCABULARIES[vocabulary].items()]


def capital(text: str) -> str:
    """Its first letter only: « CAP, BEP » stays as it is."""
    return text[:1].upper() + text[1:]


def status_options() -> list[tuple[str, str]]:
    return [(code, status(code)) for code in STATUSES]


def reason(entry: Entry) -> str:
    """The reason's label, whoever gave it; nothing where there is none."""
    if entry.reason_code is None:
        return ""
    return label("withdrawal-reason" if entry.status == WITHDRAWN else "decision-reason", entry.reason_code)


def line(entry: Entry) -> dict[str, Any]:
    """A fact of the timeline."""
    title, drawing = TITLES.get(entry.status, (status(entry.status), "info"))
    notes = []
    if entry.session_on:
        notes.append(f"Séance du {long_date(entry.session_on)}.")
    if entry.reason_code:
        notes.append(f"Motif{NBSP}: {reason(entry)}.")
    if entry.reorientation:
        notes.append(f"Réorientation proposée{NBSP}: {label('reorientation', entry.reorientation)}.")
    if entry.status == WITHDRAWAL_TOO_LATE:
        notes.append("La décision de la commission vaut.")
    return {
        "on": entry.on,
        "icon": drawing,
        "title": title,
        "note": " ".join(notes),
        "turning": entry.status in TURNING,
    }


def timeline(orientation: Orientation) -> list[dict[str, Any]]:
    """Newest first; of one day, what came last stands first."""
    newest = sorted(enumerate(orientation.history), key=lambda told: (told[1].on, told[0]), reverse=True)
    return [line(entry) for _, entry in newest]


def stages(orientation: Orientation) -> list[dict[str, str]]:
    """Orientation, commission, decision, first interview, job: what is done, where it stands, what is ahead."""
    first = {entry.status: entry for entry in reversed(orientation.history)}
    decision = orientation.decision
    withdrawn = orientation.status == WITHDRAWN
    steps = [
        ("Orientation", first.get(RECEIVED)),
        ("Commission", first.get(IN_COMMISSION) or decision),
        ("Décision", decision),
        ("Premier entretien", first.get("first-interview-held")),
        ("Emploi", first.get("job-started")),
    ]
    if withdrawn:
        steps = [*steps[:1], ("Retrait", first.get(WITHDRAWN))]
    elif decision and decision.status != ADMITTED:
        steps = steps[:3]
    reached = max(number for number, (_, entry) in enumerate(steps) if entry is not None)
    return [
        {
            "title": title,
            "note": _note(title, entry),
            "state": "done" if number <= reached else "current" if number == reached + 1 else "ahead",
        }
        for number, (title, entry) in enumerate(steps)
    ]


def _note(title: str, entry: Entry | None) -> str:
    if entry is None:
        return ""
    told = f"{label('orientation-status', entry.status)}, " if title == "Décision" else ""
    return f"{told}{short_date(entry.session_on or entry.on if title == 'Commission' else entry.on)}"
