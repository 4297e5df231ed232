"""The forms of a participant's file: one row a command in FORMS, from which its two routes are made.

A refused form comes back complete, with the rule that refused it; the API refuses with the same words.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from pydantic import BeforeValidator

from plie_chassis.problems import Problem
from plie_chassis.typesetting import typeset
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Form, Page, page, redirect
from plie_chassis.web.guards import SignedInWith
from plie_contracts.events import Part
from plie_contracts.events.fields import BarrierLevel, Day, In
from plie_contracts.territory import COMMUNES
from plie_parcours import rights
from plie_parcours.domain import exits
from plie_parcours.domain.contacts import contact_of
from plie_parcours.domain.exits import positive_exit
from plie_parcours.domain.follow_ups import NO_FOLLOW_UP, Month, open_follow_up_of
from plie_parcours.domain.handovers import leaves
from plie_parcours.domain.jobs import job_of
from plie_parcours.domain.parcours import goes_on_here
from plie_parcours.domain.steps import FINAL_STATUSES, step_of
from plie_parcours.handlers import (
    contacts,
    contracts,
    follow_ups,
    handovers,
    jobs,
    referents,
    residence,
    steps,
)
from plie_parcours.handlers.barriers import ReviewBarriers, review_barriers
from plie_parcours.handlers.exits import end_parcours
from plie_parcours.queries.files import ParticipantFile, file_of
from plie_parcours.queries.referents import referents_of_maison
from plie_parcours.web import bodies
from plie_parcours.web.access import COORDINATION, WRITERS
from plie_parcours.web.bodies import Change
from plie_parcours.web.pages.participants import name_of
from plie_parcours.web.wording import LABELS, options

Values = Mapping[str, object]


class MilestoneForm(bodies.MilestoneBody):
    month: Annotated[Month, BeforeValidator(int)]


class MaybeRated(Part):
    code: Annotated[str, In("barrier", closed=True)]
    level: BarrierLevel | None = None


class ReviewForm(Change):
    """A barrier left without a level is not reviewed."""

    reviewed_on: Day
    barriers: list[MaybeRated]

    def command(self, participant_id: UUID) -> ReviewBarriers:
        levels = {rated.code: rated.level for rated in self.barriers if rated.level is not None}
        return ReviewBarriers(participant_id, self.reviewed_on, levels, self.version)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form is about: the file, the job or step of the address, the day, and its query."""

    file: ParticipantFile
    subject_id: UUID
    today: date
    query: Mapping[str, str]


def blank(_asked: Asked) -> Values:
    return {}


@dataclass(frozen=True, slots=True)
class FormPage:
    """A command of the file as a page. `path` stands below the participant's; `{subject_id}` names a part of the file."""

    path: str
    template: str
    title: str
    verb: str
    notice: str
    body: type[Change]
    handler: Callable[[Any, UnitOfWork], Awaitable[Any]]
    command: Callable[[Any, UUID, UUID], Any]
    start: Callable[[Asked], Values] = blank
    guard: SignedInWith = WRITERS


def _of_file(body: Any, participant_id: UUID, _subject_id: UUID) -> Any:
    return body.command(participant_id)


def _of_part(body: Any, participant_id: UUID, subject_id: UUID) -> Any:
    return body.command(participant_id, subject_id)


def _correction(body: Any, participant_id: UUID, subject_id: UUID) -> Any:
    return body.correction(participant_id, subject_id)


def _day(field: str, **values: object) -> Callable[[Asked], Values]:
    return lambda asked: {field: asked.today, **values}


def _contact(asked: Asked) -> Values:
    return asdict(contact_of(asked.file.parcours, asked.subject_id))


def _job(asked: Asked) -> Values:
    return asdict(job_of(asked.file.parcours, asked.subject_id))


def _ended_job(asked: Asked) -> Values:
    job_of(asked.file.parcours, asked.subject_id)
    return {"ended_on": asked.today}


def _ended_step(asked: Asked) -> Values:
    step_of(asked.file.parcours, asked.subject_id)
    return {"ended_on": asked.today, "status": "done"}


def _qualification(asked: Asked) -> Values:
    step_of(asked.file.parcours, asked.subject_id)
    return {"step_id": asked.subject_id, "obtained_on": asked.today}


