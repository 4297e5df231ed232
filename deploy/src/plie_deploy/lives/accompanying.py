"""A référent accompanies: interviews, contract, monthly contacts, steps, jobs, their follow-up and the exit."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from plie_chassis.calendar import add_months, end_of_months, next_working_day
from plie_chassis.unit_of_work import UnitOfWork
from plie_deploy.lives.life import Life
from plie_deploy.lives.seasons import office_hours
from plie_deploy.lives.workshops import Session
from plie_parcours.domain.contacts import ContactDraft
from plie_parcours.domain.contracts import ContractDraft
from plie_parcours.domain.follow_ups import Month
from plie_parcours.domain.jobs import JobDraft
from plie_parcours.domain.steps import StepDraft
from plie_parcours.handlers.actions import NoteAttendance, note_attendance
from plie_parcours.handlers.barriers import ReviewBarriers, review_barriers
from plie_parcours.handlers.contacts import LogContact, log_contact
from plie_parcours.handlers.contracts import SignContract, sign_contract
from plie_parcours.handlers.exits import EndParcours, end_parcours
from plie_parcours.handlers.follow_ups import AttestMilestone, EndFollowUp, attest_milestone, end_follow_up
from plie_parcours.handlers.jobs import EndJob, StartJob, end_job, start_job
from plie_parcours.handlers.referents import AssignReferent, assign_referent
from plie_parcours.handlers.steps import (
    EndStep,
    ObtainQualification,
    StartStep,
    end_step,
    obtain_qualification,
    start_step,
)

JOBS = (
    ("G1605", "Restauration scolaire du Vercors", "public"), ("K2204", "Propreté des Alpes", "private"), ("N1103", "Plateforme Isère Logistique", "private"),
    ("K1304", "Aide à domicile Chartreuse", "association"), ("A1203", "Paysages du Voironnais", "private"), ("D1507", "Marché de Voreppe", "private"),
    ("J1501", "Résidence Les Écrins", "public"), ("H2102", "Conserverie du Grésivaudan", "private"), ("F1704", "Bâti Dauphiné", "private"),
    ("K1303", "Crèche des Balmes", "association"), ("M1601", "Cabinet Belledonne", "private"), ("N4105", "Transports Saint-Marcellin", "private"),
)  # fmt: skip
MONTHS: tuple[Month, ...] = (3, 6)
STEPS = {"remobilisation": 22, "projet": 17, "pre-qualifiant": 13, "immersion": 18, "siae": 22, "bilan": 8}
SIAE = {"ACI": 48, "AI": 24, "EI": 16, "ETTI": 12}
NOTES = (
    "CV mis à jour ; relance de deux employeurs la semaine prochaine.",
    "Reprend les ateliers jeudi. Attend la réponse du bailleur.",
    "Point sur la mobilité : demande d’aide au permis déposée.",
    "Très investie dans l’immersion, retour positif du tuteur.",
    "Garde d’enfant trouvée à partir du mois prochain.",
    "Préparation de l’entretien d’embauche.",
)


@dataclass
class Diary:
    """What is planned in one life, done day by day."""

    life: Life
    work: UnitOfWork
    random: Random
    today: date
    appointments: list[tuple[date, int, Callable[[], Awaitable[Any]]]] = field(default_factory=list)

    @property
    def participant_id(self) -> UUID:
        if self.life.participant_id is None:
            raise LookupError("not admitted")
        return self.life.participant_id

    def plan(self, day: date, do: Callable[[date], Awaitable[Any]]) -> date:
        """Do something on the first working day from `day` on; answers that day."""
        when = next_working_day(day)
        self.appointments.append((when, len(self.appointments), lambda: do(when)))
        return when

    async def live(self) -> None:
        for day, _, do in sorted(self.appointments, key=lambda each: each[:2]):
            if day >= self.today or self.life.ended_on:
                return
            self.work.now = office_hours(self.random, day)
            await do()


async def accompany(life: Life, work: UnitOfWork, referent_id: str, sessions: Sequence[Session], today: date) -> None:
    """Everything up to yesterday that happened in this parcours."""
    if life.admitted_on is None:
        return
    diary = Diary(life, work, life.random("parcours"), today)
    random = diary.random
    opened = diary.plan(
        life.admitted_on + timedelta(days=random.randrange(2, 11)),
        lambda _: assign_referent(AssignReferent(diary.participant_id, referent_id), work),
    )
    first = opened + timedelta(days=random.randrange(4, 19))
    if random.random() < 0.12:
        _contact(diary, first, "presentiel", outcome="absent")
        first += timedelta(days=random.randrange(5, 12))
    interview = _contact(diary, first, "presentiel", minutes=60)
    kinds = ["contrat-plie", *(["cer"] if life.person.rsa and random.random() < 0.7 else [])]
    for kind in kinds:
        _plan_contract(diary, interview + timedelta(days=random.choice((0, 0, 4, 7, 9))), kind)
    _plan_reviews(diary, interview)
    _FATES.get(life.fate, _leave_without)(diary, interview)
    for session in sessions:
        _plan_attendance(diary, session)
    await diary.live()


def _contact(diary: Diary, day: date, medium: str, *, outcome: str = "honore", minutes: int = 30) -> date:
    note = diary.random.choice(NOTES) if diary.random.random() < 0.3 else None
    honoured = outcome == "honore"

    async def log(on: date) -> None:
        draft = ContactDraft(on, medium, outcome, "individuel", True, minutes if honoured else None)
        await log_contact(LogContact(diary.participant_id, draft, note), diary.work)

    return diary.plan(day, log)


def _plan_contract(diary: Diary, day: date, kind: str) -> None:
    async def sign(on: date) -> None:
        ends_on = add_months(on, 24 if kind == "contrat-plie" else 12)
        await sign_contract(SignContract(diary.participant_id, ContractDraft(kind, on, ends_on)), diary.work)

    diary.plan(day, sign)


def _plan_attendance(diary: Diary, session: Session) -> None:
    present = diary.random.random() < 0.88

    async def attend(_: date) -> None:
        await note_attendance(NoteAttendance(session.action_id, [(diary.participant_id, present)]), diary.work)

    diary.plan(session.held_on, attend)


def _plan_reviews(diary: Diary, interview: date) -> None:
    """Levels fall with time; most référents look again every six months."""
    levels = {code: diary.random.randrange(1, 4) for code in diary.life.person.barriers}
    for number in range(8):
        stated = {code: max(0, level - number // (1 + level % 2)) for code, level in levels.items()}

        async def review(on: date, stated: dict[str, int] = stated) -> None:
            await review_barriers(ReviewBarriers(diary.participant_id, on, stated), diary.work)

        if number == 0 or diary.random.random() < 0.8:
            diary.plan(add_months(interview, 6 * number) + timedelta(days=diary.random.randrange(14)), review)


def _keep_contact(diary: Diary, first: date, last: date, *, in_job: bool = False) -> None:
    """About a contact a month, in person and remote in turn, as reliable as the person and the season allow."""
    reliability = 0.62 + 0.36 * diary.random.random()
    for month in range(1, 60):
        day = add_months(first, month) + timedelta(days=diary.random.randrange(-8, 9))
        if day >= last:
            return
        medium = (
            diary.random.choice(("telephone", "courriel", "visio"))
            if in_job
            else ("telephone", "presentiel", "visio")[(month + diary.life.number) % 3]
        )
        if diary.random.random() < reliability * (0.6 if day.month == 8 else 1):
            _contact(diary, day, medium, minutes=diary.random.choice((20, 30, 45, 60)))
        elif diary.random.random() < 0.5:
            _contact(
                diary, day, medium, outcome=diary.random.choice(("absent", "excuse", "absent", "annule-par-le-service"))
            )


def _plan_steps(diary: Diary, first: date, last: date) -> None:
    day = add_months(first, 1)
    while day < last and diary.random.random() < 0.72:
        kind = diary.random.choices(list(STEPS), list(STEPS.values()))[0]
        months = {"siae": 8, "immersion": 1, "bilan": 1}.get(kind, diary.random.randrange(2, 4))
        ends = min(add_months(day, months), last)
        if ends <= day:
            return
        _plan_step(diary, day, ends, kind)
        day = add_months(ends, diary.random.randrange(1, 4))


def _plan_step(diary: Diary, day: date, ends: date, kind: str) -> None:
    siae_kind = diary.random.choices(list(SIAE), list(SIAE.values()))[0] if kind == "siae" else None
    status, hours = diary.random.choices(("done", "abandoned"), (86, 14))[0], float(diary.random.randrange(14, 180))
    begun: list[UUID] = []

    async def start(on: date) -> None:
        step = await start_step(
            StartStep(diary.participant_id, StepDraft(kind, on, siae_kind, max(ends, on))), diary.work
        )
        begun.append(step.resource.step_id)

    async def end(on: date) -> None:
        await end_step(EndStep(diary.participant_id, begun[0], on, status, hours), diary.work)

    started = diary.plan(day, start)
    diary.plan(max(ends, started), end)


def _plan_job(
    diary: Diary, day: date, contract: str, *, months: int | None = None, lost_after: int | None = None
) -> date:
    """A job, its milestones where it is durable, and its end where it is lost; answers the day it is settled."""
    rome, employer, employer_kind = diary.random.choice(JOBS)
    alone = contract == "creation-entreprise"
    hours = None if alone else float(diary.random.choice((20, 24, 26, 28, 30, 35, 35, 35)))
    begun: list[UUID] = []

    async def start(on: date) -> None:
        draft = JobDraft(
            on, contract, months, hours, None if hours is None else hours < 35,
            None if alone else employer_kind, None if alone else diary.random.choice(("micro", "sme", "sme", "large")), rome,
        )  # fmt: skip
        begun.append(
            (
                await start_job(StartJob(diary.participant_id, draft, None if alone else employer), diary.work)
            ).resource.job_id
        )

    started = diary.plan(day, start)
    durable = contract in {"cdi", "creation-entreprise"} or (contract == "cdd" and (months or 0) > 6)
    if durable:
        evidence = (
            "business-registration" if alone else diary.random.choice(("payslip", "payslip", "employer-attestation"))
        )
        for month in MONTHS:
            if lost_after is None or lost_after > month:
                _plan_milestone(diary, started, begun, month, evidence)
        if lost_after is None:
            return _plan_end_of_follow_up(
                diary, end_of_months(started, 6) + timedelta(days=12), begun, "in-employment", evidence
            )
    if lost_after is not None:
        reason = (
            "fin-contrat"
            if contract in {"cdd", "interim", "saisonnier"} and not durable
            else diary.random.choice(("periode-essai", "demission", "rupture-conventionnelle"))
        )

        async def end(on: date) -> None:
            await end_job(EndJob(diary.participant_id, begun[0], on, reason), diary.work)

        ended = diary.plan(add_months(started, lost_after) + timedelta(days=3), end)
        return _plan_end_of_follow_up(diary, ended + timedelta(days=2), begun, "job-ended", None) if durable else ended
    return started


def _plan_milestone(diary: Diary, started: date, begun: list[UUID], month: Month, evidence: str) -> None:
    async def attest(on: date) -> None:
        await attest_milestone(AttestMilestone(diary.participant_id, begun[0], month, True, on, evidence), diary.work)

    diary.plan(end_of_months(started, month) + timedelta(days=diary.random.randrange(1, 9)), attest)


def _plan_end_of_follow_up(diary: Diary, day: date, begun: list[UUID], outcome: str, evidence: str | None) -> date:
    async def end(on: date) -> None:
        await end_follow_up(EndFollowUp(diary.participant_id, begun[0], on, outcome, evidence), diary.work)

    return diary.plan(day, end)


def _plan_exit(diary: Diary, day: date, kind: str, reason: str) -> None:
    async def leave(on: date) -> None:
        await end_parcours(EndParcours(diary.participant_id, on, kind, reason), diary.work)
        diary.life.ended_on = on

    diary.plan(day, leave)


def _small_jobs(diary: Diary, first: date, last: date) -> None:
    """Short contracts on the way, for four in ten."""
    if (last - first).days > 200 and diary.random.random() < 0.4:
        day = add_months(first, diary.random.randrange(2, 5))
        contract, months = diary.random.choice((("cdd", 3), ("cdd", 2), ("interim", None), ("saisonnier", None)))
        _plan_job(diary, day, contract, months=months, lost_after=diary.random.randrange(1, 3))


def _find_a_job(diary: Diary, interview: date) -> None:
    random = diary.random
    found = add_months(interview, max(2, round(random.triangular(2, 20, 7)))) + timedelta(days=random.randrange(28))
    _plan_steps(diary, interview, found)
    _small_jobs(diary, interview, found)
    _keep_contact(diary, interview, found)
    if random.random() < 0.16:
        lost = _plan_job(diary, found, "cdi", lost_after=random.randrange(1, 5))
        _keep_contact(diary, found, lost, in_job=True)
        found_again = add_months(lost, random.randrange(2, 7))
        _keep_contact(diary, lost, found_again)
        found = found_again + timedelta(days=9)
    contract, months, reason = random.choices(
        (
            ("cdi", None, "emploi-durable"),
            ("cdd", random.randrange(7, 13), "emploi-durable"),
            ("creation-entreprise", None, "creation-entreprise"),
        ),
        (56, 36, 8),
    )[0]
    settled = _plan_job(diary, found, contract, months=months)
    _keep_contact(diary, found, settled, in_job=True)
    _plan_exit(diary, settled + timedelta(days=random.randrange(1, 12)), "positive", reason)


def _qualify(diary: Diary, interview: date) -> None:
    random = diary.random
    day = add_months(interview, random.randrange(3, 9))
    ends = add_months(day, random.randrange(5, 9))
    begun: list[UUID] = []

    async def start(on: date) -> None:
        draft = StepDraft("qualifiant", on, None, ends)
        begun.append((await start_step(StartStep(diary.participant_id, draft), diary.work)).resource.step_id)

    async def end(on: date) -> None:
        await end_step(
            EndStep(diary.participant_id, begun[0], on, "done", float(random.randrange(350, 800))), diary.work
        )

    async def obtain(on: date) -> None:
        await obtain_qualification(ObtainQualification(diary.participant_id, begun[0], on, 3), diary.work)

    _plan_steps(diary, interview, day)
    _keep_contact(diary, interview, ends)
    diary.plan(day, start)
    ended = diary.plan(ends, end)
    obtained = diary.plan(ended + timedelta(days=15), obtain)
    _plan_exit(diary, obtained + timedelta(days=8), "positive", "qualification")


def _leave_without(diary: Diary, interview: date) -> None:
    last = add_months(interview, max(2, round(diary.random.triangular(2, 22, 8)))) + timedelta(
        days=diary.random.randrange(28)
    )
    _plan_steps(diary, interview, last)
    _small_jobs(diary, interview, last)
    _keep_contact(diary, interview, last)
    _plan_exit(diary, last + timedelta(days=200), "sans-suite", diary.life.fate)


def _leave_open(diary: Diary, interview: date) -> None:
    last = add_months(interview, diary.random.randrange(14, 24))
    _plan_steps(diary, interview, last)
    _small_jobs(diary, interview, last)
    _keep_contact(diary, interview, last)
    _plan_exit(diary, last + timedelta(days=120), "en-attente", "consolidation")


def _stay_long(diary: Diary, interview: date) -> None:
    last = add_months(interview, 40)
    _plan_steps(diary, interview, last)
    _small_jobs(diary, interview, last)
    _keep_contact(diary, interview, last)


_FATES: dict[str, Callable[[Diary, date], None]] = {
    "job": _find_a_job,
    "qualification": _qualify,
    "en-attente": _leave_open,
    "long": _stay_long,
}
