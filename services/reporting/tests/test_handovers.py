"""A change of Maison: nobody is refused, nothing is counted twice, and each Maison has its own months."""

from itertools import permutations

import pytest

from plie_chassis.ids import new_id
from plie_reporting.queries import conservation

NORD, SUD = "mde-grenoble-nord", "mde-grenoble-sud"


def handed_over(told, on="2026-02-10"):
    """A person of Nord, open since December, who goes to Sud."""
    person = told.person(clas="metropole", maison=NORD).accompanied("2025-12-01").contact("2026-01-12")
    person.reassigned(on, to=SUD)
    return person.says("ParcoursHandedOver", on, writer=NORD, to=SUD, handed_over_on=on, last_sequence=3)


async def by_maison(store, code, last, first="2026-01-01"):
    figures = await store.figures(first, last, group_by="maison")
    return {key: cell.value for key, cell in figures[code].cells.items() if cell.value}


async def waiting(store):
    async with store.work() as work:
        return (await conservation.take_stock({}, work)).unattached


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_new_maison_counts_whatever_comes_first(store, told, order):
    person = handed_over(told)
    reassigned = next(fact for fact in told.facts if fact.event.name == "MaisonReassigned")
    others = [fact for fact in told.facts if fact is not reassigned]
    told.facts.clear()
    person.contact("2026-02-20")
    parts = ([reassigned], others, list(told.facts))
    for index in order:
        await store.take(parts[index])
        await store.value("contacts.total")

    assert await store.value("contacts.total") == 2
    assert await waiting(store) == {"orientation": 0, "admission": 0, "parcours": 0}
    assert await store.value("parcours.active", last="2026-02-28") == 1


async def test_until_the_change_is_known_the_new_maisons_facts_wait_and_are_not_refused(store, told):
    handed_over(told).contact("2026-02-20")
    reassigned = next(fact for fact in told.facts if fact.event.name == "MaisonReassigned")
    await store.take([fact for fact in told.facts if fact is not reassigned])

    assert await store.value("contacts.total") == 1
    assert (await waiting(store))["parcours"] == 1


async def test_what_the_old_maison_tells_late_of_days_before_still_counts(store, told):
    person = handed_over(told)
    person.contact("2026-02-03", recorded="2026-02-25", writer=NORD).contact("2026-02-20")
    await store.take(told.facts)

    assert await by_maison(store, "contacts.total", "2026-02-28") == {NORD: 2, SUD: 1}


async def test_a_person_is_in_one_maison_a_day_and_once_on_the_territory(store, told):
    handed_over(told, on="2026-02-10")
    await store.take(told.facts)

    assert await by_maison(store, "parcours.active", "2026-01-31") == {NORD: 1}
    assert await by_maison(store, "parcours.active", "2026-02-09") == {NORD: 1}
    assert await by_maison(store, "parcours.active", "2026-02-10") == {SUD: 1}
    assert await by_maison(store, "parcours.active", "2026-03-10") == {SUD: 1}
    for last in ("2026-01-31", "2026-02-09", "2026-02-10", "2026-03-10"):
        assert await store.value("parcours.active", last=last) == 1


async def test_each_month_of_contact_stands_with_the_maison_of_its_last_day(store, told):
    person = handed_over(told, on="2026-02-10")
    person.contact("2026-02-03", recorded="2026-02-25", writer=NORD)
    await store.take(told.facts)

    async def of(maison):
        coverage = (await store.figures("2026-01-01", "2026-02-28", filters={"maison": maison}))[
            "coverage.monthly_contact"
        ]
        return coverage.total.numerator, coverage.total.denominator

    assert await of(NORD) == (1, 1)
    assert await of(SUD) == (1, 1)


async def test_a_person_who_leaves_leaves_the_maison_of_that_day(store, told):
    handed_over(told, on="2026-02-10").ended("2026-03-01")
    await store.take(told.facts)

    assert await by_maison(store, "parcours.active", "2026-02-28") == {SUD: 1}
    assert await by_maison(store, "parcours.active", "2026-03-10") == {}
    assert await by_maison(store, "parcours.ended", "2026-03-10") == {SUD: 1}
    assert await by_maison(store, "parcours.entered", "2026-03-10", first="2025-12-01") == {NORD: 1}


