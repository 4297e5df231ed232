"""The exit of a parcours. A positive exit is computed from attested facts, one function a rule; nobody ticks it.

The screen shows the rule that fired, its evidence, and « provisoire » until the 6-month milestone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from plie_chassis.calendar import add_months, end_of_months, long_date, months_inclusive, working_days_between
from plie_chassis.problems import Conflict, FieldError, Invalid
from plie_contracts import vocabulary
from plie_contracts.events import ParcoursEnded
from plie_parcours.domain.parcours import Parcours, goes_on_here, not_before, opened, since_admission
from plie_parcours.domain.records import FollowUp, Job, Step

MONTHS_IN_EMPLOYMENT = 6
SEASONAL_MONTHS, SEASONAL_WINDOW = 8, 12
LONG_TRAINING_MONTHS, LONG_TRAINING_COUNTS_AFTER = 9, 6
FULL_TIME = 35.0
HALF_TIME = FULL_TIME / 2

RULE_OF_DURABLE = {"cdi": "cdi-6-mois", "cdd": "cdd-6-mois", "creation-entreprise": "creation-6-mois"}
INTERIM = frozenset({"interim", "cdi-interimaire"})
REASONS = {
    "positive": ("emploi-durable", "qualification", "creation-entreprise"),
    "en-attente": ("consolidation", "emploi-durable", "qualification", "creation-entreprise", "autre"),
    "sans-suite": ("abandon", "demenagement", "deces", "retraite", "sante", "reorientation", "autre"),
}


class ExitNotPositive(Conflict):
    code = "exit.not-positive"
    title = "Sortie positive non établie"


class ExitStillProvisional(Conflict):
    code = "exit.provisional"
    title = "Sortie positive encore provisoire"


class ReasonDoesNotFit(Invalid):
    code = "exit.reason"
    title = "Motif à corriger"


class FollowUpStillOpen(Conflict):
    code = "exit.follow-up-open"
    title = "Suivi en emploi encore ouvert"


@dataclass(frozen=True, slots=True)
class PositiveExit:
    """`rule` is the code of the rule that fired; while something is `missing` the exit is provisional."""

    rule: str
    evidence: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def provisional(self) -> bool:
        return bool(self.missing)


@dataclass(frozen=True, slots=True)
class Run:
    """Jobs that follow one another without a working day between them; `last` is None while one goes on."""

    jobs: tuple[Job, ...]
    first: date
    last: date | None

    def months(self, on: date) -> int:
        return months_inclusive(self.first, min(self.last or on, on))


def end(parcours: Parcours, ended_on: date, kind: str, reason_code: str, today: date) -> ParcoursEnded:
    """A parcours ends once, with a reason; the health reason is « autre » for everybody else.

    Raises ParcoursIsEnded, HandedOver, NotOpened, FollowUpStillOpen, ReasonDoesNotFit, ExitNotPositive, ExitStillProvisional,
    DateInFuture, DateBeforeAdmission, DateBeforeStart.
    """
    goes_on_here(parcours)
    opened(parcours)
    since_admission(parcours, ended_on, today, "ended_on")
    ends_after_what_it_tells(parcours, ended_on)
    reason_fits_the_kind(kind, reason_code)
    follow_ups_are_ended(parcours)
    rule = positive_rule(parcours, ended_on) if kind == "positive" else None
    told = vocabulary.in_facts("exit-reason", reason_code) or "autre"
    return ParcoursEnded(**parcours.subject, ended_on=ended_on, kind=kind, reason_code=told, positive_rule=rule)


def ends_after_what_it_tells(parcours: Parcours, ended_on: date) -> None:
    """Nothing of the parcours happens after its end."""
    for contact in parcours.contacts.values():
        not_before(ended_on, contact.occurred_on, "le contact", "ended_on")
    for job in parcours.jobs.values():
        not_before(ended_on, job.started_on, "le début d’un emploi", "ended_on")
    for step in parcours.steps.values():
        not_before(ended_on, step.started_on, "le début d’une étape", "ended_on")


def reason_fits_the_kind(kind: str, reason_code: str) -> None:
    if reason_code not in REASONS[kind]:
        fitting = ", ".join(vocabulary.label("exit-reason", code) for code in REASONS[kind])
        message = f"Ce motif ne convient pas à une {_kind(kind)}. Motifs possibles : {fitting}."
        raise ReasonDoesNotFit(message, errors=[FieldError("reason_code", ReasonDoesNotFit.code, message)])


def follow_ups_are_ended(parcours: Parcours) -> None:
    """Nothing is noted after the exit, so what is followed is closed before."""
    still_open = [follow_up for follow_up in parcours.follow_ups.values() if follow_up.ended_on is None]
    if still_open:
        raise FollowUpStillOpen(
            f"Un suivi est ouvert depuis le {long_date(still_open[0].started_on)}."
            " Terminez-le d’abord, avec son issue : il ne pourra plus l’être après la sortie."
        )


def positive_rule(parcours: Parcours, on: date) -> str:
    """The rule that makes the exit positive. Raises ExitNotPositive, ExitStillProvisional."""
    found = positive_exit(parcours, on)
    if found is None:
        raise ExitNotPositive(
            "Une sortie positive se calcule sur des faits attestés, et aucune règle ne s’applique à ce jour."
            " Complétez les emplois et leurs attestations, ou choisissez un autre type de sortie."
        )
    if found.provisional:
        raise ExitStillProvisional(
            f"La règle « {vocabulary.label('positive-rule', found.rule)} » attend encore : {' ; '.join(found.missing)}."
            " D’ici là, la sortie est « en attente »."
        )
    return found.rule


def positive_exit(parcours: Parcours, on: date) -> PositiveExit | None:
    """What the facts known on a day make of the exit: an acquired rule first, else a provisional one, else nothing."""
    fired = [found for rule in RULES if (found := rule(parcours, on)) is not None]
    acquired = (found for found in fired if not found.provisional)
    return next(acquired, fired[0] if fired else None)


def durable_job_held_at_six_months(parcours: Parcours, on: date) -> PositiveExit | None:
    """CDI, CDD of more than 6 months or business creation, held at 6 months, at least a chosen half-time."""
    found = []
    for job in _started(parcours, on):
        if job.durable and job.contract_kind in RULE_OF_DURABLE and at_least_chosen_half_time(job):
            follow_up = parcours.follow_ups.get(job.job_id)
            found.append(
                _held(RULE_OF_DURABLE[job.contract_kind], Run((job,), job.started_on, job.ended_on), follow_up, on)
            )
    return _best(found)


def six_continuous_months_in_employment(parcours: Parcours, on: date) -> PositiveExit | None:
    """At least 6 continuous attested months in employment, at least a chosen half-time; contracts may follow one another."""
    jobs = [
        job for job in _started(parcours, on) if job.contract_kind in {"cdi", "cdd"} and at_least_chosen_half_time(job)
    ]
    reached = [run for run in runs(jobs) if run.months(on) >= MONTHS_IN_EMPLOYMENT]
    return _best([_held("emploi-6-mois", run, parcours.follow_ups.get(run.jobs[-1].job_id), on) for run in reached])


def six_months_of_interim_without_a_break(parcours: Parcours, on: date) -> PositiveExit | None:
    """Agency assignments that add up to 6 months with no working day between them."""
    for run in runs([job for job in _started(parcours, on) if job.contract_kind in INTERIM]):
        if run.months(on) >= MONTHS_IN_EMPLOYMENT:
            missions = "1 mission" if len(run.jobs) == 1 else f"{len(run.jobs)} missions"
            return PositiveExit("interim-6-mois", (f"{missions} sans interruption depuis le {long_date(run.first)}",))
    return None


def eight_seasonal_months_of_the_last_twelve(parcours: Parcours, on: date) -> PositiveExit | None:
    """Seasonal contracts that cover at least 8 of the 12 months before the exit."""
    window = add_months(on, -SEASONAL_WINDOW) + timedelta(days=1)
    seasons = [
        replace(job, started_on=max(job.started_on, window))
        for job in _started(parcours, on)
        if job.contract_kind == "saisonnier" and (job.ended_on is None or job.ended_on >= window)
    ]
    months = added_months([(run.first, min(run.last or on, on)) for run in runs(seasons)])
    if months < SEASONAL_MONTHS:
        return None
    return PositiveExit("saisonnier-8-mois", (f"{months} mois saisonniers depuis le {long_date(window)}",))


def work_study_contract(parcours: Parcours, on: date) -> PositiveExit | None:
    """A work-study contract that runs, acquired once held 6 months."""
    contracts = [job for job in _started(parcours, on) if job.contract_kind == "alternance"]
    return _best([_held("alternance", Run((job,), job.started_on, job.ended_on), None, on) for job in contracts])


def qualifying_training_validated(parcours: Parcours, on: date) -> PositiveExit | None:
    """A qualifying training that was validated; one planned for more than 9 months counts after 6."""
    trainings = [step for step in parcours.steps.values() if step.kind == "qualifiant" and step.started_on <= on]
    for step in trainings:
        if step.qualification is not None and step.qualification.obtained_on <= on:
            day = long_date(step.qualification.obtained_on)
            return PositiveExit("formation-qualifiante", (f"qualification obtenue le {day}",))
    return _best([_long_training(step, on) for step in trainings])


RULES: Sequence[Callable[[Parcours, date], PositiveExit | None]] = (
    durable_job_held_at_six_months,
    six_continuous_months_in_employment,
    six_months_of_interim_without_a_break,
    eight_seasonal_months_of_the_last_twelve,
    work_study_contract,
    qualifying_training_validated,
)


def at_least_chosen_half_time(job: Job) -> bool:
    """Half-time or more, and part-time only by choice; hours that are not known do not count against the person."""
    if job.weekly_hours is None or job.weekly_hours >= FULL_TIME:
        return True
    return job.weekly_hours >= HALF_TIME and job.chosen_part_time is not False


def runs(jobs: Iterable[Job]) -> list[Run]:
    """Jobs put together while no working day lies between the end of one and the start of the next."""
    found: list[Run] = []
    for job in sorted(jobs, key=lambda each: each.started_on):
        if found and _no_break_between(found[-1].last, job.started_on):
            run = found[-1]
            last = None if run.last is None or job.ended_on is None else max(run.last, job.ended_on)
            found[-1] = Run((*run.jobs, job), run.first, last)
        else:
            found.append(Run((job,), job.started_on, job.ended_on))
    return found


def added_months(periods: Iterable[tuple[date, date]]) -> int:
    """Inclusive months of several periods; the days left over add up to months of 31."""
    months = days = 0
    for first, last in periods:
        whole = months_inclusive(first, last)
        months += whole
        days += (last - end_of_months(first, whole)).days if whole else (last - first).days + 1
    return months + days // 31


def _no_break_between(last: date | None, start: date) -> bool:
    return last is None or start <= last or working_days_between(last, start - timedelta(days=1)) == 0


def _started(parcours: Parcours, on: date) -> list[Job]:
    """Jobs begun by then, as they stood then: an end after `on` is not known yet."""
    begun = [job for job in parcours.jobs.values() if job.started_on <= on]
    return [replace(job, ended_on=None) if job.ended_on is not None and job.ended_on > on else job for job in begun]


def _held(rule: str, run: Run, follow_up: FollowUp | None, on: date) -> PositiveExit | None:
    """Held at 6 months by attestation or because its end came later; provisional while it runs; else nothing."""
    evidence = [
        f"{vocabulary.label('job-contract', job.contract_kind)} depuis le {long_date(job.started_on)}"
        for job in run.jobs
    ]
    milestones = {m.month: m for m in (follow_up.milestones if follow_up else {}).values() if m.attested_on <= on}
    for month in sorted(milestones):
        if not milestones[month].in_employment:
            return None
        evidence.append(_attestation(month, milestones[month].attested_on, milestones[month].evidence))
    if MONTHS_IN_EMPLOYMENT in milestones:
        return PositiveExit(rule, tuple(evidence))
    if follow_up is not None and follow_up.retained_6_months and follow_up.ended_on is not None:
        return PositiveExit(
            rule, (*evidence, _attestation(MONTHS_IN_EMPLOYMENT, follow_up.ended_on, follow_up.evidence))
        )
    if run.last is not None:
        ended = f"tenu {run.months(on)} mois, jusqu’au {long_date(run.last)}"
        return PositiveExit(rule, (*evidence, ended)) if run.months(on) >= MONTHS_IN_EMPLOYMENT else None
    reached = end_of_months(run.first, MONTHS_IN_EMPLOYMENT)
    if rule == "alternance" and on >= reached:
        return PositiveExit(rule, tuple(evidence))
    return PositiveExit(rule, tuple(evidence), (f"attestation à 6 mois, à demander à partir du {long_date(reached)}",))


def _long_training(step: Step, on: date) -> PositiveExit | None:
    if step.planned_end_on is None or not step.runs_on(on):
        return None
    planned = months_inclusive(step.started_on, step.planned_end_on)
    if planned <= LONG_TRAINING_MONTHS:
        return None
    evidence = (f"formation qualifiante de {planned} mois depuis le {long_date(step.started_on)}",)
    counts_on = end_of_months(step.started_on, LONG_TRAINING_COUNTS_AFTER)
    missing = () if on >= counts_on else (f"6 mois de formation, atteints le {long_date(counts_on)}",)
    return PositiveExit("formation-qualifiante", evidence, missing)


def _best(found: Iterable[PositiveExit | None]) -> PositiveExit | None:
    fired = sorted((each for each in found if each is not None), key=lambda each: each.provisional)
    return fired[0] if fired else None


def _attestation(month: int, on: date, evidence: str | None) -> str:
    proof = f", {vocabulary.label('evidence', evidence)}" if evidence else ""
    return f"{month} mois attestés le {long_date(on)}{proof}"


def _kind(kind: str) -> str:
    return {"en-attente": "sortie en attente", "sans-suite": "sortie sans suite"}.get(kind, "sortie positive")
