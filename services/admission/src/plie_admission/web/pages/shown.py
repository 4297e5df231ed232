"""What the pages show of a file, an agenda and a decision: values ready for the templates, no rule of its own."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from plie_admission.domain import interests
from plie_admission.domain.completeness import missing
from plie_admission.domain.criteria import NAMES
from plie_admission.domain.decisions import Draft, Kind, last_decided_in
from plie_admission.domain.files import EXAMINABLE, Status
from plie_admission.domain.follow_ups import Opinion, Subject
from plie_admission.domain.interests import Aside
from plie_admission.domain.sessions import Session
from plie_admission.queries import maisons
from plie_admission.queries.assessment import pre_assessment
from plie_admission.queries.duplicates import Duplicate, possible_duplicates
from plie_admission.queries.sessions import Item
from plie_admission.store import prescriber_names
from plie_admission.tables import AgendaItemRow, DecisionRow, FileRow, OpinionRow
from plie_admission.web import wording
from plie_admission.web.pages.forms import form_of, opinion_form
from plie_chassis.typesetting import NBSP
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Form
from plie_chassis.web.typography import count


def shown_name(row: FileRow) -> str:
    if row.last_name:
        return row.name
    return "Identité transmise" if row.status == Status.TRANSFERRED else "Identité à recevoir"


def file_line(row: FileRow, today: date) -> dict[str, Any]:
    """A file as a line of a list."""
    status = row.state.status_on(today)
    waited = (today - row.received_on).days
    age = row.age_on(today)
    return {
        "id": row.orientation_id,
        "name": shown_name(row),
        "age": f"{age}{NBSP}ans" if age is not None else "âge non reçu",
        "commune": wording.commune(row.commune_insee),
        "prescriber": wording.prescriber(row.prescriber_kind, row.structure),
        "received_on": row.received_on,
        "waits": f"depuis {count(waited, 'jour')}" if status in EXAMINABLE and waited > 0 else "",
        "tag": wording.status(status),
        "defer_until": row.defer_until if status is Status.DEFERRED else None,
        "lacks": len(row.missing),
        "asked_on": row.asked_on,
        "examinable": status in EXAMINABLE,
    }


async def whole_file(row: FileRow, work: UnitOfWork) -> dict[str, Any]:
    """A file with all that the commission looks at."""
    orientation = row.orientation
    assessed = pre_assessment(orientation, work)
    return {
        **file_line(row, work.today),
        "row": row,
        "orientation": orientation,
        "criteria": [{"name": NAMES[name], "criterion": criterion} for name, criterion in assessed],
        "barriers": wording.listed("barrier", orientation.barriers),
        "missing": missing(orientation),
        "duplicates": [
            {
                "id": other.orientation_id,
                "name": other.name,
                "known": wording.duplicate(other),
                "score": other.score,
                "contributions": other.contributions,
                "said": other.said,
            }
            for other in await possible_duplicates(row, work)
        ],
    }


async def decision_fields(
    row: FileRow, drafted: Draft | None, work: UnitOfWork, form: Form | None = None, *, rectifies: bool = False
) -> dict[str, Any]:
    """What the decision form needs: as it opens, or as it was sent."""
    rooms = await maisons.maisons(work)
    alike = await possible_duplicates(row, work)
    recognised = None if rectifies else _recognised(alike)
    form = form or form_of(drafted, row.version, rooms[0].slug if len(rooms) == 1 else None, recognised)
    chosen = Kind(form.value("decision")) if form.value("decision") in list(Kind) else Kind.ADMIT
    assessed = pre_assessment(row.orientation, work)
    return {
        "form": form,
        "chosen": chosen.value,
        "rectifies": rectifies,
        "verb": dict(wording.VERBS)[chosen],
        "verbs": [(kind.value, verb) for kind, verb in wording.VERBS],
        "maisons": [wording.room(maison) for maison in rooms],
        "plus_values": wording.terms("plus-value"),
        "reasons": wording.reasons(chosen),
        "reorientations": wording.terms("reorientation"),
        "same_person_options": wording.same_person_options(alike),
        "not_met": [NAMES[name].lower() for name in assessed.not_met()],
        "earliest": work.today,
    }


def _recognised(alike: Sequence[Duplicate]) -> UUID | None:
    """Who somebody has already said that the person is."""
    said = (other.participant_id for other in alike if other.said and other.said.same)
    return next(filter(None, said), None)


async def opinion_fields(
    item: AgendaItemRow, row: FileRow, work: UnitOfWork, form: Form | None = None
) -> dict[str, Any]:
    """What the opinion's form needs: as it opens, or as it was sent."""
    form = form or opinion_form(item.opinion_draft, row.version)
    chosen = form.value("opinion") or Opinion.FAVOURABLE
    changes = item.follows is Subject.REASSIGNMENT and chosen == Opinion.FAVOURABLE
    rooms = [maison for maison in await maisons.maisons(work) if maison.slug != row.maison] if changes else []
    return {
        "form": form,
        "subject": wording.subject(item.subject or ""),
        "opinions": [(opinion.value, verb) for opinion, verb in wording.OPINION_VERBS],
        "changes": changes,
        "unfavourable": chosen == Opinion.UNFAVOURABLE,
        "maisons": [wording.room(maison) for maison in rooms],
        "reasons": wording.terms("assignment-reason"),
        "earliest": work.today,
        "parcours": {
            "maison": work.declaration.title_of(row.maison) if row.maison else "",
            "referent": wording.referent(row.referent_id) if row.referent_id else "référent à désigner",
            "opened_on": row.opened_on,
            "first_interview_on": row.first_interview_on,
            "number": row.parcours_no,
        },
    }