async def test_who_goes_and_comes_back_is_back_in_the_first_maison(store, told):
    handed_over(told, on="2026-01-15").reassigned("2026-02-15", to=NORD)
    await store.take(told.facts)

    days = ["2026-01-14", "2026-01-15", "2026-02-14", "2026-02-15"]
    assert [await by_maison(store, "parcours.active", day) for day in days] == [
        {NORD: 1},
        {SUD: 1},
        {SUD: 1},
        {NORD: 1},
    ]


async def test_an_admission_rectified_after_the_change_leaves_the_days_before_it_to_the_first_maison(store, told):
    handed_over(told).admitted("2026-02-20", rectifies=True)
    await store.take(told.facts)

    days = ["2026-02-09", "2026-02-10", "2026-02-28"]
    assert [await by_maison(store, "parcours.active", day) for day in days] == [{NORD: 1}, {SUD: 1}, {SUD: 1}]


async def test_an_exit_by_the_maison_that_a_rectified_admission_no_longer_names_ends_nothing(store, told):
    person = told.person(clas="metropole", maison=NORD).accompanied("2025-12-01")
    person.admitted("2026-02-01", maison=SUD, rectifies=True)
    person.ended("2026-02-02", kind="sans-suite", reason_code="autre")
    await store.take(told.facts)
    assert await store.value("parcours.active") == 1
    assert await store.value("exits.sans-suite") == 0

    told.facts.clear()
    person.maison = SUD
    await store.take(person.ended("2026-05-01").told.facts)
    assert await store.value("parcours.active") == 0
    assert await store.value("exits.positive") == 1


async def test_a_change_that_is_taken_back_before_its_day_moves_nobody(store, told):
    person = told.person(clas="metropole", maison=NORD).accompanied("2025-12-01")
    said = {"orientation_id": person.orientation_id, "participant_id": person.participant_id, "reason_code": "charge"}

    def change(recorded, on, to):
        told.say("MaisonReassigned", "metropole", recorded, **said, effective_on=on, to=to, **{"from": other(to)})

    change("2026-02-01", "2026-02-20", SUD)
    change("2026-02-03", "2026-02-20", NORD)
    await store.take(told.facts)
    assert await by_maison(store, "parcours.active", "2026-02-28") == {NORD: 1}

    told.facts.clear()
    change("2026-02-05", "2026-02-10", SUD)
    await store.take(told.facts)
    days = ["2026-02-09", "2026-02-10", "2026-02-28"]
    assert [await by_maison(store, "parcours.active", day) for day in days] == [{NORD: 1}, {SUD: 1}, {SUD: 1}]


def other(maison):
    return NORD if maison == SUD else SUD


async def test_a_parcours_taken_over_is_entered_once(store, told):
    person = handed_over(told, on="2026-02-10")
    person.opened("2026-02-12", origin="takeover").ended("2026-03-01")
    await store.take(told.facts)

    assert await store.value("parcours.entered", first="2025-12-01") == 1
    assert await store.value("parcours.ended") == 1


async def test_a_job_that_the_new_maison_corrects_counts_once_as_corrected(store, told):
    job = new_id()
    person = handed_over(told)
    person.job("2026-01-20", "cdd", contract_months=3, job_id=job, writer=NORD)
    person.job("2026-01-20", "cdi", name="JobCorrected", recorded="2026-02-20", job_id=job)
    await store.take(told.facts)

    figures = await store.figures("2026-01-01", "2026-12-31")
    assert [figures[f"jobs.{kind}"].total.value for kind in ("started", "cdi", "cdd")] == [1, 1, 0]


async def test_the_events_behind_the_active_file_of_a_maison_are_those_of_its_people_of_that_day(store, told):
    from plie_reporting.domain.figures import FIGURES
    from plie_reporting.domain.statistics import Question
    from plie_reporting.queries import events

    handed_over(told, on="2026-02-10")
    told.person(clas="metropole", maison=SUD).accompanied("2026-01-05")
    await store.take(told.facts)

    async def listed(maison, last):
        question = Question(
            told.at("2026-01-01").date(), told.at(last).date(), told.at("2026-03-10").date(), {"maison": maison}
        )
        async with store.work() as work:
            return len(await events.behind(events.BehindFigure(FIGURES["parcours.active"], question, None, 50), work))

    for last in ("2026-01-31", "2026-02-28"):
        active = await by_maison(store, "parcours.active", last)
        assert {maison: await listed(maison, last) for maison in (NORD, SUD)} == {
            maison: active.get(maison, 0) for maison in (NORD, SUD)
        }
