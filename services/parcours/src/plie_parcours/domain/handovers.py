"""What a Maison hands over to the next one, and what that one takes over: the working file, and the facts in it.

Invariant: a fact is told by the Maison that noted it; the next one keeps it, and tells only what it notes itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from plie_chassis.problems import Conflict
from plie_contracts import events, vocabulary
from plie_contracts.events import Event, ParcoursFileHandedOver, ParcoursHandedOver, Part
from plie_parcours.domain import history
from plie_parcours.domain.parcours import Parcours, goes_on_here
from plie_parcours.domain.records import Fact, FollowUp, Note

P = TypeVar("P", bound=Part)
E = TypeVar("E", bound=Event)

TOLD_BY = "told_by"
"""Beside a fact that was taken over: the Maison that told it."""


class NoHandoverPlanned(Conflict):
    code = "handover.none-planned"
    title = "Aucun transfert prévu"


def leaves(parcours: Parcours) -> None:
    """One writes to the next Maison once the CLAS has named it. Raises NoHandoverPlanned, ParcoursIsEnded, HandedOver."""
    goes_on_here(parcours)
    if parcours.leaving is None:
        raise NoHandoverPlanned("La CLAS n’a pas décidé que cette personne change de Maison. Rien n’a été enregistré.")


def is_due(parcours: Parcours, today: date) -> bool:
    """On the day that the CLAS set, or on the first one after it that this Maison knows of it."""
    return parcours.leaving is not None and parcours.leaving.on <= today


def hand_over(parcours: Parcours, to: str, last_sequence: int, today: date) -> ParcoursHandedOver:
    """The last fact of this Maison; `last_sequence` is that of the fact before it, 0 where there is none."""
    return ParcoursHandedOver(**parcours.subject, to=to, handed_over_on=today, last_sequence=last_sequence)


def expects(parcours: Parcours | None, maison: str) -> bool:
    """The file of that Maison comes next."""
    return parcours is not None and parcours.arriving is not None and parcours.arriving.maison == maison


def goes_back(parcours: Parcours | None, maison: str) -> bool:
    """The CLAS took the change back before its day, and that Maison learned of it after its file had left."""
    stays = parcours.elsewhere if parcours else None
    return stays is not None and not stays.handed_over and not stays.admitted and stays.maison == maison


def came_early(parcours: Parcours | None) -> bool:
    """The CLAS's decision is still on its way; a file that comes to a parcours under way was taken over before."""
    return parcours is None or parcours.elsewhere is not None


def working_file(
    parcours: Parcours, names: Mapping[str, str], written: Sequence[Note], today: date
) -> ParcoursFileHandedOver:
    """All that the next Maison needs to go on. Notes of contacts stay here: only what was `written` for it goes.

    `names` are those of the référents of this Maison, by their ids.
    """
    return ParcoursFileHandedOver(
        **parcours.subject,
        opened_on=parcours.opened_on,
        modality=parcours.modality,
        referents=tuple(
            events.HandedReferent(
                referent_id=each.referent_id,
                name=each.name or names.get(each.referent_id),
                from_=each.since,
                until=each.until or today,
            )
            for each in parcours.referents
        ),
        contracts=tuple(_handed(events.HandedContract, each) for each in parcours.contracts.values()),
        contacts=tuple(_handed(events.HandedContact, each, note=None) for each in parcours.contacts_by_date),
        steps=tuple(
            _handed(events.HandedStep, each, qualification=_if_any(events.HandedQualification, each.qualification))
            for each in parcours.steps.values()
        ),
        jobs=tuple(_handed(events.HandedJob, each, end_reason_code=each.end_reason) for each in parcours.jobs.values()),
        follow_ups=tuple(map(_handed_follow_up, parcours.follow_ups.values())),
        attendances=tuple(_handed(events.HandedAttendance, each) for each in parcours.attendances.values()),
        barriers=tuple(
            _handed(
                events.HandedReview,
                each,
                barriers=tuple(events.ReviewedBarrier(code=code, level=level) for code, level in each.levels.items()),
            )
            for each in parcours.reviews
        ),
        notes=tuple(_handed(events.HandedNote, each) for each in (*parcours.notes, *written)),
        residence=_if_any(events.HandedResidence, parcours.residence),
        exit=_if_any(events.HandedExit, parcours.exit),
    )