def standing_aside(item: Item, session: Session, work: UnitOfWork) -> list[Aside]:
    """Who does not decide this item, as it would be recorded now."""
    names = prescriber_names(item.file, work.declaration)
    return interests.standing_aside(session, names, frozenset(item.agenda.declared))


def agenda_line(item: Item, current: Item | None) -> dict[str, Any]:
    return {
        "id": item.file.orientation_id,
        "rank": item.agenda.rank,
        "name": shown_name(item.file),
        "tag": _tag(item),
        "subject": wording.subject(item.agenda.subject) if item.agenda.subject else "",
        "current": item is current,
    }


def _tag(item: Item) -> wording.Tag | None:
    if item.decision:
        return wording.decision(item.decision)
    return wording.opinion(item.opinion) if item.opinion else None


def minutes_line(item: Item, work: UnitOfWork) -> dict[str, Any]:
    """A file in the minutes."""
    published = item.published
    settled = item.published or item.given
    return {
        "id": item.file.orientation_id,
        "rank": item.agenda.rank,
        "name": shown_name(item.file),
        "commune": wording.commune(item.file.commune_insee),
        "published": published,
        "given": item.given,
        "subject": wording.subject(item.agenda.subject) if item.agenda.subject else "",
        "aside": wording.aside([Aside(**one) for one in settled.aside]) if settled else "",
        "left": wording.LEFT.get(item.agenda.left_because or "", ""),
        "rectifiable": published is not None and last_decided_in(item.file.state, item.agenda.session_id),
        **(told(published, work) if published else {}),
        **(told_opinion(item.given, work) if item.given else {}),
    }


def told(decision: DecisionRow, work: UnitOfWork) -> dict[str, Any]:
    """A published decision as its tag and its line."""
    return {"tag": wording.decision(decision.kind), "why": wording.why(decision, decision.kind, work.declaration)}


def told_opinion(opinion: OpinionRow, work: UnitOfWork) -> dict[str, Any]:
    """A given opinion as its tag and its line."""
    stated = opinion.stated
    return {"tag": wording.opinion(stated.opinion), "why": wording.about_opinion(stated, work.declaration)}
