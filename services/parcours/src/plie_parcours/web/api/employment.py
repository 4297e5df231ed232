"""Steps and qualifications, jobs and the follow-up in them."""

from uuid import UUID

from litestar import Response, post

from plie_chassis.web import Edge, scope
from plie_parcours.handlers import follow_ups, jobs, steps
from plie_parcours.web import views
from plie_parcours.web.bodies import (
    FollowUpBody,
    FollowUpEnding,
    JobBody,
    JobCorrection,
    JobEnding,
    MilestoneBody,
    QualificationBody,
    StepBody,
    StepEnding,
)


@post("/participants/{participant_id:uuid}/steps", guards=[scope("parcours:write")])
async def start_step(participant_id: UUID, data: StepBody, edge: Edge) -> Response[views.StepView]:
    """Commencer une étape : formation, poste en SIAE, immersion…"""
    return await edge.answer(steps.start_step, data.command(participant_id), views.kept_as(views.StepView))


@post("/participants/{participant_id:uuid}/steps/{step_id:uuid}/end", guards=[scope("parcours:write")])
async def end_step(participant_id: UUID, step_id: UUID, data: StepEnding, edge: Edge) -> Response[views.StepView]:
    """Terminer une étape : `done`, `abandoned` ou `cancelled`."""
    return await edge.answer(steps.end_step, data.command(participant_id, step_id), views.kept_as(views.StepView))


@post("/participants/{participant_id:uuid}/qualifications", guards=[scope("parcours:write")])
async def obtain_qualification(participant_id: UUID, data: QualificationBody, edge: Edge) -> Response[views.StepView]:
    """Noter la qualification obtenue au terme d’une formation qualifiante."""
    return await edge.answer(steps.obtain_qualification, data.command(participant_id), views.kept_as(views.StepView))


@post("/participants/{participant_id:uuid}/jobs", guards=[scope("parcours:write")])
async def start_job(participant_id: UUID, data: JobBody, edge: Edge) -> Response[views.JobView]:
    """Noter une prise de poste. Un emploi durable ouvre son suivi de lui-même."""
    return await edge.answer(jobs.start_job, data.command(participant_id), views.kept_as(views.JobView))


@post("/participants/{participant_id:uuid}/jobs/{job_id:uuid}/correct", guards=[scope("parcours:write")])
async def correct_job(participant_id: UUID, job_id: UUID, data: JobCorrection, edge: Edge) -> Response[views.JobView]:
    """Corriger un emploi : envoyez son nouvel état complet."""
    return await edge.answer(jobs.correct_job, data.correction(participant_id, job_id), views.kept_as(views.JobView))


@post("/participants/{participant_id:uuid}/jobs/{job_id:uuid}/end", guards=[scope("parcours:write")])
async def end_job(participant_id: UUID, job_id: UUID, data: JobEnding, edge: Edge) -> Response[views.JobView]:
    """Noter la fin d’un emploi."""
    return await edge.answer(jobs.end_job, data.command(participant_id, job_id), views.kept_as(views.JobView))


@post("/participants/{participant_id:uuid}/follow-ups", guards=[scope("parcours:write")])
async def start_follow_up(participant_id: UUID, data: FollowUpBody, edge: Edge) -> Response[views.FollowUpView]:
    """Ouvrir un suivi, jusqu’à la validation d’une formation qualifiante par exemple."""
    return await edge.answer(follow_ups.start_follow_up, data.command(participant_id), views.followed)


@post(
    "/participants/{participant_id:uuid}/follow-ups/{subject_id:uuid}/milestones",
    guards=[scope("parcours:write")],
)
async def attest_milestone(
    participant_id: UUID, subject_id: UUID, data: MilestoneBody, edge: Edge
) -> Response[views.FollowUpView]:
    """Attester la situation à 3 ou 6 mois, à partir du jour où ils sont atteints."""
    return await edge.answer(follow_ups.attest_milestone, data.command(participant_id, subject_id), views.followed)


@post(
    "/participants/{participant_id:uuid}/follow-ups/{subject_id:uuid}/end",
    guards=[scope("parcours:write")],
)
async def end_follow_up(
    participant_id: UUID, subject_id: UUID, data: FollowUpEnding, edge: Edge
) -> Response[views.FollowUpView]:
    """Terminer un suivi ; « pas de suivi » (`not-relevant`) donne un `reason_code`."""
    return await edge.answer(follow_ups.end_follow_up, data.command(participant_id, subject_id), views.followed)


ROUTES = (
    start_step,
    end_step,
    obtain_qualification,
    start_job,
    correct_job,
    end_job,
    start_follow_up,
    attest_milestone,
    end_follow_up,
)
