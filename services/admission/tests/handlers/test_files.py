import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from plie_admission import store
from plie_chassis.ids import new_id
from plie_contracts.refusals import Refused
from plie_deploy.testing import eventually

WAITING = """
    select count(*) from pg_locks join pg_database on pg_database.oid = pg_locks.database
    where locktype = 'advisory' and not granted and datname = current_database()
"""
POLE_EMPLOI = "pole-emploi-38.orientation"


async def test_an_orientation_addressed_here_opens_a_file(commission: Any) -> None:
    orientation_id = new_id()
    await commission.is_told_facts(orientation_id)
    file = await commission.file(orientation_id)
    assert (file.status, file.writer, file.last_name) == ("pending", "departement-38.orientation", None)
    assert "identity" in file.missing


async def test_an_orientation_addressed_elsewhere_opens_none(commission: Any) -> None:
    await commission.is_told_facts(new_id(), addressed_to="metropole")
    assert await commission.count("select count(*) from file") == 0


@pytest.mark.parametrize("facts_first", [True, False])
async def test_facts_and_identity_make_one_file_in_either_order(commission: Any, facts_first: bool) -> None:
    orientation_id = new_id()
    tell = [commission.is_told_facts, commission.is_told_identity]
    for telling in tell if facts_first else reversed(tell):
        await telling(orientation_id)
    file = await commission.file(orientation_id)
    assert (file.name, file.status, file.missing) == ("Noémie Bérard", "pending", [])
    assert file.searchable == "berard noemie berard"
    assert file.orientation.facts_known


@pytest.mark.parametrize("told", ["is_told_facts", "is_told_identity", "is_told_correction", "is_told_withdrawal"])
async def test_the_first_writer_owns_an_orientation(commission: Any, told: str) -> None:
    orientation_id = await commission.receives()
    with pytest.raises(Refused, match=r"ownership\.not-owner"):
        await getattr(commission, told)(orientation_id, writer=POLE_EMPLOI)


async def test_a_writer_owns_an_orientation_even_when_it_goes_to_another_commission(commission: Any) -> None:
    orientation_id = new_id()
    await commission.is_told_facts(orientation_id, addressed_to="metropole")
    with pytest.raises(Refused, match=r"ownership\.not-owner"):
        await commission.is_told_facts(orientation_id, writer=POLE_EMPLOI)


async def test_a_correction_replaces_the_facts(commission: Any) -> None:
    orientation_id = new_id()
    await commission.is_told_facts(orientation_id)
    await commission.is_told_correction(orientation_id, barriers=("logement",))
    assert (await commission.file(orientation_id)).orientation.barriers == ("logement",)


async def test_a_file_addressed_to_another_commission_leaves_the_inbox_and_may_come_back(commission: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id)
    await commission.is_told_correction(orientation_id, addressed_to="metropole")
    file = await commission.file(orientation_id)
    assert (file.status, file.agenda_of) == ("redirected", None)
    assert await left_because(commission, session.session_id, orientation_id) == "redirected"
    await commission.is_told_correction(orientation_id)
    assert (await commission.file(orientation_id)).status == "pending"


async def test_a_withdrawal_closes_the_file_and_takes_it_off_the_agenda(commission: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id)
    await commission.is_told_withdrawal(orientation_id)
    file = await commission.file(orientation_id)
    assert (file.status, file.agenda_of, file.withdrawn_on) == ("withdrawn", None, date(2026, 3, 10))
    assert await left_because(commission, session.session_id, orientation_id) == "withdrawn"


async def test_a_withdrawal_that_comes_before_its_orientation_takes_effect(commission: Any) -> None:
    orientation_id = new_id()
    await commission.is_told_withdrawal(orientation_id)
    await commission.is_told_facts(orientation_id)
    assert (await commission.file(orientation_id)).status == "withdrawn"


async def test_a_decision_wins_over_a_withdrawal_and_the_prescriber_is_told(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    await commission.settles(given.admission(), orientation_id)
    await commission.is_told_withdrawal(orientation_id)
    assert (await commission.file(orientation_id)).status == "admitted"
    notice = (await commission.emitted("OrientationOutcomeNotified"))[-1]
    assert notice.topic.endswith("centre-isere.admission.to.departement-38.orientation")
    assert (notice.value["status"], notice.value["on"]) == ("withdrawal-too-late", "2026-03-10")


async def test_an_identity_corrected_after_admission_reaches_the_maison(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    await commission.settles(given.admission(), orientation_id)
    await commission.is_told_identity(orientation_id, last_name="Bérard-Ollier")
    handed = await commission.emitted("IdentityProvided")
    assert [one.value["last_name"] for one in handed] == ["Bérard", "Bérard-Ollier"]


async def test_an_identity_that_comes_after_the_admission_is_handed_to_the_maison(commission: Any, given: Any) -> None:
    orientation_id = new_id()
    await commission.is_told_facts(orientation_id)
    await commission.settles(given.admission(), orientation_id)
    assert await commission.emitted("IdentityProvided") == []
    await commission.is_told_identity(orientation_id)
    (handed,) = await commission.emitted("IdentityProvided")
    assert handed.topic == "plie.identity.v1.centre-isere.admission.to.centre-isere.parcours"


@pytest.mark.parametrize("told", ["is_told_facts", "is_told_identity", "is_told_withdrawal"])
async def test_what_is_heard_waits_for_its_turn_before_it_holds_anything(commission: Any, told: str) -> None:
    orientation_id = await commission.receives()
    async with commission.units.begin() as work:
        await store.take_turn(work)
        heard = asyncio.create_task(getattr(commission, told)(orientation_id))
        await eventually(lambda: commission.count(WAITING))
        await store.claim(orientation_id, None, work)
    await heard


async def left_because(commission: Any, session_id: UUID, orientation_id: UUID) -> str | None:
    async with commission.units.engine.connect() as connection:
        query = text(
            "select left_because from agenda_item where session_id = :session and orientation_id = :orientation"
        )
        found = await connection.execute(query, {"session": session_id, "orientation": orientation_id})
        return found.scalar_one()
