"""How files, sessions and decisions are told on the pages: a state as a tag, a decision as a line of the minutes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from plie_admission.domain.criteria import Result
from plie_admission.domain.decisions import ONLY_TO_DEFER, Kind
from plie_admission.domain.files import LABELS, Status
from plie_admission.domain.follow_ups import Opinion, OpinionDraft, Subject
from plie_admission.domain.interests import DECLARED, OF_THE_PRESCRIBER, Aside
from plie_admission.domain.sessions import Attendance, Quorum
from plie_admission.queries.duplicates import Duplicate
from plie_admission.queries.maisons import Maison
from plie_admission.queries.sessions import Tally
from plie_admission.tables import DecisionRow, FileRow, InformationRequestRow, OpinionRow, SessionRow, StatedDecision
from plie_chassis.calendar import PARIS, clock_time, long_date, paris_date
from plie_chassis.typesetting import capitalized, typeset
from plie_chassis.web import charts
from plie_chassis.web.typography import count, number
from plie_contracts.declaration import Declaration
from plie_contracts.territory import COMMUNES
from plie_contracts.vocabulary import VOCABULARIES, label

TONES = {
    Status.PENDING: ("now", "tray"),
    Status.IN_COMMISSION: ("now", "calendar"),
    Status.DEFERRED: ("soon", "pause"),
    Status.ADMITTED: ("ok", "check"),
    Status.REFUSED: ("late", "x"),
    Status.WITHDRAWN: ("", "out"),
    Status.REDIRECTED: ("", "right"),
    Status.TRANSFERRED: ("", "right"),
}
DECISIONS = {
    Kind.ADMIT: ("admission", "ok", "check"),
    Kind.DEFER: ("ajournement", "soon", "pause"),
    Kind.REFUSE: ("refus", "late", "x"),
}
VERBS = [(Kind.ADMIT, "Admettre"), (Kind.DEFER, "Ajourner"), (Kind.REFUSE, "Refuser")]
OPINIONS = {
    Opinion.FAVOURABLE: ("avis favorable", "ok", "check"),
    Opinion.UNFAVOURABLE: ("avis défavorable", "late", "x"),
    Opinion.DEFERRED: ("avis ajourné", "soon", "pause"),
}
OPINION_VERBS = [
    (Opinion.FAVOURABLE, "Favorable"),
    (Opinion.UNFAVOURABLE, "Défavorable"),
    (Opinion.DEFERRED, "Ajourner"),
]
ASIDE = {OF_THE_PRESCRIBER: "organisation du prescripteur", DECLARED: "l’a déclaré"}
SHORT_CODE = 8
NOBODY_KNOWN = "Non, une autre personne"
LEFT = {
    "not-examined": "non examiné",
    "withdrawn": "orientation retirée",
    "redirected": "réadressée à une autre commission",
    "transferred": "transférée à une autre commission",
    "removed": "retirée de l’ordre du jour",
}


@dataclass(frozen=True)
class Tag:
    text: str
    tone: str
    drawing: str


def status(code: Status) -> Tag:
    return Tag(LABELS[code], *TONES[code])


def decision(kind: Kind) -> Tag:
    text, tone, drawing = DECISIONS[kind]
    return Tag(text, tone, drawing)


def opinion(stated: Opinion) -> Tag:
    text, tone, drawing = OPINIONS[stated]
    return Tag(text, tone, drawing)


def subject(code: str) -> str:
    return label("opinion-subject", code)


def subjects(maisons: int) -> list[tuple[str, str]]:
    """A commission with one Maison has none to change to."""
    return terms("opinion-subject", *(() if maisons > 1 else (Subject.REASSIGNMENT,)))


def about_opinion(stated: OpinionDraft, declaration: Declaration) -> str:
    """The line under an opinion in the minutes."""
    sentences = (
        f"{declaration.title_of(stated.maison)} à compter du {long_date(stated.effective_on)} : "
        f"{label('assignment-reason', stated.reason_code)}."
        if stated.maison and stated.effective_on
        else None,
        stated.note,
    )
    return _sentences(*sentences)


def rectified(decision: DecisionRow | None, opinion: OpinionRow | None) -> str:
    """« Décision n° 2, rectification du 12 mars 2026. », empty for what was said once."""
    if decision is not None and decision.rectifies:
        return typeset(f"Décision n° {decision.decision_number}, rectification du {long_date(decision.decided_on)}.")
    if opinion is not None and opinion.rectifies:
        return typeset(f"Avis n° {opinion.opinion_number}, rectification du {long_date(opinion.given_on)}.")
    return ""


def decision_undone(decision: DecisionRow, among: Iterable[DecisionRow]) -> str:
    """« Remplacée par la décision n° 2 du 12 mars 2026. », empty for one that was not rectified."""
    number = decision.decision_number + 1
    again = next((one for one in among if one.rectifies and one.decision_number == number), None)
    return typeset(f"Remplacée par la décision n° {number} du {long_date(again.decided_on)}.") if again else ""


def opinion_undone(opinion: OpinionRow, among: Iterable[OpinionRow], decisions: Iterable[DecisionRow]) -> str:
    """« Changement rapporté par la décision n° 2 du 12 mars 2026. », or replaced by another opinion; empty where it stands."""
    number = opinion.opinion_number + 1
    again = next((one for one in among if one.rectifies and one.opinion_number == number), None)
    if again is not None:
        return typeset(f"Remplacé par l’avis n° {number} du {long_date(again.given_on)}.")
    because = taken_back_by(opinion, decisions)
    if because is None:
        return ""
    return typeset(
        f"Changement rapporté par la décision n° {because.decision_number} du {long_date(because.decided_on)}."
    )


def taken_back_by(opinion: OpinionRow, decisions: Iterable[DecisionRow]) -> DecisionRow | None:
    return next((one for one in decisions if one.takes_back == opinion.opinion_number), None)


def undone(tag: Tag, why: str, how: str, ended: str) -> tuple[Tag, str]:
    """What no longer stands is not shown as if it did: « remplacé », in no colour, « Avis favorable. […] Remplacé […] »."""
    return Tag(how, "", "out"), " ".join(filter(None, (f"{capitalized(tag.text)}.", why, ended)))


def why_published(decision: DecisionRow, declaration: Declaration) -> str:
    """The line under a decision that was published: also what it undid."""
    return _sentences(
        why(
            decision,
            decision.kind,
            declaration,
            returns=(decision.parcours_no or 1) > 1,
            overrides=any(criterion["result"] == Result.NOT_MET for criterion in decision.criteria.values()),
        ),
        f"Le changement de Maison de l’avis n° {decision.takes_back} est rapporté." if decision.takes_back else None,
    )


def next_maison(row: FileRow, declaration: Declaration, today: date) -> str:
    """The Maison that a decided change leads to, until it has taken over; empty without a change."""
    if row.moves_to is None or row.moves_on is None:
        return ""
    taken = declaration.title_of(row.moves_to)
    if row.moves_on > today:
        return f"{taken}, à compter du {long_date(row.moves_on)}"
    return f"{taken}, depuis le {long_date(row.moves_on)} ; le dossier n’est pas encore remis"


def hour_and_place(session: SessionRow) -> str:
    """« 14 h 00, Voiron »."""
    return f"{_hour(session.held_on, session.starts_at)}, {session.place}" if session.starts_at else session.place


def session_options(numbered: Sequence[tuple[SessionRow, int]]) -> list[tuple[str, str]]:
    """« 12 mars 2026, 14 h 00, Voiron »; sessions that would read alike say which of their day they are."""
    alike = Counter((row.held_on, hour_and_place(row)) for row, _ in numbered)

    def told(row: SessionRow, number: int) -> str:
        where = hour_and_place(row)
        rank = f"{_ordinal(number)} séance, " if alike[row.held_on, where] > 1 else ""
        return f"{long_date(row.held_on)}, {rank}{where}"

    return [(str(row.session_id), told(row, number)) for row, number in numbered]


def _ordinal(number: int) -> str:
    return "1re" if number == 1 else f"{number}e"


def to_publish(tally: Tally, prescribers: int) -> str:
    """« 4 décisions seront publiées, 1 avis sera transmis à la Maison et 3 organisations seront prévenues »."""
    counts = (
        (tally.decided - tally.opinions, "décision sera publiée", "décisions seront publiées"),
        (tally.opinions, "avis sera transmis à la Maison", "avis seront transmis aux Maisons"),
        (prescribers, "organisation sera prévenue", "organisations seront prévenues"),
    )
    parts = [count(number, one, many) for number, one, many in counts if number]
    return " et ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def request(asked: InformationRequestRow) -> dict[str, str]:
    """What was asked of the prescriber, what has come, and what has not."""
    return {
        "title": f"Demandé le {long_date(paris_date(asked.asked_at))}"
        + (f" par {asked.asked_by}" if asked.asked_by else ""),
        "received": listed("information", [code for code in asked.asked if code in asked.answered]),
        "awaited": listed("information", asked.unanswered),
    }


def former_plan(former: Mapping[str, Any]) -> str:
    """« Changée le 3 mars 2026 par Nadia Ferrand : elle était prévue le 12 mars 2026 à 14 h 00, Voiron. »"""
    by = f" par {former['changed_by']}" if former["changed_by"] else ""
    held_on = date.fromisoformat(former["held_on"])
    at = f" à {_hour(held_on, time.fromisoformat(former['starts_at']))}" if former["starts_at"] else ""
    changed_on = long_date(date.fromisoformat(former["changed_on"]))
    return typeset(f"Changée le {changed_on}{by} : elle était prévue le {long_date(held_on)}{at}, {former['place']}.")


def _hour(day: date, starts_at: time) -> str:
    return clock_time(datetime.combine(day, starts_at, PARIS))


def aside(members: Sequence[Aside]) -> str:
    """« Déports : Hélène Brun (organisation du prescripteur), Paul Roux (l’a déclaré) », empty without any."""
    named = ", ".join(f"{one.name} ({ASIDE[one.why]})" for one in members)
    return typeset(f"{'Déport' if len(members) == 1 else 'Déports'} : {named}") if members else ""


def status_options() -> list[tuple[str, str]]:
    return [(code.value, capitalized(LABELS[code])) for code in Status]


def commune(insee: str | None) -> str:
    if insee is None:
        return "commune non reçue"
    return COMMUNES[insee].name if insee in COMMUNES else f"commune {insee}"


def prescriber(kind: str | None, structure: str | None) -> str:
    return structure or (label("prescriber-kind", kind) if kind else "prescripteur non reçu")


def terms(vocabulary: str, *without: str) -> list[tuple[str, str]]:
    """Options of a select, in the order of the vocabulary."""
    return [(code, capitalized(term.label)) for code, term in VOCABULARIES[vocabulary].items() if code not in without]


def reasons(kind: Kind) -> list[tuple[str, str]]:
    """An incomplete file is deferred, never refused."""
    return terms("decision-reason", *(ONLY_TO_DEFER if kind is Kind.REFUSE else ()))


def listed(vocabulary: str, codes: Sequence[str]) -> str:
    return ", ".join(label(vocabulary, code) for code in codes)


def attendance(there: Attendance, quorum: Quorum) -> str:
    """« 6 membres présents sur 9, de 4 organisations, quorum atteint »."""
    present = f"{count(there.present, 'membre présent', 'membres présents')} sur {there.expected}"
    organisations = f"de {count(there.organisations, 'organisation')}"
    if there.reaches(quorum):
        return f"{present}, {organisations}, quorum atteint"
    needed = f"il faut {quorum.members} membres de {count(quorum.organisations, 'organisation')}"
    return f"{present}, {organisations}, quorum non atteint ({needed})"


def room(maison: Maison) -> dict[str, Any]:
    """An option of the Maison's choice: « 14 places sur 245 », or how many too many."""
    capacity = maison.capacity
    free = (
        f"{count(capacity.free, 'place')} sur {capacity.places}"
        if capacity.free >= 0
        else f"{-capacity.free} de trop sur {capacity.places}"
    )
    return {
        "value": maison.slug,
        "text": maison.title,
        "fact": free,
        "late": capacity.free < 0,
        "meter": charts.meter(capacity.active, capacity.places),
        "referents": [
            {
                "name": referent(one.referent_id),
                "load": f"{number(one.capacity.active)} sur {one.capacity.places}",
                "late": one.capacity.free < 0,
            }
            for one in maison.referents
        ],
        "welcome": count(maison.welcome, "personne attend son référent", "personnes attendent leur référent")
        if maison.welcome
        else "",
    }


