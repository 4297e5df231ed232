"""Deadlines of a parcours, each explained: which rule, which facts, since when, due on which day.

One function a rule. None depends on the present day, so that they are stored and only compared with it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from plie_chassis.calendar import MONTHS, add_months, long_date, month_of
from plie_contracts import vocabulary
from plie_parcours.domain.parcours import Parcours
from plie_parcours.domain.records import Contact

IN_PERSON_OR_REMOTE = frozenset({"presentiel", "telephone", "visio"})
MEDIA = {
    "welcome": IN_PERSON_OR_REMOTE,
    "accompaniment": IN_PERSON_OR_REMOTE,
    "training": IN_PERSON_OR_REMOTE | {"courriel"},
    "siae": IN_PERSON_OR_REMOTE | {"courriel"},
    "job": IN_PERSON_OR_REMOTE | {"courriel"},
}
BARRIER_REVIEW_MONTHS = 6
CONTRACT_MONTHS = 1
AHEAD = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a Maison may set: days to the first interview, and whether a collective action fills the month."""

    first_interview_days: int = 30
    actions_fill_the_month: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """`since` is the first day of the obligation, `due` its last; `about` the job it concerns, if any."""

    rule: str
    title: str
    text: str
    facts: tuple[str, ...]
    since: date
    due: date
    about: UUID | None = None

    def days_late(self, today: date) -> int:
        """How many days past the due day; negative while there is time."""
        return (today - self.due).days


def deadlines(parcours: Parcours, policy: Policy) -> list[Deadline]:
    """All that is owed, the soonest first; nothing once the parcours has ended here, nor before its file is here."""
    if parcours.is_closed or parcours.arriving is not None:
        return []
    if parcours.revoked_on is not None:
        return [exit_after_a_rectified_admission(parcours, parcours.revoked_on)]
    owed = [deadline for rule in RULES for deadline in rule(parcours, policy)]
    return sorted(owed, key=lambda deadline: (deadline.due, deadline.rule))


def alerts(owed: Iterable[Deadline], today: date) -> list[Deadline]:
    """Those that run today and end within a month, or ended already."""
    return [deadline for deadline in owed if deadline.since <= today and deadline.due <= today + AHEAD]


def first_interview_within_30_days(parcours: Parcours, policy: Policy) -> Iterable[Deadline]:
    """First interview in person within 30 days of the admission (configurable)."""
    if parcours.first_interview is None:
        yield Deadline(
            rule="first-interview",
            title="premier entretien",
            text=f"en présentiel, dans les {policy.first_interview_days} jours qui suivent l’admission",
            facts=(_admission(parcours), *(_told(contact) for contact in parcours.contacts_by_date[-2:])),
            since=parcours.admitted_on,
            due=parcours.admitted_on + timedelta(days=policy.first_interview_days),
        )


def contract_within_a_month(parcours: Parcours, policy: Policy) -> Iterable[Deadline]:  # noqa: ARG001 (every rule's shape)
    """Contract signed within 1 month of the notified orientation (the CLAS notifies by its decision)."""
    if not parcours.contracts:
        first = parcours.first_interview
        held = (f"premier entretien honoré le {long_date(first.occurred_on)}",) if first else ()
        yield Deadline(
            rule="contract",
            title="contrat à signer",
            text="signature dans le mois qui suit la notification de l’orientation",
            facts=(f"notifiée le {long_date(parcours.admitted_on)}", *(held or ("premier entretien pas encore tenu",))),
            since=parcours.admitted_on,
            due=add_months(parcours.admitted_on, CONTRACT_MONTHS),
        )


