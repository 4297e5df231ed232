"""Where the orientations of a period are."""


async def test_each_orientation_stands_in_one_place_by_its_last_decision(store, told):
    told.person().received("2026-01-10")
    told.person().received("2026-01-11").admitted("2026-01-20")
    told.person().received("2026-01-12").deferred("2026-01-20")
    told.person().received("2026-01-13").deferred("2026-01-20").refused("2026-02-20")
    told.person().received("2026-01-14").withdrawn("2026-01-15")
    await store.take(told.facts)

    figures = await store.figures("2026-01-01", "2026-01-31")

    places = {
        name: figures[f"orientations.{name}"].total.value
        for name in ("received", "pending", "admitted", "deferred", "refused", "withdrawn")
    }
    assert places == {"received": 5, "pending": 1, "admitted": 1, "deferred": 1, "refused": 1, "withdrawn": 1}
    assert figures["rate.admission"].total.value == 50.0
