"""What the tests of the service share: a life to tell, one domain rule after the other."""

from datetime import date
from uuid import UUID

import pytest

from plie_chassis.ids import new_id
from plie_contracts.events import AdmissionRefused, AdmissionValidated, Criteria
from plie_parcours.domain import barriers, contacts, contracts, follow_ups, history, jobs, referents, steps
from plie_parcours.domain.records import Fact

LATER = date(2035, 1, 1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def admission(**changes) -> AdmissionValidated:
    met = dict.fromkeys(("territory", "without_employment", "difficulties", "adhesion"), "met")
    stated = {
        "orientation_id": new_id(),
        "decision_number": 1,
        "participant_id": new_id(),
        "parcours_no": 1,
        "clas": "centre-isere",
        "maison": "centre-isere",
        "decided_on": day("2026-03-19"),
        "session_id": new_id(),
        "criteria": Criteria(**met),
        "overridden": False,
        "plus_value_code": "coordination-parcours",
    }
    return AdmissionValidated(**{**stated, **changes})


class Life:
    """A parcours told through the domain's own rules; dates are ISO texts, `today` lies far ahead."""

    def __init__(self, admitted_on: str = "2026-03-19") -> None:
        self.admission = admission(decided_on=day(admitted_on))
        self.parcours = history.told_by([Fact(self.admission)])

    def tells(self, event, **withheld) -> "Life":
        self.parcours = history.after(self.parcours, Fact(event, withheld))
        return self

    def opened(self, referent_id: str = "referent-03", on: str | None = None) -> "Life":
        today = day(on) if on else self.parcours.admitted_on
        event = referents.assign(self.parcours, referent_id, today, reason_code="charge", modality="emploi-renforce")
        return self.tells(event)

    def revoked(self, on: str) -> "Life":
        return self.tells(
            AdmissionRefused(
                orientation_id=self.parcours.orientation_id,
                decision_number=2,
                decided_on=day(on),
                session_id=new_id(),
                reason_code="non-eligible",
            )
        )

    def contact(self, on: str, medium: str = "telephone", outcome: str = "honore", **more) -> "Life":
        draft = contacts.ContactDraft(day(on), medium, outcome, **more)
        self.tells(contacts.log(self.parcours, new_id(), draft, LATER))
        for event in contacts.first_interviews_to_restate(self.parcours):
            self.tells(event)
        return self

    def interview(self, on: str) -> "Life":
        return self.contact(on, "presentiel")

    def contract(self, on: str, kind: str = "contrat-plie") -> "Life":
        draft = contracts.ContractDraft(kind, day(on))
        return self.tells(contracts.sign(self.parcours, new_id(), draft, LATER, rsa_recipient=None))

    def welcomed(self, on: str) -> "Life":
        """First interview and contract on one day."""
        return self.opened().interview(on).contract(on)

    def job(self, on: str, kind: str = "cdi", until: str | None = None, **more) -> "Life":
        draft = jobs.JobDraft(day(on), kind, **more)
        self.tells(jobs.start(self.parcours, new_id(), draft, LATER))
        follow_up = jobs.follow_up_of_durable_job(self.parcours, self.last_job, LATER)
        if follow_up is not None:
            self.tells(follow_up)
        return self.job_ended(until) if until else self

    def job_ended(self, on: str, reason_code: str = "fin-contrat") -> "Life":
        return self.tells(jobs.end(self.parcours, self.last_job, day(on), reason_code, LATER))

    def attested(self, month: int, on: str, *, in_employment: bool = True, evidence: str | None = "payslip") -> "Life":
        event = follow_ups.attest(
            self.parcours,
            self.last_job,
            month=month,
            in_employment=in_employment,
            evidence=evidence,
            attested_on=day(on),
            today=LATER,
        )
        return self.tells(event)

    def follow_up_ended(self, on: str, outcome: str = "in-employment", **more) -> "Life":
        stated = {"evidence": None, "reason_code": None, **more}
        event = follow_ups.end(self.parcours, self.last_job, ended_on=day(on), outcome=outcome, today=LATER, **stated)
        return self.tells(event)

    def step(self, on: str, kind: str, planned_end_on: str | None = None, **more) -> "Life":
        draft = steps.StepDraft(kind, day(on), planned_end_on=day(planned_end_on) if planned_end_on else None, **more)
        return self.tells(steps.start(self.parcours, new_id(), draft, LATER))

    def step_ended(self, on: str, status: str = "done") -> "Life":
        return self.tells(steps.end(self.parcours, self.last_step, day(on), status, None, LATER))

    def qualified(self, on: str, months: int | None = None) -> "Life":
        return self.tells(steps.obtain_qualification(self.parcours, self.last_step, day(on), 3, months, LATER))

    def reviewed(self, on: str, **levels: int) -> "Life":
        review = barriers.review(self.parcours, day(on), levels or {"mobilite": 2}, LATER)
        return self.tells(review.event, levels=review.withheld_levels)

    @property
    def last_job(self) -> UUID:
        return next(reversed(self.parcours.jobs))

    @property
    def last_step(self) -> UUID:
        return next(reversed(self.parcours.steps))

    @property
    def last_contact(self) -> UUID:
        return next(reversed(self.parcours.contacts))


@pytest.fixture
def life() -> type[Life]:
    return Life
