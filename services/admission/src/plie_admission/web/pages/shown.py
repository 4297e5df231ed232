"""What the pages show of a file, an agenda and a decision: values ready for the templates, no rule of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from plie_admission import store
from plie_admission.domain import interests
from plie_admission.domain.completeness import missing
from plie_admission.domain.criteria import NAMES, PreAssessment, pre_assessment
from plie_admission.domain.decisions import Draft, Kind, last_decided_in
from plie_admission.domain.files import EXAMINABLE, Status
from plie_admission.domain.follow_ups import Opinion, OpinionDraft, Subject, may_be_rectified
from plie_admission.domain.interests import Aside
from plie_admission.domain.sessions import Quorum, Session
from plie_admission.queries import files, maisons
from plie_admission.queries.duplicates import Duplicate, possible_duplicates
from plie_admission.queries.sessions import Item, Tally
from plie_admission.store import prescriber_names
from plie_admission.tables import DecisionRow, FileRow, OpinionRow, SessionRow
from plie_admission.web import wording
from plie_admission.web.access import writes
from plie_admission.web.pages.forms import form_of, opinion_form
from plie_chassis.calendar import long_date
from plie_chassis.problems import Problem
from plie_chassis.typesetting import phone, typeset
from plie_chassis.unit_of_work import Actor, UnitOfWork
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
        "age": count(age, "an") if age is not None else "âge non reçu",
        "commune": wording.commune(row.commune_insee),
        "prescriber": wording.prescriber(row.prescriber_kind, row.structure),
        "received_on": row.received_on,
        "waits": f"depuis {count(waited, 'jour')}" if status in EXAMINABLE and waited > 0 else "",
        "tag": wording.status(status),
        "defer_until": row.defer_until if status is Status.DEFERRED else None,
        "lacks": len(row.missing),
        "asked_on": row.asked_on,
        "alike": row.open_questions,
        "examinable": status in EXAMINABLE,
        "undecided": status in EXAMINABLE or status is Status.IN_COMMISSION,
    }


@dataclass(frozen=True)
class Examined:
    """A file with what the commission weighs about it, read once a page."""

    row: FileRow
    assessed: PreAssessment
    alike: Sequence[Duplicate]


async def examined(row: FileRow, work: UnitOfWork) -> Examined:
    assessed = pre_assessment(row.orientation, work.instance.organisation, work.declaration, work.today)
    return Examined(row, assessed, await possible_duplicates(row, work))


def whole_file(file: Examined, today: date) -> dict[str, Any]:
    """A file with all that the commission looks at."""
    orientation = file.row.orientation
    return {
        **file_line(file.row, today),
        "row": file.row,
        "orientation": orientation,
        "motivation": typeset(orientation.motivation or ""),
        "phone": phone(orientation.identity.phone) if orientation.identity and orientation.identity.phone else "",
        "criteria": [
            {
                "name": NAMES[name],
                "result": criterion.result,
                "evidence": typeset(criterion.evidence),
                "source": typeset(criterion.source),
            }
            for name, criterion in file.assessed
        ],
        "barriers": wording.listed("barrier", orientation.barriers),
        "missing": [lack.label for lack in missing(orientation)],
        "duplicates": [
            {
                "id": other.orientation_id,
                "name": other.name,
                "known": wording.duplicate(other),
                "score": other.score,
                "contributions": other.contributions,
                "said": other.said,
            }
            for other in file.alike
        ],
    }


async def decision_fields(
    file: Examined, drafted: Draft | None, work: UnitOfWork, form: Form | None = None, *, rectifies: bool = False
) -> dict[str, Any]:
    """What the decision form needs: as it opens, or as it was sent."""
    rooms = await maisons.maisons(work)
    persons, recognised = wording.same_person_options(file.alike), _recognised(file.alike)
    again = rectifies and file.row.parcours_no is not None
    if again:
        published = [decision for decision, _ in await files.decisions_of(file.row.orientation_id, work)]
        now = file.row.participant_id and await store.kept_participant(file.row.participant_id, work)
        kept = [(str(await store.kept_participant(UUID(person), work)), text) for person, text in persons]
        persons, recognised = wording.person_again_options(file.row.orientation_id, now, kept, published), None
    only = rooms[0].slug if len(rooms) == 1 else file.row.brought_to(work.today)
    form = form or form_of(drafted, file.row.version, only, recognised)
    chosen = Kind(form.value("decision")) if form.value("decision") in list(Kind) else Kind.ADMIT
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
        "same_person_options": persons,
        "nobody_known": None if again else wording.NOBODY_KNOWN,
        "not_met": [NAMES[name].lower() for name in file.assessed.not_met()],
        "earliest": work.today,
    }


def _recognised(alike: Sequence[Duplicate]) -> UUID | None:
    """Who somebody has already said that the person is."""
    said = (other.participant_id for other in alike if other.said and other.said.same)
    return next(filter(None, said), None)


async def opinion_fields(
    subject: Subject,
    drafted: OpinionDraft | None,
    row: FileRow,
    work: UnitOfWork,
    form: Form | None = None,
    *,
    rectifies: bool = False,
) -> dict[str, Any]:
    """What the opinion's form needs: as it opens, or as it was sent."""
    form = form or opinion_form(drafted, row.version)
    chosen = form.value("opinion") or Opinion.FAVOURABLE
    moves = subject is Subject.REASSIGNMENT and chosen == Opinion.FAVOURABLE
    here = row.parcours.as_of(work.today).maison if row.parcours else None
    rooms = [maison for maison in await maisons.maisons(work) if maison.slug != here] if moves else []
    return {
        "form": form,
        "rectifies": rectifies,
        "subject": wording.subject(subject),
        "opinions": [(opinion.value, verb) for opinion, verb in wording.OPINION_VERBS],
        "changes": moves,
        "must_say_why": rectifies or chosen == Opinion.UNFAVOURABLE,
        "maisons": [wording.room(maison) for maison in rooms],
        "reasons": wording.terms("assignment-reason"),
        "earliest": work.today,
        "parcours": accompaniment(row, work),
    }


