"""Received = pending + admitted + deferred + refused + withdrawn; admitted = awaiting welcome + open + ended."""

from sqlalchemy import text

from plie_reporting.queries import conservation

TOPIC = "plie.parcours.v1.centre-isere"


async def stock(store, ends=None):
    async with store.work() as work:
        return await conservation.take_stock(ends or {}, work)


async def applied_up_to(store, offset):
    async with store.work() as work:
        await work.session.execute(
            text("insert into inbox_offset (topic, partition, next) values (:topic, 0, :next)"),
            {"topic": TOPIC, "next": offset},
        )


def a_year(told):
    told.person().received("2026-01-10")
    told.person().received("2026-01-10").deferred("2026-01-20")
    told.person().received("2026-01-10").refused("2026-01-20")
    told.person().received("2026-01-10").withdrawn("2026-01-11")
    told.person().received("2026-01-10").admitted("2026-01-20")
    told.person().accompanied("2026-01-10")
    told.person().accompanied("2026-01-10").ended("2026-02-10")


async def test_everyone_received_is_somewhere_and_so_is_everyone_admitted(store, told):
    a_year(told)
    await store.take(told.facts)
    await applied_up_to(store, 7)

    found = await stock(store, {(TOPIC, 0): 7})

    assert found.received == 7
    assert found.orientations == {"pending": 1, "admitted": 3, "deferred": 1, "refused": 1, "withdrawn": 1}
    assert (found.admitted, found.parcours) == (3, {"awaiting_welcome": 1, "open": 1, "ended": 1})
    assert (found.orientations_balance, found.parcours_balance) == (True, True)


async def test_no_balance_is_said_while_a_fact_is_missing(store, told):
    a_year(told)
    admissions = [fact for fact in told.facts if fact.event.name == "AdmissionValidated"]
    await store.take([fact for fact in told.facts if fact is not admissions[-1]])
    await applied_up_to(store, 7)

    found = await stock(store, {(TOPIC, 0): 7})

    assert found.unattached["parcours"] == 2  # the opening and the end
    assert (found.orientations_balance, found.parcours_balance) == (None, None)


async def test_no_balance_is_said_while_a_stream_lags_or_kafka_does_not_answer(store, told):
    await applied_up_to(store, 7)

    lagging, unknown, caught_up = [await stock(store, ends) for ends in ({(TOPIC, 0): 8}, {}, {(TOPIC, 0): 7})]

    assert ([s.lag for s in lagging.streams], lagging.orientations_balance) == ([1], None)
    assert ([s.lag for s in unknown.streams], unknown.orientations_balance) == ([None], None)
    assert ([s.lag for s in caught_up.streams], caught_up.orientations_balance) == ([0], True)


async def test_a_stream_that_was_never_read_lags_by_all_it_holds(store):
    found = await stock(store, {(TOPIC, 0): 3, (TOPIC, 1): 0})

    assert [(s.partition, s.applied_offset, s.lag) for s in found.streams] == [(0, 0, 3), (1, 0, 0)]


async def test_a_parked_record_stands_with_its_stream_and_keeps_the_balance_unsaid(store):
    await applied_up_to(store, 7)
    async with store.work() as work:
        await work.session.execute(
            text("""insert into held_record (state, topic, partition, "offset", key, type, value, header_names,
                header_values, recorded_at) values ('parked', :topic, 0, 6, 'k', 't', '', '{}', '{}', now())"""),
            {"topic": TOPIC},
        )

    found = await stock(store, {(TOPIC, 0): 7})

    assert [(s.parked, s.refused) for s in found.streams] == [(1, 0)]
    assert found.orientations_balance is None


async def test_two_admissions_of_one_parcours_unbalance_it(store, told):
    first = told.person().accompanied("2026-01-10")
    told.person(participant_id=first.participant_id).received("2026-01-11").admitted("2026-01-20")
    await store.take(told.facts)
    await applied_up_to(store, 7)

    assert (await stock(store, {(TOPIC, 0): 7})).parcours_balance is False
