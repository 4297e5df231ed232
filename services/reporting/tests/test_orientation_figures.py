"""Where the orientations of a period are."""

PLACES = ("received", "pending", "admitted", "deferred", "refused", "withdrawn")


async def places(store, first="2026-01-01", last="2026-01-31", **asked):
    figures = await store.figures(first, last, **asked)
    return {name: n for name in PLACES if (n := figures[f"orientations.{name}"].total.value)}


async def test_each_orientation_stands_in_one_place_by_its_last_decision(store, told):
    told.person().received("2026-01-10")
    told.person().received("2026-01-11").admitted("2026-01-20")
    told.person().received("2026-01-12").deferred("2026-01-20")
    told.person().received("2026-01-13").deferred("2026-01-20").refused("2026-02-20")
    told.person().received("2026-01-14").withdrawn("2026-01-15")
    await store.take(told.facts)

    assert await places(store) == {
        "received": 5,
        "pending": 1,
        "admitted": 1,
        "deferred": 1,
        "refused": 1,
        "withdrawn": 1,
    }
    assert await store.value("rate.admission", "2026-01-01", "2026-01-31") == 50.0


async def test_a_period_holds_both_its_days(store, told):
    for on in ("2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01"):
        told.person().received(on)
    await store.take(told.facts)

    assert await places(store) == {"received": 2, "pending": 2}


async def test_an_orientation_received_before_midnight_in_paris_counts_on_that_day(store, told):
    told.person().received("2026-01-31", received_at="2026-01-31T22:30:00+00:00")  # 23 h 30 in Paris
    told.person().received("2026-01-31", received_at="2026-01-31T23:30:00+00:00")  # 0 h 30 on 1 February
    await store.take(told.facts)

    assert await places(store) == {"received": 1, "pending": 1}


async def test_the_highest_decision_number_counts_and_not_the_last_to_arrive(store, told):
    told.person().received("2026-01-10").refused("2026-01-20").admitted("2026-01-27")
    await store.take(list(reversed(told.facts)))

    assert await places(store) == {"received": 1, "admitted": 1}


async def test_a_decision_wins_over_a_withdrawal_that_crossed_it(store, told):
    told.person().received("2026-01-10").withdrawn("2026-01-19").admitted("2026-01-20")
    await store.take(told.facts)

    assert await places(store) == {"received": 1, "admitted": 1}


async def test_a_corrected_orientation_counts_once_with_its_new_state(store, told):
    told.person().received("2026-01-10").corrected("2026-01-12", "2026-01-10", person={"commune_insee": "38416"})
    await store.take(told.facts)

    assert await places(store, filters={"commune": "38563"}) == {}
    assert await places(store, filters={"commune": "38416"}) == {"received": 1, "pending": 1}
    assert await places(store, filters={"territory": "sud-gresivaudan"}) == {"received": 1, "pending": 1}


async def test_the_first_writer_of_an_orientation_owns_it(store, told):
    person = told.person().received("2026-01-10")
    person.prescriber = "pole-emploi-38"
    person.received("2026-01-12", prescriber={"kind": "FT"}).withdrawn("2026-01-13")
    await store.take(told.facts)

    assert await places(store, filters={"prescriber_kind": "DEPT"}) == {"received": 1, "pending": 1}
    assert await places(store, filters={"prescriber_kind": "FT"}) == {}


async def test_a_transferred_orientation_belongs_to_the_clas_that_takes_it_over(store, told):
    told.person().received("2026-01-10").transferred("2026-01-12", to="metropole").admitted(
        "2026-01-20", maison="mde-grenoble-nord"
    )
    await store.take(told.facts)

    assert await places(store, filters={"clas": "centre-isere"}) == {}
    assert await places(store, filters={"clas": "metropole"}) == {"received": 1, "admitted": 1}


async def test_a_decision_of_a_clas_that_is_not_in_charge_counts_for_nothing(store, told):
    person = told.person().received("2026-01-10")
    person.clas = "metropole"
    person.admitted("2026-01-20")
    await store.take(told.facts)

    assert await places(store) == {"received": 1, "pending": 1}


async def test_groups_add_up_to_the_whole(store, told):
    told.person().received("2026-01-10", prescriber={"kind": "FT"}, barriers=["mobilite", "logement"])
    told.person().received("2026-01-11", person={"sex": "M", "age": 17, "education_level": None})
    told.person().received("2026-02-01", person={"sex": "M", "age": 60, "commune_insee": "38999"}, barriers=[])
    await store.take(told.facts)

    async def cells(group_by):
        figures = await store.figures("2026-01-01", "2026-02-28", group_by=group_by)
        return {key: cell.value for key, cell in figures["orientations.received"].cells.items() if cell.value}

    assert await cells("month") == {"2026-01": 2, "2026-02": 1}
    assert await cells("prescriber_kind") == {"DEPT": 2, "FT": 1}
    assert await cells("sex") == {"F": 1, "M": 2}
    assert await cells("age_band") == {"30-44": 1, "under-18": 1, "55-and-over": 1}
    assert await cells("education") == {"2": 2, "unknown": 1}
    assert await cells("territory") == {"voironnais": 2, "hors-territoire": 1}
    assert await cells("clas") == {"centre-isere": 3}
    assert await cells("rsa") == {"yes": 3}
    assert await cells("qpv") == {"no": 3}
    assert await cells("barrier") == {"mobilite": 2, "numerique": 1, "logement": 1}