def _milestone(asked: Asked) -> Values:
    open_follow_up_of(asked.file.parcours, asked.subject_id)
    return {"month": asked.query.get("mois", "3"), "attested_on": asked.today, "in_employment": "true"}


def _ended_follow_up(asked: Asked) -> Values:
    open_follow_up_of(asked.file.parcours, asked.subject_id)
    return {"ended_on": asked.today}


def _followed_step(asked: Asked) -> Values:
    return {"step_id": asked.subject_id, "started_on": step_of(asked.file.parcours, asked.subject_id).started_on}


def _handover_note(asked: Asked) -> Values:
    leaves(asked.file.parcours)
    return {"text": asked.file.handover_note or ""}


FORMS = (
    FormPage(
        "referent", "referent", "Affecter un référent", "Affecter ce référent", "Le référent est affecté.",
        bodies.ReferentBody, referents.assign_referent, _of_file, guard=COORDINATION,
    ),
    FormPage(
        "contact", "contact", "Noter un contact", "Noter le contact", "Le contact est noté.",
        bodies.ContactBody, contacts.log_contact, _of_file, _day("occurred_on", with_referent=True, format="individuel"),
    ),
    FormPage(
        "contacts/{subject_id:uuid}/correction", "contact", "Corriger un contact", "Corriger le contact",
        "Le contact est corrigé ; l’ancien état reste dans le fil.",
        bodies.ContactCorrection, contacts.correct_contact, _correction, _contact,
    ),
    FormPage(
        "contacts/{subject_id:uuid}/annulation", "cancellation", "Annuler un contact", "Annuler le contact",
        "Le contact est annulé ; il reste barré dans le fil.",
        bodies.ContactCancellation, contacts.cancel_contact, _of_part,
    ),
    FormPage(
        "contrat", "contract", "Enregistrer un contrat", "Enregistrer le contrat", "Le contrat est enregistré.",
        bodies.ContractBody, contracts.sign_contract, _of_file, _day("signed_on", kind="contrat-plie"),
    ),
    FormPage(
        "freins", "barriers", "Revoir les freins", "Enregistrer la revue", "La revue des freins est enregistrée.",
        ReviewForm, review_barriers, _of_file, _day("reviewed_on"),
    ),
    FormPage(
        "etape", "step", "Ajouter une étape", "Ajouter l’étape", "L’étape est ajoutée.",
        bodies.StepBody, steps.start_step, _of_file, _day("started_on"),
    ),
    FormPage(
        "etapes/{subject_id:uuid}/fin", "step-end", "Terminer une étape", "Terminer l’étape", "L’étape est terminée.",
        bodies.StepEnding, steps.end_step, _of_part, _ended_step,
    ),
    FormPage(
        "etapes/{subject_id:uuid}/qualification", "qualification", "Noter la qualification", "Noter la qualification",
        "La qualification est notée.",
        bodies.QualificationBody, steps.obtain_qualification, _of_file, _qualification,
    ),
    FormPage(
        "etapes/{subject_id:uuid}/suivi", "follow-up", "Suivre la formation", "Ouvrir le suivi", "Le suivi est ouvert.",
        bodies.FollowUpBody, follow_ups.start_follow_up, _of_file, _followed_step,
    ),
    FormPage(
        "emploi", "job", "Noter une prise de poste", "Noter l’emploi", "L’emploi est noté.",
        bodies.JobBody, jobs.start_job, _of_file, _day("started_on"),
    ),
    FormPage(
        "emplois/{subject_id:uuid}/correction", "job", "Corriger un emploi", "Corriger l’emploi",
        "L’emploi est corrigé ; l’ancien état reste dans le fil.",
        bodies.JobCorrection, jobs.correct_job, _correction, _job,
    ),
    FormPage(
        "emplois/{subject_id:uuid}/fin", "job-end", "Noter la fin d’un emploi", "Noter la fin", "La fin de l’emploi est notée.",
        bodies.JobEnding, jobs.end_job, _of_part, _ended_job,
    ),
    FormPage(
        "suivis/{subject_id:uuid}/attestation", "milestone", "Attester la situation", "Attester la situation",
        "La situation est attestée.",
        MilestoneForm, follow_ups.attest_milestone, _of_part, _milestone,
    ),
    FormPage(
        "suivis/{subject_id:uuid}/fin", "follow-up-end", "Terminer le suivi", "Terminer le suivi", "Le suivi est terminé.",
        bodies.FollowUpEnding, follow_ups.end_follow_up, _of_part, _ended_follow_up,
    ),
    FormPage(
        "commune", "residence", "Changer de commune", "Enregistrer la commune", "La commune est enregistrée.",
        bodies.ResidenceBody, residence.change_residence, _of_file, _day("changed_on"),
    ),
    FormPage(
        "transmission", "handover-note", "Écrire à la Maison suivante", "Garder ce mot", "Le mot partira avec le dossier.",
        bodies.HandoverNoteBody, handovers.write_note, _of_file, _handover_note,
    ),
    FormPage(
        "sortie", "exit", "Prononcer la sortie", "Prononcer la sortie", "La sortie est prononcée.",
        bodies.ExitBody, end_parcours, _of_file, _day("ended_on"),
    ),
)  # fmt: skip


