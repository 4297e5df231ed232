from datetime import date
from typing import Any
from uuid import UUID

import pytest

from plie_admission.domain.follow_ups import Opinion, OpinionDraft, Subject
from plie_admission.handlers import parcours
from plie_admission.queries.maisons import maisons
from plie_chassis.ids import new_id
from plie_contracts.events import (
    ContactCorrected,
    ContactLogged,
    JobStarted,
    ParcoursEnded,
    ParcoursHandedOver,
    ParcoursOpened,
    ReferentChanged,
)
from plie_contracts.refusals import Refused

NORD, SUD = "mde-grenoble-nord", "mde-grenoble-sud"
CHANGE = OpinionDraft(Opinion.FAVOURABLE, None, SUD, "demenagement", date(2026, 4, 1))


@pytest.fixture
async def admitted(commission: Any, given: Any) -> UUID:
    orientation_id = await commission.receives()
    await commission.settles(given.admission(), orientation_id)
    return (await commission.file(orientation_id)).participant_id


def interview(participant_id: UUID, **changes: Any) -> ContactLogged:
    told = {
        "participant_id": participant_id,
        "contact_id": new_id(),
        "occurred_on": date(2026, 3, 26),
        "medium": "presentiel",
        "outcome": "honore",
        "referent_id": "referent-1",
        "stage": "welcome",
        "first_interview": True,
    }
    return ContactLogged(**(told | changes))


async def told(commission: Any) -> list[tuple[str, str]]:
    notices = await commission.emitted("OrientationOutcomeNotified")
    return [(one.value["status"], one.value["on"]) for one in notices]


async def test_the_prescriber_hears_of_the_life_after_admission(commission: Any, admitted: UUID, received: Any) -> None:
    job = JobStarted(
        participant_id=admitted, job_id=new_id(), started_on=date(2026, 5, 4), contract_kind="cdi", durable=True
    )
    end = ParcoursEnded(
        participant_id=admitted, ended_on=date(2026, 11, 3), kind="positive", reason_code="emploi-durable"
    )
    await commission.run(parcours.tell_first_interview, received(interview(admitted), "centre-isere.parcours"))
    await commission.run(parcours.tell_job, received(job, "centre-isere.parcours"))
    await commission.run(parcours.end_parcours, received(end, "centre-isere.parcours"))
    assert (await told(commission))[2:] == [
        ("first-interview-held", "2026-03-26"),
        ("job-started", "2026-05-04"),
        ("exited", "2026-11-03"),
    ]


async def test_a_later_contact_is_no_news(commission: Any, admitted: UUID, received: Any) -> None:
    before = await told(commission)
    contact = interview(admitted, first_interview=False)
    await commission.run(parcours.tell_first_interview, received(contact, "centre-isere.parcours"))
    assert await told(commission) == before


async def test_a_maison_that_was_never_named_does_not_speak_of_the_person(
    commission: Any, admitted: UUID, received: Any
) -> None:
    with pytest.raises(Refused, match=r"ownership\.not-owner"):
        await commission.run(parcours.tell_first_interview, received(interview(admitted), "mde-grenoble-nord.parcours"))


async def test_a_parcours_of_no_orientation_is_nobodys_news(commission: Any, received: Any) -> None:
    await commission.run(parcours.tell_first_interview, received(interview(new_id()), "centre-isere.parcours"))
    assert await told(commission) == []


async def test_an_ended_parcours_frees_its_place(commission: Any, admitted: UUID, received: Any) -> None:
    end = ParcoursEnded(participant_id=admitted, ended_on=date(2026, 11, 3), kind="sans-suite", reason_code="abandon")
    await commission.run(parcours.end_parcours, received(end, "centre-isere.parcours"))
    assert await commission.count("select count(*) from file where ended_on = '2026-11-03'") == 1


async def at_sud_after_all(grenoble: Any, given: Any) -> UUID:
    """Somebody whom Grenoble Nord accompanied already, when a rectified admission names Grenoble Sud."""
    orientation_id: UUID = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    file = await grenoble.file(orientation_id)
    opened = ParcoursOpened(
        participant_id=file.participant_id,
        opened_on=date(2026, 3, 12),
        referent_id="referent-02",
        modality="emploi-renforce",
    )
    await grenoble.hears(parcours.note_referent, opened, f"{NORD}.parcours")
    stated = given.admission(maison=SUD, reason_code="autre")
    await grenoble.decides(orientation_id, file.decided_in, stated, rectifies=True)
    return orientation_id