def facts_to_keep(parcours: Parcours, file: ParcoursFileHandedOver, maison: str) -> list[Fact]:
    """What the file of `maison` tells and this one does not know, or knows otherwise, as it had been here before."""
    to_keep = []
    for fact in _facts_in(file, parcours):
        after = history.after(parcours, fact)
        if after != parcours:
            to_keep.append(Fact(fact.event, {**fact.withheld, TOLD_BY: maison}))
            parcours = after
    return to_keep


def _facts_in(file: ParcoursFileHandedOver, known: Parcours) -> Iterator[Fact]:
    """As the Maison before told them, with what it withheld; what this one noted of a contact stays beside it."""
    subject: dict[str, UUID | int] = {"participant_id": file.participant_id, "parcours_no": file.parcours_no}
    for contract in file.contracts:
        yield _fact(_told(events.ContractSigned, contract, **subject))
    for contact in file.contacts:
        before = known.contacts.get(contact.contact_id)
        note = contact.note or (before.note if before else None)
        yield _fact(_told(events.ContactLogged, contact, **subject), note=note)
    for step in file.steps:
        yield _fact(_told(events.StepStarted, step, **subject), title=step.title)
        if step.ended_on is not None:
            yield _fact(_told(events.StepEnded, step, **subject))
        if step.qualification is not None:
            yield _fact(_told(events.QualificationObtained, step.qualification, **subject, step_id=step.step_id))
    for job in file.jobs:
        yield _fact(_told(events.JobStarted, job, **subject), employer=job.employer)
        if job.ended_on is not None:
            yield _fact(_told(events.JobEnded, job, **subject, reason_code=job.end_reason_code or "autre"))
    for follow_up in file.follow_ups:
        yield from _facts_of_follow_up(follow_up, known, subject)
    for attendance in file.attendances:
        yield _fact(_told(events.ActionAttended, attendance, **subject))
    for review in file.barriers:
        levels = {each.code: each.level for each in review.barriers if each.code in vocabulary.SENSITIVE_BARRIERS}
        told = tuple(each for each in review.barriers if each.code not in levels)
        yield _fact(_told(events.BarriersReviewed, review, **subject, barriers=told), levels=levels)
    if file.residence is not None:
        yield _fact(_told(events.ResidenceChanged, file.residence, **subject))
    if file.exit is not None:
        reason = vocabulary.in_facts("exit-reason", file.exit.reason_code) or "autre"
        ended = _told(events.ParcoursEnded, file.exit, **subject, reason_code=reason)
        yield _fact(ended, reason_code=None if reason == file.exit.reason_code else file.exit.reason_code)


def _facts_of_follow_up(
    follow_up: events.HandedFollowUp, known: Parcours, subject: Mapping[str, UUID | int]
) -> Iterator[Fact]:
    followed = {"job_id": follow_up.job_id, "step_id": follow_up.step_id}
    before = next((known.follow_ups[id_] for id_ in followed.values() if id_ and id_ in known.follow_ups), None)
    if before is None or before.started_on != follow_up.started_on:
        yield _fact(_told(events.FollowUpStarted, follow_up, **subject))
    for milestone in follow_up.milestones:
        yield _fact(_told(events.FollowUpMilestone, milestone, **subject, **followed))
    if follow_up.ended_on is not None:
        yield _fact(_told(events.FollowUpEnded, follow_up, **subject), reason_code=follow_up.reason_code)


def _handed_follow_up(follow_up: FollowUp) -> events.HandedFollowUp:
    milestones = [follow_up.milestones[month] for month in sorted(follow_up.milestones)]
    return _handed(
        events.HandedFollowUp,
        follow_up,
        job_id=follow_up.subject_id if follow_up.in_job else None,
        step_id=None if follow_up.in_job else follow_up.subject_id,
        milestones=tuple(_handed(events.HandedMilestone, each) for each in milestones),
    )


def _handed(part: type[P], record: object, **otherwise: Any) -> P:
    """A record as the contract spells it: field by field, save what is said `otherwise`."""
    same = {name: getattr(record, name) for name in part.model_fields if name not in otherwise}
    return part(**same, **otherwise)


def _if_any(part: type[P], record: object | None) -> P | None:
    return None if record is None else _handed(part, record)


def _told(event: type[E], part: Part, **otherwise: Any) -> E:
    """The fact that a part of the file tells: the fields that both have, save what is said `otherwise`."""
    same = event.model_fields.keys() & type(part).model_fields.keys()
    return event(**{name: getattr(part, name) for name in same if name not in otherwise}, **otherwise)


def _fact(event: Event, **withheld: Any) -> Fact:
    return Fact(event, {name: value for name, value in withheld.items() if value})