def routes_of(form_page: FormPage) -> Sequence[HTTPRouteHandler]:
    address = f"/participants/{{participant_id:uuid}}/{form_page.path}"
    guards = [form_page.guard]
    if "{subject_id" in form_page.path:

        @get(address, guards=guards)
        async def show_part(participant_id: UUID, subject_id: UUID, edge: Edge, mois: str = "") -> Page:
            return await _show(form_page, edge, participant_id, subject_id, {"mois": mois} if mois else {})

        @post(address, guards=guards)
        async def send_part(participant_id: UUID, subject_id: UUID, edge: Edge) -> Response[Any]:
            return await _send(form_page, edge, participant_id, subject_id, back=f"/participants/{participant_id}")

        return show_part, send_part

    @get(address, guards=guards)
    async def show_file(participant_id: UUID, edge: Edge) -> Page:
        return await _show(form_page, edge, participant_id, participant_id, {})

    @post(address, guards=guards)
    async def send_file(participant_id: UUID, edge: Edge, retour: str = "") -> Response[Any]:
        """`?retour=aujourdhui`: sent from the list of what is late, one goes on with it."""
        back = "/" if retour == "aujourdhui" else f"/participants/{participant_id}"
        return await _send(form_page, edge, participant_id, participant_id, back=back)

    return show_file, send_file


ROUTES = tuple(route for form_page in FORMS for route in routes_of(form_page))


async def _show(
    form_page: FormPage, edge: Edge, participant_id: UUID, subject_id: UUID, query: Mapping[str, str]
) -> Page:
    async with edge.read() as work:
        file = await file_of(participant_id, work)
        rights.refuse_other_referents(edge.actor, file.parcours)
        goes_on_here(file.parcours)
        asked = Asked(file, subject_id, work.today, query)
        form = Form.of({**form_page.start(asked), "version": file.row.version})
        return await _form_page(form_page, form, asked, work)


async def _send(form_page: FormPage, edge: Edge, participant_id: UUID, subject_id: UUID, *, back: str) -> Response[Any]:
    form = await edge.form()
    try:
        command = form_page.command(form.read(form_page.body), participant_id, subject_id)
        await edge.run(form_page.handler, command)
    except Problem as problem:
        async with edge.read() as work:
            file = await file_of(participant_id, work)
            asked = Asked(file, subject_id, work.today, {})
            return await _form_page(form_page, form.refused(problem), asked, work)
    await edge.announce(typeset(form_page.notice))
    return redirect(back)


async def _form_page(form_page: FormPage, form: Form, asked: Asked, work: UnitOfWork) -> Page:
    parcours = asked.file.parcours
    return page(
        f"parcours/forms/{form_page.template}.html",
        form=form,
        title=form_page.title,
        verb=form_page.verb,
        name=name_of(asked.file.identity),
        file=asked.file,
        parcours=parcours,
        subject_id=asked.subject_id,
        corrects="correction" in form_page.path,
        options=options,
        labels=LABELS,
        referents=await referents_of_maison(work),
        communes=sorted(COMMUNES.values(), key=lambda commune: commune.name),
        final_statuses=FINAL_STATUSES,
        no_follow_up=list(NO_FOLLOW_UP.items()),
        exit_reasons=exits.REASONS,
        positive=positive_exit(parcours, asked.today),
        today=asked.today,
    )