def exit_of(person: UUID) -> ParcoursEnded:
    return ParcoursEnded(participant_id=person, ended_on=date(2026, 3, 13), kind="sans-suite", reason_code="autre")


async def test_an_exit_told_by_the_maison_that_a_rectified_admission_no_longer_names_ends_nothing(
    grenoble: Any, given: Any
) -> None:
    orientation_id = await at_sud_after_all(grenoble, given)
    person = (await grenoble.file(orientation_id)).participant_id
    await grenoble.hears(parcours.end_parcours, exit_of(person), f"{NORD}.parcours")
    assert (await grenoble.file(orientation_id)).ended_on is None
    assert "exited" not in dict(await told(grenoble))
    await grenoble.hears(parcours.end_parcours, exit_of(person), f"{SUD}.parcours")
    assert (await grenoble.file(orientation_id)).ended_on == date(2026, 3, 13)


async def test_an_exit_from_before_a_change_of_maison_counts_even_when_the_new_maison_was_heard_first(
    grenoble: Any, moving: UUID
) -> None:
    person = (await grenoble.file(moving)).participant_id
    first = referent(person, "referent-09", date(2026, 4, 2))
    await grenoble.hears(parcours.note_referent, first, f"{SUD}.parcours")
    await grenoble.hears(parcours.end_parcours, exit_of(person), f"{NORD}.parcours")
    assert (await grenoble.file(moving)).ended_on == date(2026, 3, 13)


async def test_an_admission_that_was_refused_since_is_ended_by_the_maison_that_opened_the_parcours(
    commission: Any, given: Any, admitted: UUID
) -> None:
    (orientation_id,) = {UUID(one.value["orientation_id"]) for one in await commission.emitted("AdmissionValidated")}
    session_id = (await commission.file(orientation_id)).decided_in
    await commission.decides(orientation_id, session_id, given.refusal(), rectifies=True)
    await commission.hears(parcours.end_parcours, exit_of(admitted), "centre-isere.parcours")
    assert (await commission.file(orientation_id)).ended_on == date(2026, 3, 13)


async def test_the_referent_of_the_maison_that_is_no_longer_named_is_not_counted_at_the_other_one(
    grenoble: Any, given: Any
) -> None:
    await at_sud_after_all(grenoble, given)
    async with grenoble.units.begin() as work:
        nord, sud = await maisons(work)
    assert [(one.capacity.active, one.welcome, len(one.referents)) for one in (nord, sud)] == [(0, 0, 0), (1, 1, 0)]


async def test_a_correction_that_makes_the_first_interview_is_told_once(commission: Any, admitted: UUID) -> None:
    contact = interview(admitted, first_interview=False)
    corrected = ContactCorrected(**contact.model_dump() | {"first_interview": True}, reason_code="erreur-saisie")
    for event in (contact, corrected, corrected):
        await commission.hears(parcours.tell_first_interview, event, "centre-isere.parcours")
    assert [status for status, _ in await told(commission)] == ["in-commission", "admitted", "first-interview-held"]


async def test_the_load_of_each_referent_is_known_from_the_maisons_facts(grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    person = (await grenoble.file(orientation_id)).participant_id
    opened = ParcoursOpened(
        participant_id=person, opened_on=date(2026, 3, 14), referent_id="referent-02", modality="emploi-renforce"
    )
    async with grenoble.units.begin() as work:
        assert [one.welcome for one in await maisons(work)] == [1, 0]
    await grenoble.hears(parcours.note_referent, opened, f"{NORD}.parcours")
    changed = ReferentChanged.model_validate(
        {
            "participant_id": person,
            "from": "referent-02",
            "to": "referent-03",
            "changed_on": date(2026, 3, 20),
            "reason_code": "charge",
        }
    )
    await grenoble.hears(parcours.note_referent, changed, f"{NORD}.parcours")
    async with grenoble.units.begin() as work:
        nord, _ = await maisons(work)
    assert (nord.welcome, nord.capacity.active) == (0, 1)
    assert [(one.referent_id, one.capacity.active, one.capacity.places) for one in nord.referents] == [
        ("referent-03", 1, 70)
    ]
    with pytest.raises(Refused):
        await grenoble.hears(parcours.note_referent, opened, f"{SUD}.parcours")


def referent(person: UUID, to: str, on: date) -> ReferentChanged:
    return ReferentChanged.model_validate(
        {"participant_id": person, "to": to, "changed_on": on, "reason_code": "affectation"}
    )


@pytest.fixture
async def moving(grenoble: Any, given: Any) -> UUID:
    """Somebody of Grenoble Nord whom the commission sends to Grenoble Sud from 1 April."""
    orientation_id: UUID = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    person = (await grenoble.file(orientation_id)).participant_id
    opened = ParcoursOpened(
        participant_id=person, opened_on=date(2026, 3, 12), referent_id="referent-02", modality="emploi-renforce"
    )
    await grenoble.hears(parcours.note_referent, opened, f"{NORD}.parcours")
    await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, CHANGE)
    return orientation_id


