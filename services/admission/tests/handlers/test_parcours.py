from datetime import date
from typing import Any
from uuid import UUID

import pytest

from plie_admission.handlers import parcours
from plie_chassis.ids import new_id
from plie_contracts.events import ContactLogged, JobStarted, ParcoursEnded
from plie_contracts.refusals import Refused


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
