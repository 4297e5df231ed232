"""What the pages show of a file, an agenda and a decision: values ready for the templates, no rule of its own."""

from datetime import date
from typing import Any

from plie_admission.domain.completeness import missing
from plie_admission.domain.criteria import NAMES
from plie_admission.domain.decisions import Draft, Kind, last_decided_in
from plie_admission.domain.files import EXAMINABLE, Status
from plie_admission.queries import files, maisons
from plie_admission.queries.assessment import pre_assessment
from plie_admission.queries.sessions import Item
from plie_admission.tables import DecisionRow, FileRow
from plie_admission.web import wording
from plie_admission.web.pages.forms import form_of
from plie_chassis.calendar import NBSP
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Form
from plie_chassis.web.typography import count


def shown_name(row: FileRow) -> str:
    return row.name if row.last_name else "Identité à recevoir"


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
            {"id": other.orientation_id, "name": other.name, "known": wording.duplicate(other)}
            for other in await files.possible_duplicates(row, work)
        ],
    }


async def decision_fields(
    row: FileRow, drafted: Draft | None, work: UnitOfWork, form: Form | None = None, *, rectifies: bool = False
) -> dict[str, Any]:
    """What the decision form needs: as it opens, or as it was sent."""
    rooms = await maisons.maisons(work)
    form = form or form_of(drafted, row.version, rooms[0].slug if len(rooms) == 1 else None)
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
        "same_person_options": wording.same_person_options(await files.possible_duplicates(row, work)),
        "not_met": [NAMES[name].lower() for name in assessed.not_met()],
        "earliest": work.today,
    }


def agenda_line(item: Item, current: Item | None) -> dict[str, Any]:
    return {
        "id": item.file.orientation_id,
        "rank": item.agenda.rank,
        "name": shown_name(item.file),
        "tag": wording.decision(item.decision) if item.decision else None,
        "current": item is current,
    }


def minutes_line(item: Item, work: UnitOfWork) -> dict[str, Any]:
    """A file in the minutes."""
    published = item.published
    return {
        "id": item.file.orientation_id,
        "rank": item.agenda.rank,
        "name": shown_name(item.file),
        "commune": wording.commune(item.file.commune_insee),
        "published": published,
        "left": wording.LEFT.get(item.agenda.left_because or "", ""),
        "rectifiable": published is not None and last_decided_in(item.file.state, item.agenda.session_id),
        **(told(published, work) if published else {}),
    }


def told(decision: DecisionRow, work: UnitOfWork) -> dict[str, Any]:
    """A published decision as its tag and its line."""
    return {"tag": wording.decision(decision.kind), "why": wording.why(decision, decision.kind, work.declaration)}
