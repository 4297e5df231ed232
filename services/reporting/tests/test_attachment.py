"""A fact counts only with its parent and from its owner; until then it waits, visible, and is never lost."""

import pytest

from plie_reporting.queries import conservation


async def stock(store, ends=None):
    async with store.work() as work:
        return await conservation.take_stock(ends or {}, work)


async def test_an_admission_waits_for_its_orientation(store, told):
    told.person().received("2026-01-10").admitted("2026-01-20")
    received, admitted = told.facts
    await store.take([admitted])
    assert (await stock(store)).unattached == {"orientation": 0, "admission": 1, "parcours": 0}
    assert await store.value("orientations.received") == 0

    await store.take([received])
    assert (await stock(store)).unattached == {"orientation": 0, "admission": 0, "parcours": 0}
    assert await store.value("orientations.admitted") == 1


async def test_a_parcours_waits_for_its_admission(store, told):
    told.person().received("2026-01-10").admitted("2026-01-20").opened("2026-01-25").contact("2026-01-26")
    received, admitted, *parcours = told.facts
    await store.take([*parcours, received])
    assert (await stock(store)).unattached["parcours"] == 2
    assert await store.value("contacts.total") == 0

    await store.take([admitted])
    assert (await stock(store)).unattached["parcours"] == 0
    assert await store.value("contacts.total") == 1


async def test_a_decision_waits_for_the_transfer_that_puts_its_clas_in_charge(store, told):
    told.person().received("2026-01-10").transferred("2026-01-12", to="metropole").admitted("2026-01-20")
    received, transferred, admitted = told.facts
    await store.take([received, admitted])
    assert (await stock(store)).unattached["admission"] == 1

    await store.take([transferred])
    assert await store.value("orientations.admitted") == 1


async def test_a_clas_cannot_put_itself_in_charge(store, told):
    person = told.person().received("2026-01-10")
    person.clas = "metropole"
    person.transferred("2026-01-12", to="metropole").admitted("2026-01-20")
    await store.take(told.facts)

    assert (await stock(store)).unattached["admission"] == 2
    assert await store.value("orientations.pending") == 1


@pytest.mark.parametrize("known_first", ["the fact", "the assignment"])
async def test_a_parcours_counts_from_the_maisons_the_person_is_or_was_assigned_to(store, told, known_first):
    person = told.person(clas="metropole", maison="mde-grenoble-nord").accompanied("2026-01-10").contact("2026-01-15")
    person.reassigned("2026-02-01", to="mde-grenoble-sud").contact("2026-02-10")
    person.contact("2026-01-20", writer="mde-grenoble-nord")  # told late by the Maison of then
    person.contact("2026-02-20", writer="centre-isere")
    *_, new, late, foreign = told.facts
    if known_first == "the fact":
        await store.take([new, late, foreign])
        await store.take(told.facts[:-3])
    else:
        await store.take(told.facts)

    assert await store.value("contacts.total") == 3
    assert (await stock(store)).unattached["parcours"] == 1


async def test_a_withdrawal_counts_only_from_the_owner(store, told):
    person = told.person().received("2026-01-10")
    person.prescriber = "metropole"
    person.withdrawn("2026-01-11")
    await store.take(told.facts)

    assert await store.value("orientations.pending") == 1
    assert (await stock(store)).unattached["orientation"] == 1


async def test_facts_of_a_rectified_admission_are_attached_but_count_for_nothing(store, told):
    told.person().accompanied("2026-01-10").contact("2026-01-15").refused("2026-01-20")
    await store.take(told.facts)

    assert await store.value("contacts.total") == 0
    assert await store.value("orientations.refused") == 1
    assert not any((await stock(store)).unattached.values())