def referent(referent_id: str) -> str:
    """The Maison's facts give no name: « référent 03 », of a longer code its beginning."""
    number = referent_id.removeprefix("referent-")
    return f"référent {number if len(number) <= SHORT_CODE else number[:SHORT_CODE]}"


def why(stated: StatedDecision, kind: Kind, declaration: Declaration, *, returns: bool, overrides: bool = True) -> str:
    """The line under a decision; `returns`: of a person who was accompanied before, `overrides`: against a criterion."""
    if kind is Kind.ADMIT:
        return _sentences(
            f"{declaration.title_of(stated.maison)}." if stated.maison else None,
            f"Plus-value : {label('plus-value', stated.plus_value_code)}.",
            f"{'Dérogation' if overrides else 'Précision'} : {stated.override_reason.rstrip('.')}."
            if stated.override_reason
            else None,
            "Retour d’une personne déjà accompagnée." if returns else None,
            f"Motif de la rectification : {label('decision-reason', stated.reason_code)}."
            if stated.reason_code
            else None,
        )
    return _sentences(
        f"{capitalized(label('decision-reason', stated.reason_code))}.",
        f"Revient le {long_date(stated.defer_until)}." if stated.defer_until else None,
        f"Réorientation proposée : {label('reorientation', stated.reorientation)}." if stated.reorientation else None,
    )


