"""What happened to a file, newest first: what came, what was asked, said, transferred, and lived since."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from plie_admission.queries import duplicates, files
from plie_admission.tables import FileRow, InformationRequestRow, RecognitionRow, TransferRow
from plie_admission.web import wording
from plie_chassis.calendar import long_date, paris_date
from plie_chassis.typesetting import capitalized
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.vocabulary import label

Fact = dict[str, Any]


async def history_of(row: FileRow, requests: Sequence[InformationRequestRow], work: UnitOfWork) -> list[Fact]:
    """Decisions and opinions stand apart, with their sessions."""
    facts = [
        _fact(row.received_on, "tray", "Orientation reçue", wording.prescriber(row.prescriber_kind, row.structure))
    ]
    facts += [fact for one in reversed(requests) for fact in _asked(one)]
    facts += [_recognised(*one) for one in reversed(await duplicates.recognitions_of(row.orientation_id, work))]
    facts += [_transferred(one, work) for one in reversed(await files.transfers_of(row.orientation_id, work))]
    lived = (
        (row.withdrawn_on, "out", "Orientation retirée par le prescripteur"),
        (row.opened_on, "flag", "Parcours ouvert"),
        (row.first_interview_on, "users", "Premier entretien tenu"),
        (row.moved_on, "right", "Dossier remis à la nouvelle Maison"),
        (row.ended_on, "out", "Sortie du parcours"),
    )
    facts += [_fact(on, icon, title) for on, icon, title in lived if on]
    return sorted(facts, key=lambda fact: fact["on"])[::-1]


def _asked(one: InformationRequestRow) -> list[Fact]:
    asked = capitalized(wording.listed("information", one.asked))
    by = f"par {one.asked_by}" if one.asked_by else ""
    facts = [_fact(paris_date(one.asked_at), "ask", "Demande au prescripteur", by, f"{asked}.")]
    if one.last_answer_at:
        title = "Réponse du prescripteur" if one.answered_at else "Réponse partielle du prescripteur"
        note = f"{capitalized(wording.listed('information', one.answered))}."
        facts.append(_fact(paris_date(one.last_answer_at), "check", title, note=note))
    return facts


def _transferred(one: TransferRow, work: UnitOfWork) -> Fact:
    ours = one.source == work.instance.organisation
    other = work.declaration.instance(f"{one.target if ours else one.source}.admission").title
    title = f"Transféré à la {other}" if ours else f"Transféré par la {other}"
    by = f"par {one.stated_by}" if one.stated_by else ""
    return _fact(one.transferred_on, "right", title, by, f"{capitalized(label('transfer-reason', one.reason_code))}.")


def _recognised(one: RecognitionRow, other: str) -> Fact:
    title = f"{'Même personne que' if one.same else 'Une autre personne que'} {other}"
    note = "Fiches réunies, les Maisons en sont informées." if one.merged else ""
    if one.undone_on:
        note = f"{note} Annulé le {long_date(one.undone_on)}{f' par {one.undone_by}' if one.undone_by else ''}.".strip()
    by = f"dit par {one.stated_by}" if one.stated_by else ""
    return {**_fact(one.stated_on, "users", title, by, note), "struck": one.undone_on is not None}


def _fact(on: date, icon: str, title: str, detail: str = "", note: str = "") -> Fact:
    return {"on": on, "icon": icon, "title": title, "detail": detail, "note": note, "struck": False, "turning": False}