def contact_every_month(parcours: Parcours, policy: Policy) -> Iterable[Deadline]:
    """One honoured contact with the référent every calendar month after the first interview, by a medium of the stage."""
    counting = [contact.occurred_on for contact in parcours.contacts.values() if fills_the_month(contact)]
    if parcours.first_interview is None or not counting:
        return
    if policy.actions_fill_the_month:
        counting += [attendance.held_on for attendance in parcours.attendances.values() if attendance.present]
    last, month = max(counting), add_months(month_of(max(counting)), 1)
    since_then = [contact for contact in parcours.contacts_by_date if contact.occurred_on > last]
    media = [code for code in vocabulary.codes("contact-medium") if code in MEDIA.get(parcours.stage, ())]
    yield Deadline(
        rule="monthly-contact",
        title=f"contact {_of_month(month)}",
        text=f"un contact par mois civil avec le référent : {_or([vocabulary.label('contact-medium', m) for m in media])}",
        facts=(f"dernier contact honoré le {long_date(last)}", *(_told(contact) for contact in since_then[-2:])),
        since=month,
        due=add_months(month, 1) - timedelta(days=1),
    )


def milestones_at_3_and_6_months(parcours: Parcours, policy: Policy) -> Iterable[Deadline]:  # noqa: ARG001 (every rule's shape)
    """The situation is attested 3 and 6 months after the start of a durable job, months included."""
    for follow_up in parcours.follow_ups.values():
        job = parcours.jobs.get(follow_up.subject_id)
        if job is None or job.ended_on is not None or follow_up.ended_on is not None:
            continue
        for month in (3, 6):
            if not any(attested >= month for attested in follow_up.milestones):
                contract = vocabulary.label("job-contract", job.contract_kind)
                yield Deadline(
                    rule=f"milestone-{month}-months",
                    title=f"emploi à {month} mois",
                    text=f"attester la situation {month} mois après la prise de poste",
                    facts=(f"{contract} depuis le {long_date(job.started_on)}",),
                    since=job.started_on,
                    due=follow_up.reached_on(month),
                    about=job.job_id,
                )


def barrier_review_every_6_months(parcours: Parcours, policy: Policy) -> Iterable[Deadline]:  # noqa: ARG001 (every rule's shape)
    """Barriers are reviewed every 6 months, first counted from the admission."""
    last = parcours.reviews[-1].reviewed_on if parcours.reviews else None
    since = last or parcours.admitted_on
    yield Deadline(
        rule="barrier-review",
        title="revue des freins",
        text="tous les 6 mois",
        facts=(f"dernière revue le {long_date(last)}" if last else f"aucune revue depuis l’{_admission(parcours)}",),
        since=since,
        due=add_months(since, BARRIER_REVIEW_MONTHS),
    )


RULES: Sequence[Callable[[Parcours, Policy], Iterable[Deadline]]] = (
    first_interview_within_30_days,
    contract_within_a_month,
    contact_every_month,
    milestones_at_3_and_6_months,
    barrier_review_every_6_months,
)


def exit_after_a_rectified_admission(parcours: Parcours, revoked_on: date) -> Deadline:
    """The commission took its admission back: the référent ends the parcours."""
    return Deadline(
        rule="admission-rectified",
        title="sortie à prononcer",
        text="la CLAS est revenue sur l’admission ; le référent prononce la sortie",
        facts=(_admission(parcours), f"décision rectifiée le {long_date(revoked_on)}"),
        since=revoked_on,
        due=revoked_on,
    )


def fills_the_month(contact: Contact) -> bool:
    """Honoured, with the référent, by a medium allowed in the stage the person was in."""
    return contact.outcome == "honore" and contact.with_referent and contact.medium in MEDIA.get(contact.stage, ())


def _admission(parcours: Parcours) -> str:
    return f"admission par la CLAS du {long_date(parcours.admitted_on)}"


def _told(contact: Contact) -> str:
    medium = vocabulary.label("contact-medium", contact.medium)
    return f"{vocabulary.label('contact-outcome', contact.outcome)} le {long_date(contact.occurred_on)}, {medium}"


def _of_month(month: date) -> str:
    name = MONTHS[month.month - 1]
    return f"d’{name}" if name[0] in "ao" else f"de {name}"


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} ou {words[-1]}"
