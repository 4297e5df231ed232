"""Batches into the fact store."""

import pytest
from sqlalchemy import text

from plie_contracts.events import FseRecordUpdated
from plie_reporting.handlers import facts


async def rows(store, table):
    async with store.work() as work:
        return (await work.session.execute(text(f"select * from {table} order by position"))).all()


async def test_every_fact_keeps_its_place_in_the_log_and_when_it_was_recorded(store, told):
    person = told.person().accompanied("2026-01-10")
    await store.take(told.facts)

    (opened,) = await rows(store, "parcours_fact")
    assert (opened.writer, opened.partition, opened.position, opened.type) == ("centre-isere", 0, 2, "ParcoursOpened")
    assert opened.recorded_at == told.at("2026-01-10")
    assert (opened.participant_id, opened.parcours_no, opened.sequence) == (person.participant_id, 1, 1)
    assert opened.medium is None


async def test_the_parts_of_an_orientation_stand_beside_its_own_fields(store, told):
    told.person().received("2026-01-10", prescriber={"kind": "FT"}, barriers=["mobilite", "logement"]).withdrawn(
        "2026-01-12"
    )
    await store.take(told.facts)

    received, withdrawn = await rows(store, "orientation_fact")
    assert (received.prescriber_kind, received.commune_insee, received.unemployed_months) == ("FT", "38563", 20)
    assert received.barriers == ["mobilite", "logement"]
    assert (withdrawn.withdrawn_on.isoformat(), withdrawn.age) == ("2026-01-12", None)


async def test_moves_between_commissions_and_between_maisons_share_their_columns(store, told):
    person = told.person().received("2026-01-10").transferred("2026-01-12", to="metropole")
    person.maison = "mde-grenoble-nord"
    person.admitted("2026-01-20").reassigned("2026-02-01", to="mde-grenoble-sud")
    await store.take(told.facts)

    transferred, admitted, reassigned = await rows(store, "admission_fact")
    moves = [
        (row.moved_from, row.moved_to, row.moved_on and row.moved_on.isoformat()) for row in (transferred, reassigned)
    ]
    assert moves == [
        ("centre-isere", "metropole", "2026-01-12"),
        ("mde-grenoble-nord", "mde-grenoble-sud", "2026-02-01"),
    ]
    assert (admitted.moved_from, admitted.maison) == (None, "mde-grenoble-nord")


async def test_one_event_under_a_savepoint_that_fails_leaves_nothing_and_the_others_stand(store, told):
    told.person().received("2026-01-10")
    told.person().received("2026-01-11")
    async with store.work() as work:
        await facts.apply(told.facts[:1], work)
        with pytest.raises(ZeroDivisionError):
            async with work.savepoint():
                await facts.apply(told.facts[1:], work)
                raise ZeroDivisionError

    assert len(await rows(store, "orientation_fact")) == 1
    assert await store.value("orientations.received") == 1


async def test_what_comes_on_other_streams_is_no_fact(store, told):
    told.person().received("2026-01-10")
    received = told.facts[0]
    record = FseRecordUpdated(participant_id=received.event.orientation_id, operations=())
    other = received._replace(event=record)
    await store.take([other])

    assert await rows(store, "orientation_fact") == []
    async with store.work() as work:
        assert await work.session.scalar(text("select count(*) from touched")) == 0
