"""French of the pages: an orientation's status as a tag, its history as lines, its way as stages; fields and options."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from plie_chassis.calendar import long_date, paris_date, short_date
from plie_chassis.typesetting import capitalized, phone, typeset
from plie_chassis.web import Form
from plie_contracts.events import Adhesion
from plie_contracts.vocabulary import VOCABULARIES, label
from plie_orientation.domain import communes
from plie_orientation.domain.adhesion import WAYS
from plie_orientation.domain.communes import NotOneCommune
from plie_orientation.domain.information import left
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
from plie_orientation.tables import InformationRequest, WebhookDelivery
from plie_orientation.web.sections import SECTIONS, Section

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
    "person.sex": "Sexe",
    "person.address": "Adresse",
    "situation.education_level": "Niveau d’études",
    "situation.rsa_recipient": "Bénéficiaire du RSA",
    "situation.first_time_jobseeker": "Primo-demandeur d’emploi",
    "situation.entering_iae": "Sur le point d’entrer en IAE",
    "situation.precarious_jobs": "Emplois précaires successifs",
    "situation.foreign_diploma": "Diplôme étranger",
    "situation.qpv_resident": "Quartier prioritaire (QPV)",
    "situation.disability": "Situation de handicap",
    "barriers": "Freins",
    "motivation": "Ce que la commission doit savoir",
    "adhesion.given": "Adhésion",
    "adhesion.on": "Accord donné le",
    "adhesion.how": "De quelle façon",
    "prescriber.kind": "Vous orientez en qualité de",
    "prescriber.structure": "Structure",
    "prescriber.advisor": "Votre nom, pour la commission",
    "prescriber.advisor_email": "Votre adresse électronique",
    "external_reference": "Votre référence",
}

ANSWER_LABELS = {
    "phone": "Téléphone",
    "email": "Adresse électronique",
    "address": "Adresse",
    "employment": "Situation d’emploi",
    "unemployed_since": "Sans emploi depuis",
    "barriers": "Freins",
    "education_level": "Niveau d’études",
    "adhesion_given": "Adhésion",
    "adhesion_on": "Accord donné le",
    "proof_of_address": "Justificatif de domicile que vous avez vu",
    "text": "Votre réponse à la commission",
    "text_answers": "Votre texte répond à",
}
"""Fields of an answer to the commission."""

VOCABULARY_OF = {
    "person.sex": "sex",
    "situation.employment": "employment",
    "situation.education_level": "education-level",
    "situation.disability": "disability",
    "prescriber.kind": "prescriber-kind",
}
"""Fields that hold a code."""

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


IMPORT_STATES = {
    "mapping": ("Colonnes à vérifier", "soon", "ask"),
    "checking": ("Vérification en cours", "now", "clock"),
    "checked": ("Prêt à envoyer", "soon", "check"),
    "sending": ("Envoi en cours", "now", "clock"),
    "sent": ("Envoyé", "ok", "check"),
    "undoing": ("Annulation en cours", "now", "clock"),
    "undone": ("Annulé", "", "out"),
}
IMPORT_WORK = {
    "checking": "lignes vérifiées",
    "sending": "lignes traitées",
    "undoing": "lignes traitées",
}
LINE_STATES = {
    "new": ("À vérifier", "", "clock"),
    "ready": ("Prête", "ok", "check"),
    "duplicate": ("Doublon possible", "soon", "users"),
    "wrong": ("À corriger", "late", "alert"),
    "received": ("Envoyée", "ok", "check"),
    "known": ("Déjà reçue", "", "info"),
    "withdrawn": ("Retirée", "", "out"),
    "stays": ("Non retirée", "soon", "lock"),
}


class Tag(NamedTuple):
    text: str
    tone: str
    drawing: str


def status(code: str) -> str:
    """« Reçue », « Inscrite en commission »…"""
    return capitalized(label("orientation-status", code))


def tag(code: str) -> Tag:
    return Tag(status(code), *TONES.get(code, ("", "info")))


def options(vocabulary: str) -> list[tuple[str, str]]:
    """Codes and labels, as the options of a field."""
    return [(code, capitalized(term.label)) for code, term in VOCABULARIES[vocabulary].items()]


def with_article(commission: str) -> str:
    """« la CLAS Grenoble »; a title of another kind stands as it is."""
    return f"la {commission}" if commission.startswith("CLAS ") else commission


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
        notes.append(f"Motif : {reason(entry)}.")
    if entry.reorientation:
        notes.append(f"Réorientation proposée : {label('reorientation', entry.reorientation)}.")
    if entry.status == WITHDRAWAL_TOO_LATE:
        notes.append("La décision de la commission vaut.")
    return {
        "on": entry.on,
        "icon": drawing,
        "title": title,
        "note": typeset(" ".join(notes)),
        "turning": entry.status in TURNING,
    }


def asked(codes: Sequence[str]) -> str:
    """« coordonnées, motivation »."""
    return ", ".join(label("information", code) for code in codes)


def question(waiting: Sequence[InformationRequest]) -> dict[str, Any] | None:
    """What the commission still waits for, from all its requests: the codes, and since when."""
    if not waiting:
        return None
    codes = list(dict.fromkeys(code for one in waiting for code in left(one.asked, one.answered)))
    return {
        "codes": codes,
        "text": asked(codes),
        "since": min(one.asked_at for one in waiting),
        "options": [(code, capitalized(label("information", code))) for code in codes],
    }


def timeline(orientation: Orientation, requests: Sequence[InformationRequest] = ()) -> list[dict[str, Any]]:
    """Newest first; of one day, what came last stands first."""
    told = [line(entry) for entry in orientation.history]
    for request in requests:
        told.append(_question(request))
        if request.answered_at is not None:
            note = f"Sur : {asked(request.answered)}."
            told.append(_fact(paris_date(request.answered_at), "mail", "Réponse envoyée à la commission", note))
        elif request.answered and request.last_answer_at is not None:
            note = f"Sur : {asked(request.answered)}. Reste : {asked(left(request.asked, request.answered))}."
            told.append(_fact(paris_date(request.last_answer_at), "mail", "Début de réponse envoyé", note))
    newest = sorted(enumerate(told), key=lambda numbered: (numbered[1]["on"], numbered[0]), reverse=True)
    return [fact for _, fact in newest]


def outcome(orientation: Orientation) -> dict[str, Any] | None:
    """The decision with its reason and what is proposed instead, as a message."""
    decision = orientation.decision
    if decision is None or decision.status != orientation.status:
        return None
    tone, drawing = TONES[decision.status]
    notes = [f"Motif : {reason(decision)}."] if decision.reason_code else []
    if decision.reorientation:
        notes.append(f"Réorientation proposée : {label('reorientation', decision.reorientation)}.")
    if decision.status == DEFERRED:
        notes.append("La commission l’examinera de nouveau : l’orientation n’est pas à refaire.")
    held = f", séance du {long_date(decision.session_on)}" if decision.session_on else ""
    title = f"{TITLES[decision.status][0]}{held}"
    return {"title": title, "text": typeset(" ".join(notes)), "tone": tone, "icon": drawing}


def delivery(told: WebhookDelivery) -> Tag:
    """Where a webhook's message stands."""
    if told.delivered_at is not None:
        return Tag("Reçu", "ok", "check")
    if told.dead_at is not None:
        return Tag("Abandonné", "late", "x")
    return Tag("À renvoyer" if told.attempts else "En attente", "soon" if told.attempts else "now", "clock")


