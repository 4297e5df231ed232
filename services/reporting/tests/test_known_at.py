"""Figures as they were known at an instant: from the facts whose Kafka timestamp is not later."""


async def test_what_was_recorded_later_was_not_known(store, told):
    person = told.person().received("2026-01-10").admitted("2026-01-20").opened("2026-01-25")
    person.contact("2026-01-28", recorded="2026-02-15")  # noted two weeks late
    person.ended("2026-02-20")
    await store.take(told.facts)

    async def known(on):
        figures = await store.figures("2026-01-01", "2026-01-31", as_known_at=told.at(on), today=told.at(on).date())
        return {code: f.total.value for code, f in figures.items() if f.total.value and f.figure.unit != "jours"}

    assert await known("2026-01-05") == {}
    assert await known("2026-01-15") == {"orientations.received": 1, "orientations.pending": 1}
    assert (await known("2026-02-01"))["parcours.active"] == 1
    assert "contacts.total" not in await known("2026-02-14")
    assert (await known("2026-02-15"))["contacts.total"] == 1
    assert await store.value("contacts.total", "2026-01-01", "2026-01-31") == 1


async def test_an_old_state_is_known_again_as_it_was(store, told):
    person = told.person().received("2026-01-10").corrected("2026-01-20", "2026-01-10", person={"sex": "M"})
    person.refused("2026-01-22").admitted("2026-01-29")
    await store.take(told.facts)

    async def known(on, **filters):
        figures = await store.figures("2026-01-01", "2026-01-31", as_known_at=told.at(on), filters=filters)
        return {s for s in ("pending", "refused", "admitted") if figures[f"orientations.{s}"].total.value}

    assert await known("2026-01-15", sex="F") == {"pending"}
    assert await known("2026-01-21", sex="F") == set()
    assert await known("2026-01-25", sex="M") == {"refused"}
    assert await known("2026-01-30", sex="M") == {"admitted"}


async def test_everything_known_is_what_the_store_holds(store, told):
    first = told.person().accompanied("2026-01-10").interview("2026-01-12").contact("2026-02-10").job("2026-02-11")
    told.person().accompanied("2026-01-12").merged_into("2026-01-20", first).ended("2026-02-20")
    await store.take(told.facts)

    asked = {"first": "2026-01-01", "last": "2026-03-31", "group_by": "month"}
    assert await store.figures(**asked, as_known_at=told.at("2026-03-10")) == await store.figures(**asked)
