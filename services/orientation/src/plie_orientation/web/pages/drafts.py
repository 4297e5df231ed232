"""The guided form, part by part. What is typed is kept as a draft of its author's alone; nothing leaves before the end.

What is typed about a person goes by POST, as names do not stand in addresses.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from plie_chassis.calendar import age_on, paris_date
from plie_chassis.ids import new_id
from plie_chassis.problems import Problem
from plie_chassis.typesetting import capitalized
from plie_chassis.unit_of_work import Actor, UnitOfWork
from plie_chassis.web import Edge, Form, Page, page, redirect
from plie_contracts.territory import COMMUNES, TERRITORIES
from plie_orientation import queries
from plie_orientation.domain import addressing, authors, communes, rules
from plie_orientation.domain.adhesion import WAYS
from plie_orientation.domain.communes import NotOneCommune
from plie_orientation.domain.eligibility import hints, months_unemployed
from plie_orientation.domain.missing import missing
from plie_orientation.handlers.drafts import (
    DRAFTS_ARE_KEPT,
    DropDraft,
    SaveDraft,
    SendDraft,
    UnknownDraft,
    drop_draft,
    save_draft,
    send_draft,
)
from plie_orientation.tables import FormDraft
from plie_orientation.web import wording
from plie_orientation.web.access import PRESCRIBERS, author_of
from plie_orientation.web.bodies import OrientationForm, answers_so_far
from plie_orientation.web.sections import (
    REVIEW,
    SECTIONS,
    SLUGS,
    Section,
    in_order,
    is_filled,
    section,
    section_of,
    stages,
)

SUGGESTIONS = 10
SOON = timedelta(days=5)
HERE = "/orientations/brouillons"
MAY_BE_EMPTIED = ("prescriber.advisor", "prescriber.advisor_email")
KNOWN = ("prescriber.kind", "prescriber.structure", *MAY_BE_EMPTIED)


@get("/orientations/nouvelle", guards=[PRESCRIBERS])
async def new_orientation(edge: Edge) -> Page:
    """Nothing is kept before something is typed."""
    async with edge.read() as work:
        return section_page(SECTIONS[0], new_id(), await started(edge.actor, work), work)


@get(HERE, guards=[PRESCRIBERS])
async def my_drafts(edge: Edge) -> Page:
    async with edge.read() as work:
        found, known = await queries.drafts(edge.actor.id, work), await started(edge.actor, work)
        return page("orientation/drafts.html", drafts=[shown(draft, known, work.today) for draft in found])


@get(HERE + "/{draft_id:uuid}/{slug:str}", guards=[PRESCRIBERS])
async def show_section(draft_id: UUID, slug: str, edge: Edge, corriger: str = "") -> Response[Any]:
    """With `?corriger=`, each field says what is wrong with it."""
    async with edge.read() as work:
        draft = await queries.draft(draft_id, edge.actor.id, work)
        if draft is None:
            return await gone(draft_id, edge, work)
        form = filled(draft, await started(edge.actor, work))
        if slug == REVIEW:
            return review_page(draft_id, form, refusal(form, edge.actor, work), edge.actor, work)
        if corriger and (problem := refusal(form, edge.actor, work)):
            form = form.refused(problem)
        return section_page(section(slug), draft_id, form, work, draft=draft)


@post(HERE + "/{draft_id:uuid}/{slug:str}", guards=[PRESCRIBERS])
async def keep_section(draft_id: UUID, slug: str, edge: Edge) -> Response[Any]:
    """Whatever is typed is kept; then the part that the button names."""
    form = await edge.form()
    one = section(slug)
    try:
        await edge.run(save_draft, saving(draft_id, one, form, edge.actor))
    except UnknownDraft:
        async with edge.read() as work:
            return await gone(draft_id, edge, work)
    wished = form.value("vers")
    following = SLUGS[SLUGS.index(slug) + 1]
    return redirect(f"{HERE}/{draft_id}/{wished if wished in SLUGS else following}")


@post(HERE + "/{draft_id:uuid}/{slug:str}/reperes", guards=[PRESCRIBERS], status_code=200)
async def follow_typing(draft_id: UUID, slug: str, edge: Edge) -> Page:
    """Kept as it is typed, and judged so far."""
    saved = await edge.run(save_draft, saving(draft_id, section(slug), await edge.form(), edge.actor))
    async with edge.read() as work:
        form = filled(saved, await started(edge.actor, work))
        return page("orientation/hints.html", slug=slug, saved_at=saved.saved_at, **live(form, work))


@post("/orientations/communes", guards=[PRESCRIBERS], status_code=200)
async def find_commune(edge: Edge) -> Page:
    """Those that a name or a code means; one that was chosen comes back in its field."""
    form = await edge.form()
    chosen = form.value("choisie")
    async with edge.read() as work:
        if chosen not in COMMUNES:
            return page("orientation/communes.html", commune=commune(form.value("person.commune_insee"), work))
        name = communes.shown(chosen)
        field = page(
            "orientation/commune.html",
            form=Form.of({"person.commune_insee": name}),
            commune=commune(name, work),
            chosen=True,
        )
        field.headers["HX-Trigger"] = "commune-choisie"
        return field


@post(HERE + "/{draft_id:uuid}/envoi", guards=[PRESCRIBERS])
async def send(draft_id: UUID, edge: Edge) -> Response[Any]:
    async with edge.read() as work:
        draft = await queries.draft(draft_id, edge.actor.id, work)
        if draft is None:
            return await gone(draft_id, edge, work)
        form = filled(draft, await started(edge.actor, work))
    try:
        read = form.read(OrientationForm)
        command = SendDraft(draft_id, edge.actor.id, read.draft(), author_of(edge.actor), read.adhesion.how)
        received = await edge.run(send_draft, command)
    except Problem as problem:
        async with edge.read() as work:
            return review_page(draft_id, form, problem, edge.actor, work, status=problem.status)
    await edge.announce("L’orientation est envoyée à la commission. Vous lirez sa réponse ici.")
    return redirect(f"/orientations/{received.orientation.id}")


@post(HERE + "/{draft_id:uuid}/suppression", guards=[PRESCRIBERS])
async def drop(draft_id: UUID, edge: Edge) -> Response[Any]:
    await edge.run(drop_draft, DropDraft(draft_id, edge.actor.id))
    await edge.announce("Le brouillon est supprimé. Rien n’a été envoyé.")
    return redirect(HERE)


ROUTES = (new_orientation, my_drafts, send, drop, find_commune, follow_typing, show_section, keep_section)


async def started(actor: Actor, work: UnitOfWork) -> Form:
    """What is known of the author before anything is typed: what the account says, else how they oriented last."""
    author = author_of(actor)
    last = await queries.last_prescriber(author, actor.display_name, work)
    kinds = author.kinds if len(author.kinds) == 1 else author.kinds & {last.kind if last else ""}
    return Form.of(
        {
            "prescriber.kind": next(iter(kinds), None),
            "prescriber.structure": author.structure or (last and last.structure),
            "prescriber.advisor": actor.display_name,
            "prescriber.advisor_email": last and last.advisor_email,
        }
    )


def filled(draft: FormDraft, known: Form) -> Form:
    """What was typed, over what was known; what need not be told stays empty once it was emptied."""
    typed = {name: texts for name, texts in draft.fields.items() if any(texts)}
    emptied = {name: ("",) for name in MAY_BE_EMPTIED if name in draft.fields}
    return Form({**{name: known.values(name) for name in KNOWN if known.value(name)}, **emptied, **typed})


def saving(draft_id: UUID, one: Section, form: Form, actor: Actor) -> SaveDraft:
    return SaveDraft(draft_id, actor.id, {name: list(form.values(name)) for name in one.fields})


async def gone(draft_id: UUID, edge: Edge, work: UnitOfWork) -> Response[Any]:
    """A draft that was sent is an orientation now. Raises UnknownDraft."""
    sent = await queries.sent_with(draft_id, author_of(edge.actor), work)
    if sent is None:
        raise UnknownDraft
    return redirect(f"/orientations/{sent.orientation.id}")


def refusal(form: Form, actor: Actor, work: UnitOfWork) -> Problem | None:
    """Why the form could not be sent as it is."""
    author = author_of(actor)
    try:
        draft = form.read(OrientationForm).draft()
        authors.orient_as(author, draft.prescriber.kind)
        authors.structure_for(author, draft.prescriber.structure)
        addressing.accept(draft, addressing.territory_of(work.declaration), work.today)
    except Problem as problem:
        return problem
    return None


def section_page(one: Section, draft_id: UUID, form: Form, work: UnitOfWork, draft: FormDraft | None = None) -> Page:
    actor = work.actor
    author = author_of(actor) if actor else None
    return page(
        "orientation/section.html",
        status=200,
        section=one,
        number=SECTIONS.index(one) + 1,
        following=REVIEW if all(is_filled(other, form) for other in SECTIONS if other is not one) else "",
        before=SLUGS[SLUGS.index(one.slug) - 1] if one is not SECTIONS[0] else None,
        draft_id=draft_id,
        form=form,
        labels=wording.LABELS,
        author=author,
        kinds=[(code, text) for code, text in wording.options("prescriber-kind") if author and code in author.kinds],
        commissions=titles(work).items(),
        education_levels=wording.options("education-level"),
        barriers=wording.options("barrier"),
        ways=[(code, capitalized(text)) for code, text in WAYS.items()],
        today=work.today,
        stages=stages(one.slug, form),
        saved_at=draft.saved_at if draft else None,
        **live(form, work),
    )


def review_page(
    draft_id: UUID, form: Form, problem: Problem | None, actor: Actor, work: UnitOfWork, status: int = 200
) -> Page:
    errors = problem.errors if problem else ()
    return page(
        "orientation/review.html",
        status=status,
        draft_id=draft_id,
        form=form,
        refused=problem,
        corrections=[(error, section_of(error.path), wording.LABELS.get(error.path, "")) for error in in_order(errors)],
        existing=problem.facts.get("orientation_id") if problem else None,
        review=wording.review(form),
        stages=stages(REVIEW, form),
        kinds=author_of(actor).kinds,
        **live(form, work),
    )


def live(form: Form, work: UnitOfWork) -> dict[str, Any]:
    """What the rules say of a form so far."""
    answers = answers_so_far(form)
    told = hints(answers, addressing.territory_of(work.declaration), work.today)
    return {
        "hints": told,
        "met": sum(hint.result == "met" for hint in told),
        "commune": commune(form.value("person.commune_insee"), work),
        "months": months_unemployed(answers, work.today),
        "birth": birth(form, work),
        "lacking": [(lack, section_of(lack.field)) for lack in missing(form.value)],
    }


def commune(typed: str, work: UnitOfWork) -> dict[str, Any]:
    """What a text means: one commune with its territory and its commission, several to choose from, or none."""
    territory, named = addressing.territory_of(work.declaration), titles(work)

    def told(insee: str) -> dict[str, Any]:
        known, clas = COMMUNES.get(insee), territory.clas_of(insee)
        return {
            "insee": insee,
            "name": communes.shown(insee),
            "territory": TERRITORIES[known.territory].title if known else "hors des territoires du PLIE",
            "clas": named.get(clas) if clas else None,
            "with_article": wording.with_article(named[clas]) if clas in named else None,
        }

    if not typed.strip():
        return {"one": None, "candidates": [], "more": 0, "typed": False}
    try:
        return {"one": told(communes.insee_of(typed)), "candidates": [], "more": 0, "typed": True}
    except NotOneCommune as unsure:
        few = [told(found.insee) for found in unsure.candidates[:SUGGESTIONS]]
        return {"one": None, "candidates": few, "more": max(len(unsure.candidates) - SUGGESTIONS, 0), "typed": True}


def birth(form: Form, work: UnitOfWork) -> dict[str, Any] | None:
    """The age that a birth date makes, or which rule it breaks."""
    born = answers_so_far(form).birth_date
    if born is None:
        return None
    broken = rules.born_in_the_past(born, work.today) or rules.of_an_age_to_be_oriented(born, work.today)
    return {"age": age_on(work.today, born), "refused": broken.detail if broken else None}


def titles(work: UnitOfWork) -> dict[str, str]:
    """Each commission's own title, by organisation."""
    return {instance.organisation: instance.title for instance in work.declaration.of_service("admission")}


def shown(draft: FormDraft, known: Form, today: date) -> dict[str, Any]:
    """As a line of a list; `forgotten_on` where that is near."""
    form = filled(draft, known)
    name = " ".join(filter(None, (form.value("person.first_name").strip(), form.value("person.last_name").strip())))
    lacking = sum(lack.needed for lack in missing(form.value))
    forgotten_on = paris_date(draft.saved_at + DRAFTS_ARE_KEPT)
    return {
        "id": draft.id,
        "person": name,
        "saved_at": draft.saved_at,
        "lacking": lacking,
        "forgotten_on": forgotten_on if forgotten_on - today <= SOON else None,
    }