def import_tag(state: str) -> Tag:
    return Tag(*IMPORT_STATES[state])


def line_tag(state: str) -> Tag:
    return Tag(*LINE_STATES[state])


def adhesion(given: Adhesion, how: str | None) -> str:
    """« donnée le 1er mars 2026, de vive voix, en entretien »."""
    if not given.given:
        return "pas encore donnée"
    on = f" le {long_date(given.on)}" if given.on else ""
    return f"donnée{on}{f', {WAYS[how]}' if how and how in WAYS else ''}"


def review(form: Form) -> list[tuple[Section, list[tuple[str, str]]]]:
    """What was typed, part by part, as it reads."""
    return [
        (one, [(LABELS.get(name, name), text) for name in one.fields if (text := answered(form, name))])
        for one in SECTIONS
    ]


def answered(form: Form, name: str) -> str:
    """A field as a person reads it; what cannot be read stays as typed."""
    typed = form.value(name).strip()
    if name == "barriers":
        return ", ".join(label("barrier", code) for code in form.values(name))
    if name in VOCABULARY_OF:
        return label(VOCABULARY_OF[name], typed) if typed else ""
    if name == "person.commune_insee":
        try:
            return communes.shown(communes.insee_of(typed)) if typed else ""
        except NotOneCommune:
            return typed
    if name == "person.phone":
        return phone(typed)
    if name == "adhesion.given":
        return {"true": "oui", "false": "pas encore"}.get(typed, "")
    if name == "adhesion.how":
        return WAYS.get(typed, "")
    if typed == "true":
        return "oui"
    return day(typed)


def day(typed: str) -> str:
    try:
        return long_date(date.fromisoformat(typed))
    except ValueError:
        return typed


def _question(request: InformationRequest) -> dict[str, Any]:
    note = f"Sur : {asked(request.asked)}."
    return _fact(paris_date(request.asked_at), "ask", "La commission demande une information", note)


def _fact(on: date, drawing: str, title: str, note: str) -> dict[str, Any]:
    return {"on": on, "icon": drawing, "title": title, "note": typeset(note), "turning": False}


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
