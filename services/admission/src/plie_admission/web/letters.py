"""The French of the minutes and letters: what the documents say, as data for their templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plie_admission.domain.decisions import Kind
from plie_admission.domain.interests import Aside
from plie_admission.domain.orientations import Orientation
from plie_admission.domain.sessions import Quorum
from plie_admission.queries.sessions import Item
from plie_admission.tables import DecisionRow, FileRow, OpinionRow, SessionRow
from plie_admission.web import wording
from plie_chassis.calendar import long_date, weekday_date
from plie_chassis.typesetting import capitalized
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web.typography import count
from plie_contracts.vocabulary import label

GREETINGS = {"F": "Madame,", "M": "Monsieur,"}
NOT_RECEIVED = "identité non reçue"
POLITE = "Nous vous prions d’agréer, {}, l’expression de notre considération distinguée."


@dataclass(frozen=True)
class Letter:
    """One decision, told to one of the two."""

    row: FileRow
    decision: DecisionRow
    session: SessionRow
    to_person: bool


def minutes(session: SessionRow, items: Sequence[Item], quorum: Quorum, work: UnitOfWork) -> dict[str, Any]:
    """The procès-verbal of a closed session: what it decided, and each rectification since."""
    decided = [(item, one) for item in items for one in item.decisions if not one.rectifies]
    given = [(item, one) for item in items for one in item.opinions if not one.rectifies]
    counts = [sum(one.kind is kind for _, one in decided) for kind in Kind]
    return {
        **_heading(f"Procès-verbal de la séance du {long_date(session.held_on)}", work),
        "held": f"Séance tenue le {weekday_date(session.held_on)}, {wording.hour_and_place(session)}.",
        "members": [
            {"name": one.name, "organisation": one.organisation, "presence": "présence" if one.present else "absence"}
            for one in session.state.members
        ],
        "quorum": f"{wording.attendance(session.state.attendance, quorum)}.",
        "decisions": [_decided(rank, item, one, work) for rank, (item, one) in enumerate(decided, start=1)],
        "tally": f"{count(counts[0], 'admission')}, {count(counts[1], 'ajournement')}, {count(counts[2], 'refus', 'refus')}.",
        "opinions": [_opinion(rank, item, one, work) for rank, (item, one) in enumerate(given, start=1)],
        "left": [
            f"{_about(item)} : {wording.LEFT.get(item.agenda.left_because or '', 'non examiné')}."
            for item in items
            if not item.decisions and not item.opinions
        ],
        "rectifications": _rectifications(items, work),
        "closed": f"Séance close le {long_date(session.closed_on)}"
        + (f" par {session.closed_by}." if session.closed_by else ".")
        if session.closed_on
        else "Séance encore ouverte : ce document est un projet.",
    }


def _rectifications(items: Sequence[Item], work: UnitOfWork) -> list[str]:
    """In the order they were published."""
    said: list[tuple[datetime, str]] = []
    for item in items:
        said += [(one.published_at, _rectified(item, one, work)) for one in item.decisions if one.rectifies]
        said += [(one.published_at, _given_again(item, one, work)) for one in item.opinions if one.rectifies]
    return [text for _, text in sorted(said)]


def _rectified(item: Item, decision: DecisionRow, work: UnitOfWork) -> str:
    said = f"décision n° {decision.decision_number}, {_name(item.file)} : {wording.decision(decision.kind).text}"
    return f"{long_date(decision.decided_on)}, {said}. {_why(item, decision, work)}"


def _given_again(item: Item, opinion: OpinionRow, work: UnitOfWork) -> str:
    about = f"avis n° {opinion.opinion_number}, {_name(item.file)}, {wording.subject(opinion.subject)}"
    said = f"{about} : {wording.opinion(opinion.stated.opinion).text}"
    return f"{long_date(opinion.given_on)}, {said}. {_why_given(item, opinion, work)}"


def letters(written: Sequence[Letter], work: UnitOfWork) -> dict[str, Any]:
    return {
        **_heading("Lettres de la commission", work),
        "numbered": False,
        "clas": work.instance.title,
        "letters": [_letter(one, work) for one in written],
    }


def _letter(one: Letter, work: UnitOfWork) -> dict[str, Any]:
    orientation = one.row.orientation
    greeting = GREETINGS.get(orientation.sex or "", "Madame, Monsieur,") if one.to_person else "Madame, Monsieur,"
    paragraphs = _to_person(one, work) if one.to_person else _to_prescriber(one, work)
    return {
        "to": _address_of_person(orientation) if one.to_person else _address_of_prescriber(orientation),
        "day": f"le {long_date(one.decision.decided_on)}",
        "subject": _subject(one),
        "reference": orientation.external_reference or "",
        "greeting": greeting,
        "paragraphs": paragraphs,
        "closing": POLITE.format(greeting.rstrip(",")),
    }


def _subject(one: Letter) -> str:
    if not one.to_person:
        return f"orientation de {_name(one.row)} vers le PLIE"
    return "votre entrée dans le PLIE" if one.decision.kind is Kind.ADMIT else "votre orientation vers le PLIE"


def _to_person(one: Letter, work: UnitOfWork) -> list[str]:
    decision, held = one.decision, long_date(one.session.held_on)
    examined = (
        f"La Commission Locale d’Admission et de Suivi du PLIE a examiné votre dossier le {held}."
        if not decision.rectifies
        else f"La commission a réexaminé la décision prise le {held} sur votre dossier."
    )
    if decision.kind is Kind.ADMIT:
        maison = work.declaration.title_of(decision.maison or "")
        return [
            f"{examined} Elle a le plaisir de vous admettre dans le PLIE.",
            f"Votre Maison : {maison}. Un référent de parcours vous contactera pour un premier entretien, en présence.",
            "Vous y ferez ensemble le point sur votre situation et sur vos projets.",
            "L’accompagnement repose sur votre adhésion : vous pouvez poser toutes vos questions à votre référent.",
        ]
    if decision.kind is Kind.DEFER:
        back = f"Votre dossier reviendra devant la commission à partir du {_day(decision.defer_until)}."
        return [
            f"{examined} Elle n’a pas encore pu prendre de décision. {_reason(decision)}",
            f"{back} Vous n’avez pas de démarche à refaire ; votre prescripteur peut vous dire s’il manque un élément.",
        ]
    advised = (
        f"Elle vous propose une autre orientation : {label('reorientation', decision.reorientation)}."
        if decision.reorientation
        else "Votre prescripteur peut vous aider à trouver un autre accompagnement."
    )
    return [
        f"{examined} Elle n’a pas retenu votre entrée dans le PLIE. {_reason(decision)}",
        f"{advised} Cette décision n’empêche pas une nouvelle orientation si votre situation change.",
    ]


def _to_prescriber(one: Letter, work: UnitOfWork) -> list[str]:
    decision, name = one.decision, _name(one.row)
    opening = f"Vous avez orienté {name} vers le PLIE le {long_date(one.row.received_on)}."
    verdict = f"Réunie le {long_date(one.session.held_on)}, la commission a prononcé {_verdict(decision)}."
    if decision.rectifies:
        verdict = (
            f"La commission rectifie sa décision de la séance du {long_date(one.session.held_on)} : "
            f"elle prononce {_verdict(decision)} (décision n° {decision.decision_number})."
        )
    if decision.kind is Kind.ADMIT:
        maison = work.declaration.title_of(decision.maison or "")
        return [
            opening,
            f"{verdict} Maison désignée : {maison}. Elle accueille la personne et lui propose un premier entretien.",
            "Le premier entretien, une entrée en emploi et la sortie du parcours vous seront annoncés.",
        ]
    if decision.kind is Kind.DEFER:
        back = f"Le dossier revient devant la commission à partir du {_day(decision.defer_until)}."
        return [opening, f"{verdict} {_reason(decision)}", back]
    advised = (
        [f"Réorientation proposée : {label('reorientation', decision.reorientation)}."]
        if decision.reorientation
        else []
    )
    return [opening, f"{verdict} {_reason(decision)}", *advised]


def _decided(rank: int, item: Item, decision: DecisionRow, work: UnitOfWork) -> dict[str, str]:
    return {
        "rank": str(rank),
        "name": _name(item.file),
        "about": wording.prescriber(item.file.prescriber_kind, item.file.structure),
        "decision": wording.decision(decision.kind).text,
        "why": f"{_why(item, decision, work)}{_without(decision.aside)}",
    }


def _opinion(rank: int, item: Item, given: OpinionRow, work: UnitOfWork) -> dict[str, str]:
    return {
        "rank": str(rank),
        "name": _name(item.file),
        "about": capitalized(wording.subject(given.subject)),
        "decision": wording.opinion(given.stated.opinion).text,
        "why": f"{_why_given(item, given, work)}{_without(given.aside)}".strip(),
    }


def _without(aside: Sequence[dict[str, Any]]) -> str:
    return f" {wording.aside([Aside(**one) for one in aside])}." if aside else ""


def _why(item: Item, decision: DecisionRow, work: UnitOfWork) -> str:
    ended = wording.decision_undone(decision, item.decisions)
    return " ".join(filter(None, (wording.why_published(decision, work.declaration), ended)))


def _why_given(item: Item, opinion: OpinionRow, work: UnitOfWork) -> str:
    ended = wording.opinion_undone(opinion, item.opinions, item.taking_back)
    return " ".join(filter(None, (wording.about_opinion(opinion.stated, work.declaration), ended)))


def _reason(decision: DecisionRow) -> str:
    return f"Motif : {label('decision-reason', decision.reason_code)}."


def _verdict(decision: DecisionRow) -> str:
    return {Kind.ADMIT: "son admission", Kind.DEFER: "un ajournement", Kind.REFUSE: "un refus"}[decision.kind]


def _day(day: date | None) -> str:
    return long_date(day) if day else "une prochaine séance"


def _about(item: Item) -> str:
    """Whose place on the agenda, and for a point of follow-up, what it was about."""
    subject = [wording.subject(item.agenda.subject)] if item.agenda.subject else []
    return ", ".join([_name(item.file), *subject])


def _name(row: FileRow) -> str:
    return row.name if row.last_name else NOT_RECEIVED


def _address_of_person(orientation: Orientation) -> list[str]:
    if orientation.identity is None:
        return [NOT_RECEIVED]
    address = (orientation.identity.address or "").splitlines()
    return [orientation.identity.full_name, *address, wording.commune(orientation.commune_insee)]


def _address_of_prescriber(orientation: Orientation) -> list[str]:
    structure = wording.prescriber(orientation.prescriber_kind, orientation.structure)
    return [structure, *([f"À l’attention de {orientation.advisor}"] if orientation.advisor else [])]


def _heading(title: str, work: UnitOfWork) -> dict[str, str]:
    return {
        "title": title,
        "organisation": work.declaration.title_of(work.instance.organisation),
        "footer": f"PLIE, {work.instance.title}. Document confidentiel.",
    }
