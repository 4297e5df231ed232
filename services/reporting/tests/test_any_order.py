"""Figures follow from the set of facts: any order, any batches, give the same."""

from collections.abc import Sequence
from itertools import islice

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from plie_chassis.ids import new_id
from plie_reporting.queries import conservation

TABLES = "orientation_fact, admission_fact, parcours_fact, touched, journey, counted, rolled, unattached"


def lives(told):
    """Corrections, cancellations, a transfer, a change of Maison, a merge, a re-entry, foreign and missing writers."""
    contact, job = new_id(), new_id()
    first = told.person(clas="metropole", maison="mde-grenoble-nord").received("2025-11-10").deferred("2025-11-20")
    first.admitted("2025-12-04").opened("2025-12-06").interview("2025-12-10").signed("2025-12-11")
    first.contact("2026-01-11", contact_id=contact).contact(
        "2026-01-12", "visio", name="ContactCorrected", contact_id=contact
    )
    first.reassigned("2026-01-20", to="mde-grenoble-sud").contact("2026-02-03", "courriel", stage="job")
    first.job("2025-09-01", job_id=job).attested("2025-12-02", job, 3).followed(
        "2026-02-28", job, retained_3_months=True, retained_6_months=True
    )
    first.ended("2026-03-01")
    again = (
        told.person(participant_id=first.participant_id, parcours_no=2)
        .received("2026-03-02")
        .transferred("2026-03-03", to="metropole")
    )
    again.maison = "mde-grenoble-sud"
    again.admitted("2026-03-05").opened("2026-03-06").says(
        "ContactCancelled", "2026-03-07", contact_id=contact, reason_code="doublon"
    )
    other = (
        told.person()
        .received("2026-01-10")
        .corrected("2026-01-11", "2026-01-10", person={"sex": "M"})
        .withdrawn("2026-01-12")
    )
    other.admitted("2026-01-20").opened("2026-01-21").merged_into("2026-01-22", first)
    other.step("2026-02-01", "siae").attended("2026-02-05").contact("2026-02-06", writer="mde-grenoble-nord")
    told.person().admitted("2026-01-20").opened("2026-01-22")


async def seen(store):
    figures = await store.figures("2025-01-01", "2026-12-31", group_by="maison")
    async with store.work() as work:
        stock = await conservation.take_stock({}, work)
    return figures, stock.orientations, stock.parcours, stock.unattached


def cut(facts: Sequence, sizes: Sequence[int]):
    rest = iter(facts)
    for size in sizes:
        if batch := list(islice(rest, size)):
            yield batch
    if last := list(rest):
        yield last


async def test_any_order_and_any_batches_of_the_facts_give_the_same_figures(store, told):
    lives(told)
    await store.take(told.facts)
    expected = await seen(store)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(order=st.permutations(told.facts), sizes=st.lists(st.integers(1, 9), max_size=8), settled=st.booleans())
    async def holds(order, sizes, settled):
        async with store.work() as work:
            await work.session.execute(text(f"truncate {TABLES}"))
        for batch in cut(order, sizes):
            await store.take(batch)
            if settled:
                await seen(store)
        assert await seen(store) == expected

    await _run(holds)


async def _run(property_test):
    """Hypothesis drives coroutines on this loop, one example after the other."""
    import asyncio

    loop = asyncio.get_running_loop()
    inner = property_test.hypothesis.inner_test
    property_test.hypothesis.inner_test = lambda *a, **k: asyncio.run_coroutine_threadsafe(
        inner(*a, **k), loop
    ).result()
    await asyncio.to_thread(property_test)