def accompaniment(row: FileRow, work: UnitOfWork) -> list[tuple[str, str]]:
    """Who accompanies a person that was admitted, and who is to: pairs to show."""
    following = wording.next_maison(row, work.declaration, work.today)
    opened = f"ouvert le {long_date(row.opened_on)}" if row.opened_on else "accueil en cours"
    interview = f"tenu le {long_date(row.first_interview_on)}" if row.first_interview_on else "pas encore connu"
    return [
        ("Maison", work.declaration.title_of(row.maison) if row.maison else "à désigner"),
        *([("Prochaine Maison", following)] if following else []),
        ("Référent", wording.referent(row.referent_id) if row.referent_id else "à désigner"),
        ("Parcours", f"n° {row.parcours_no}, {opened}"),
        ("Premier entretien", interview),
        *([("Sortie", long_date(row.ended_on))] if row.ended_on else []),
    ]


def session_head(
    row: SessionRow, actor: Actor, quorum: Quorum, problem: Problem | None, *, told_below: bool = False
) -> dict[str, Any]:
    """What the page of a session opens with: when, where, who; and what was refused, unless a form below tells it."""
    return {
        "session": row,
        "where": wording.hour_and_place(row),
        "former_plans": [wording.former_plan(one) for one in row.former_plans],
        "members": row.state.members,
        "attendance": wording.attendance(row.state.attendance, quorum),
        "refusal": Form().refused(problem) if problem and not told_below else Form(),
        "problem": problem,
        "writes": writes(actor),
    }


def standing_aside(item: Item, session: Session, work: UnitOfWork) -> list[Aside]:
    """Who does not decide this item, as it would be recorded now."""
    names = prescriber_names(item.file, work.declaration)
    return interests.standing_aside(session, names, frozenset(item.agenda.declared))


def standing(items: Sequence[Item]) -> list[Item]:
    """Those that have not left the agenda."""
    return [item for item in items if item.agenda.left_because is None]


def tally_of(items: Sequence[Item]) -> Tally:
    kinds = [item.decision for item in items]
    opinions = sum(item.opinion is not None for item in items)
    return Tally(len(items), kinds.count(Kind.ADMIT), kinds.count(Kind.DEFER), kinds.count(Kind.REFUSE), opinions)


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
    published, given = item.published, item.given
    return {
        "id": item.file.orientation_id,
        "rank": item.agenda.rank,
        "name": shown_name(item.file),
        "commune": wording.commune(item.file.commune_insee),
        "published": published,
        "given": given,
        "rectified": wording.rectified(published, given),
        "subject": wording.subject(item.agenda.subject) if item.agenda.subject else "",
        "aside": wording.aside([Aside(**one) for one in item.aside]),
        "left": wording.LEFT.get(item.agenda.left_because or "", ""),
        "rectify": _rectification_of(item, work.today),
        **(told(published, item.decisions, work) if published else {}),
        **(told_opinion(given, item.opinions, item.taking_back, work) if given else {}),
    }


def _rectification_of(item: Item, today: date) -> str:
    """Where what this session published last may be rectified: the end of an address, empty where it may not."""
    state, here = item.file.state, f"dossiers/{item.file.orientation_id}"
    if item.published is not None and last_decided_in(state, item.agenda.session_id):
        return f"{here}/rectification"
    if item.given is None or item.file.parcours is None:
        return ""
    because = wording.taken_back_by(item.given, item.taking_back)
    given = replace(item.given.given, taken_back_by=because.decision_number if because else None)
    changeable = may_be_rectified(state, item.agenda.session_id, given, item.file.parcours.as_of(today))
    return f"{here}/avis/rectification" if changeable else ""


def told(decision: DecisionRow, among: Iterable[DecisionRow], work: UnitOfWork) -> dict[str, Any]:
    """A published decision as its tag and its line; `among` are those of its file."""
    tag, why = wording.decision(decision.kind), wording.why_published(decision, work.declaration)
    if ended := wording.decision_undone(decision, among):
        tag, why = wording.undone(tag, why, "remplacée", ended)
    return {"tag": tag, "why": why}


def told_opinion(
    opinion: OpinionRow, among: Iterable[OpinionRow], decisions: Iterable[DecisionRow], work: UnitOfWork
) -> dict[str, Any]:
    """A given opinion as its tag and its line; `among` and `decisions` are those of its file."""
    tag, why = wording.opinion(opinion.stated.opinion), wording.about_opinion(opinion.stated, work.declaration)
    if ended := wording.opinion_undone(opinion, among, decisions):
        how = "rapporté" if wording.taken_back_by(opinion, decisions) else "remplacé"
        tag, why = wording.undone(tag, why, how, ended)
    return {"tag": tag, "why": why}