def handover(person: UUID, **changes: Any) -> ParcoursHandedOver:
    told = {"participant_id": person, "to": SUD, "handed_over_on": date(2026, 4, 1), "last_sequence": 1}
    return ParcoursHandedOver(**(told | changes))


async def test_who_is_to_change_maison_is_accompanied_by_the_first_until_it_hands_over(
    grenoble: Any, moving: UUID
) -> None:
    file = await grenoble.file(moving)
    assert (file.maison, file.referent_id) == (NORD, "referent-02")
    await grenoble.hears(parcours.note_handover, handover(file.participant_id), f"{NORD}.parcours")
    file = await grenoble.file(moving)
    assert (file.maison, file.referent_id, file.moves_to, file.moved_on) == (SUD, None, None, date(2026, 4, 1))


@pytest.mark.parametrize("handed_over_first", [True, False])
async def test_the_new_maison_speaks_of_the_person_before_or_after_the_handover_is_heard(
    grenoble: Any, moving: UUID, handed_over_first: bool
) -> None:
    person = (await grenoble.file(moving)).participant_id
    told = [
        (parcours.note_handover, handover(person), NORD),
        (parcours.note_referent, referent(person, "referent-09", date(2026, 4, 2)), SUD),
    ]
    for handler, event, maison in told if handed_over_first else reversed(told):
        await grenoble.hears(handler, event, f"{maison}.parcours")
    file = await grenoble.file(moving)
    assert (file.maison, file.referent_id, file.opened_on) == (SUD, "referent-09", date(2026, 3, 12))


async def test_late_facts_of_the_maison_that_was_left_still_count(grenoble: Any, moving: UUID) -> None:
    person = (await grenoble.file(moving)).participant_id
    await grenoble.hears(parcours.note_handover, handover(person), f"{NORD}.parcours")
    before = interview(person, occurred_on=date(2026, 3, 30))
    await grenoble.hears(parcours.tell_first_interview, before, f"{NORD}.parcours")
    late = referent(person, "referent-03", date(2026, 3, 31))
    await grenoble.hears(parcours.note_referent, late, f"{NORD}.parcours")
    file = await grenoble.file(moving)
    assert (file.first_interview_on, file.referent_id) == (date(2026, 3, 30), None)


async def test_nobody_is_handed_over_to_a_maison_that_the_commission_did_not_choose(grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison=NORD))
    person = (await grenoble.file(orientation_id)).participant_id
    with pytest.raises(Refused, match=r"ownership\.not-owner"):
        await grenoble.hears(parcours.note_handover, handover(person), f"{NORD}.parcours")
    assert (await grenoble.file(orientation_id)).maison == NORD


async def test_a_place_is_taken_at_the_new_maison_from_the_decision(grenoble: Any, moving: UUID) -> None:
    async with grenoble.units.begin() as work:
        nord, sud = await maisons(work)
    assert [(one.capacity.active, one.welcome, len(one.referents)) for one in (nord, sud)] == [(0, 0, 0), (1, 1, 0)]


async def test_a_later_follow_up_goes_out_from_the_new_maison(grenoble: Any, moving: UUID) -> None:
    person = (await grenoble.file(moving)).participant_id
    await grenoble.hears(parcours.note_handover, handover(person), f"{NORD}.parcours")
    later = grenoble.later(60)
    back = OpinionDraft(Opinion.FAVOURABLE, None, NORD, "demenagement", date(2026, 6, 1))
    await later.gives_and_closes(moving, Subject.REASSIGNMENT, back)
    moved = (await grenoble.emitted("MaisonReassigned"))[-1]
    assert (moved.value["from"], moved.value["to"]) == (SUD, NORD)