def duplicate(other: Duplicate) -> str:
    """What is known of somebody who looks alike."""
    known = f"dossier reçu le {long_date(other.received_on)}, {LABELS[other.status]}"
    if other.parcours_no is None:
        return known
    return f"{known}, parcours n° {other.parcours_no} {_since(other.ended_on)}"


def _since(ended_on: date | None) -> str:
    return f"terminé le {long_date(ended_on)}" if ended_on else "en cours"


def same_person_options(duplicates: Sequence[Duplicate]) -> list[tuple[str, str]]:
    """One option a person this commission has admitted."""
    possible = [other for other in duplicates if other.participant_id and (other.said is None or other.said.same)]
    persons = {other.participant_id: other for other in reversed(possible)}
    return [(str(person), typeset(f"Oui : {other.name}, {duplicate(other)}")) for person, other in persons.items()]


def person_again_options(
    orientation_id: UUID, person: UUID | None, known: Sequence[tuple[str, str]], published: Sequence[DecisionRow]
) -> list[tuple[str, str]]:
    """Of a file that was admitted: who the `person` is now, then somebody of its own and all who were or may be meant."""
    named = {
        str(one.participant_id): typeset(f"Oui : la personne de la décision n° {one.decision_number}")
        for one in published
        if one.parcours_no and one.parcours_no > 1
    }
    persons = {str(orientation_id): NOBODY_KNOWN, **named, **dict(known)}
    now = str(person) if str(person) in persons else str(orientation_id)
    return [(now, persons.pop(now)), *persons.items()] if len(persons) > 1 else []


def _sentences(*said: str | None) -> str:
    return typeset(" ".join(filter(None, said)))
