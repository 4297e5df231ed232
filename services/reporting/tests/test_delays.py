"""Delays in days: median and quartiles, by the month in which they end."""


async def test_delays_are_medians_with_quartiles(store, told):
    for days in ("11", "13", "15", "19", "31"):
        told.person().received("2026-01-01").admitted(f"2026-01-{days}")
    await store.take(told.facts)

    delay = (await store.figures("2026-01-01", "2026-01-31"))["delay.orientation_decision"].total
    assert (delay.q1, delay.value, delay.q3, delay.n) == (12, 14, 18, 5)


async def test_delays_run_from_the_admission_to_the_first_of_each_kind(store, told):
    told.person().received("2026-01-01").admitted("2026-01-11").opened("2026-01-12").interview("2026-01-21").interview(
        "2026-01-25"
    ).signed("2026-01-26").signed("2026-02-20").job("2026-02-10").job("2026-03-01")
    await store.take(told.facts)

    figures = await store.figures("2026-01-01", "2026-12-31")
    delays = {name: figures[f"delay.decision_{name}"].total.value for name in ("first_interview", "contract", "job")}
    assert delays == {"first_interview": 10, "contract": 15, "job": 30}


async def test_a_missed_first_interview_is_none(store, told):
    told.person().accompanied("2026-01-10").contact("2026-01-12", first_interview=True, outcome="absent")
    await store.take(told.facts)

    assert await store.value("delay.decision_first_interview") is None


async def test_a_delay_is_never_negative(store, told):
    told.person().accompanied("2026-01-10").interview("2026-01-12").admitted("2026-01-20")  # a rectified decision
    told.person().received("2026-01-15", received_at="2026-01-15T12:00:00Z").admitted("2026-01-14")
    await store.take(told.facts)

    figures = await store.figures("2026-01-01", "2026-12-31")
    assert figures["delay.decision_first_interview"].total.value == 0
    assert figures["delay.orientation_decision"].total.q1 >= 0


async def test_a_delay_belongs_to_the_month_in_which_it_ends(store, told):
    told.person().received("2026-01-20").admitted("2026-02-03")
    await store.take(told.facts)

    assert await store.value("delay.orientation_decision", "2026-01-01", "2026-01-31") is None
    assert await store.value("delay.orientation_decision", "2026-02-01", "2026-02-28") == 14
