"""What happens in the parcours of a period."""

import pytest

from plie_chassis.ids import new_id


async def test_the_active_file_holds_parcours_open_and_not_ended_on_the_last_day(store, told):
    told.person().accompanied("2026-01-10")
    told.person().accompanied("2026-01-10").ended("2026-01-31")
    told.person().accompanied("2026-01-10").ended("2026-02-01")
    told.person().accompanied("2026-02-01")
    told.person().received("2026-01-10").admitted("2026-01-20")  # awaits its welcome
    await store.take(told.facts)

    assert await store.value("parcours.active", "2026-01-01", "2026-01-31") == 2
    assert await store.value("parcours.entered", "2026-01-01", "2026-01-31") == 3
    assert await store.value("parcours.ended", "2026-01-01", "2026-01-31") == 1


async def test_a_person_recognised_under_two_ids_counts_once_in_the_active_file(store, told):
    first = told.person().accompanied("2026-01-10")
    told.person().accompanied("2026-01-12").merged_into("2026-01-20", first)
    await store.take(told.facts)

    assert await store.value("parcours.active") == 1
    assert await store.value("parcours.entered") == 2


async def test_a_reentry_is_a_parcours_of_its_own(store, told):
    first = told.person().accompanied("2026-01-10").ended("2026-01-20", kind="sans-suite", reason_code="abandon")
    told.person(participant_id=first.participant_id, parcours_no=2).accompanied("2026-02-10")
    await store.take(told.facts)

    figures = await store.figures("2026-01-01", "2026-12-31")
    assert figures["parcours.entered"].total.value == 2
    assert figures["parcours.active"].total.value == 1
    assert figures["exits.sans-suite"].total.value == 1


async def test_positive_exits_are_a_share_of_all_exits(store, told):
    told.person().accompanied("2026-01-10").ended("2026-02-01")
    told.person().accompanied("2026-01-10").ended("2026-02-01", kind="en-attente", reason_code="consolidation")
    told.person().accompanied("2026-01-10").ended("2026-02-01", kind="sans-suite", reason_code="abandon")
    await store.take(told.facts)

    rate = (await store.figures("2026-01-01", "2026-12-31"))["rate.positive_exit"].total
    assert (rate.value, rate.numerator, rate.denominator) == (33.3, 1, 3)


async def test_only_honoured_contacts_count_each_under_its_medium(store, told):
    person = told.person().accompanied("2026-01-10")
    person.contact("2026-01-11").contact("2026-01-12", "telephone", format="collectif").contact("2026-01-13", "visio")
    person.contact("2026-01-14", "courriel").contact("2026-01-15", "messagerie-instantanee").contact(
        "2026-01-16", "autre"
    )
    person.contact("2026-01-17", outcome="absent").contact("2026-01-18", outcome="excuse")
    await store.take(told.facts)

    figures = await store.figures("2026-01-01", "2026-01-31")
    counted = {
        code.removeprefix("contacts."): f.total.value for code, f in figures.items() if code.startswith("contacts.")
    }
    media = {"presentiel": 1, "telephone": 1, "visio": 1, "courriel": 1, "autre": 2}
    assert counted == {"total": 6, **media, "collectif": 1}


async def test_a_corrected_contact_counts_in_its_new_state_and_a_cancelled_one_not_at_all(store, told):
    corrected, cancelled = new_id(), new_id()
    person = told.person().accompanied("2026-01-10")
    person.contact("2026-01-11", contact_id=corrected).contact("2026-01-12", contact_id=cancelled)
    person.contact("2026-02-11", "visio", name="ContactCorrected", contact_id=corrected)
    person.says("ContactCancelled", "2026-02-12", contact_id=cancelled, reason_code="doublon")
    await store.take(told.facts)

    assert await store.value("contacts.total", "2026-01-01", "2026-01-31") == 0
    assert await store.value("contacts.visio", "2026-02-01", "2026-02-28") == 1
    assert await store.value("contacts.total") == 1


async def test_a_correction_counts_even_before_what_it_corrects_has_come(store, told):
    person = told.person().accompanied("2026-01-10")
    contact = new_id()
    person.contact("2026-01-11", contact_id=contact).contact(
        "2026-01-11", "visio", name="ContactCorrected", contact_id=contact
    )
    logged = told.facts.pop(-2)
    await store.take(told.facts)
    assert await store.value("contacts.visio") == 1

    await store.take([logged])
    assert await store.value("contacts.visio") == 1
    assert await store.value("contacts.total") == 1


@pytest.mark.parametrize(
    ("medium", "stage", "covers"),
    [
        ("presentiel", "accompaniment", True),
        ("telephone", "accompaniment", True),
        ("visio", "welcome", True),
        ("courriel", "accompaniment", False),
        ("courriel", "training", True),
        ("courriel", "siae", True),
        ("courriel", "job", True),
        ("autre", "accompaniment", False),
    ],
)
async def test_a_month_is_covered_by_a_medium_that_the_stage_allows(store, told, medium, stage, covers):
    told.person().accompanied("2026-01-10").contact("2026-02-11", medium, stage=stage)
    await store.take(told.facts)

    assert await store.value("coverage.monthly_contact", "2026-02-01", "2026-02-28") == (100.0 if covers else 0.0)


async def test_a_month_is_covered_by_the_referent_only(store, told):
    told.person().accompanied("2026-01-10").contact("2026-02-11", with_referent=False)
    told.person().accompanied("2026-01-10").contact("2026-02-11", with_referent=True)
    told.person().accompanied("2026-01-10").contact("2026-02-11", with_referent=True, outcome="absent")
    told.person().accompanied("2026-01-10").attended("2026-02-11")
    await store.take(told.facts)

    assert await store.value("coverage.monthly_contact", "2026-02-01", "2026-02-28") == 25.0


async def test_coverage_looks_at_whole_months_of_parcours_open_all_along(store, told):
    person = told.person().accompanied("2025-12-31")
    for on in ("2026-01-05", "2026-01-20", "2026-03-02"):  # January twice, February missed, March is not over
        person.contact(on)
    told.person().accompanied("2026-01-02").contact("2026-01-10").ended("2026-02-15")  # no month whole
    await store.take(told.facts)

    coverage = (await store.figures("2026-01-01", "2026-03-31"))["coverage.monthly_contact"].total
    assert (coverage.numerator, coverage.denominator, coverage.value) == (1, 2, 50.0)
    assert await store.value("coverage.monthly_contact", "2026-01-02", "2026-01-31") is None


async def test_actions_count_presences_and_their_hours(store, told):
    person = told.person().accompanied("2026-01-10")
    action = new_id()
    person.attended("2026-01-20", 3, action_id=action).attended("2026-01-27", 2.5, action_id=action)
    person.attended("2026-02-03", 3, action_id=action, present=False)
    await store.take(told.facts)

    figures = await store.figures("2026-01-01", "2026-12-31")
    assert figures["actions.attendances"].total.value == 2
    assert figures["actions.hours"].total.value == 5.5


async def test_steps_count_when_they_start_by_their_kind(store, told):
    told.person().accompanied("2026-01-10").step("2026-01-15", "siae").step("2026-02-15", "qualifiant").step(
        "2026-02-20", "inedite"
    )
    await store.take(told.facts)

    figures = await store.figures("2026-01-01", "2026-12-31")
    assert [figures[f"steps.{kind}"].total.value for kind in ("started", "siae", "qualifiant", "geiq")] == [3, 1, 1, 0]


async def test_jobs_count_when_they_start_and_a_correction_replaces_them(store, told):
    corrected = new_id()
    person = told.person().accompanied("2026-01-10").job("2026-01-15", "cdd", contract_months=3, job_id=corrected)
    person.job("2026-01-20", "interim").job("2026-01-15", "cdi", name="JobCorrected", job_id=corrected)
    await store.take(told.facts)

    figures = await store.figures("2026-01-01", "2026-12-31")
    counted = [figures[f"jobs.{kind}"].total.value for kind in ("started", "durable", "cdi", "cdd", "interim")]
    assert counted == [2, 1, 1, 0, 1]


async def test_retention_divides_attested_milestones_by_those_fallen_due(store, told):
    kept, lost, silent, without_object = (new_id() for _ in range(4))
    told.person().accompanied("2025-01-10").job("2025-07-01", job_id=kept).attested("2025-10-02", kept, 3).followed(
        "2025-12-31", kept, retained_3_months=True, retained_6_months=True
    )
    told.person().accompanied("2025-01-10").job("2025-07-01", job_id=lost).attested("2025-10-02", lost, 3).attested(
        "2026-01-05", lost, 6, in_employment=False
    )
    told.person().accompanied("2025-01-10").job("2025-07-01", job_id=silent)
    told.person().accompanied("2025-01-10").job("2025-07-01", job_id=without_object).followed(
        "2025-07-10", without_object, "not-relevant", months_followed=0
    )
    told.person().accompanied("2025-01-10").job("2025-12-20")  # three months are not over yet
    told.person().accompanied("2025-01-10").job("2025-07-01", "interim")  # opens no follow-up
    await store.take(told.facts)

    three, six = [(await store.figures("2025-01-01", "2026-12-31"))[f"retention.month_{m}"].total for m in (3, 6)]
    assert (three.numerator, three.denominator, three.value) == (2, 3, 66.7)
    assert (six.numerator, six.denominator, six.value) == (1, 3, 33.3)
    assert await store.value("retention.month_6", "2025-12-31", "2025-12-31") == 33.3  # July to December, inclusive


async def test_the_load_divides_the_active_file_by_the_declared_etp(store, told):
    for _ in range(8):
        told.person().accompanied("2026-01-10")
    told.person(clas="metropole", maison="mde-grenoble-nord").accompanied("2026-01-10")
    await store.take(told.facts)

    assert await store.value("workload.active_per_etp", filters={"clas": "centre-isere"}) == 2.0
    assert await store.value("workload.active_per_etp", filters={"maison": "centre-isere"}) == 2.0
    assert await store.value("workload.active_per_etp", filters={"sex": "F"}) is None
    load = (await store.figures("2026-01-01", "2026-12-31", group_by="maison"))["workload.active_per_etp"]
    assert load.cells["centre-isere"].value == 2.0
    assert load.cells["mde-grenoble-nord"].denominator == 5.5


async def test_renewal_divides_a_years_entries_by_the_active_file(store, told):
    told.person().accompanied("2024-01-10")
    told.person().accompanied("2025-03-12")
    told.person().accompanied("2025-03-11").ended("2025-12-01")
    told.person().accompanied("2025-03-10")  # a year and a day before
    await store.take(told.facts)

    renewal = (await store.figures("2026-03-01", "2026-03-10"))["workload.renewal"].total
    assert (renewal.numerator, renewal.denominator, renewal.value) == (2, 3, 66.7)


async def test_activity_stands_with_the_maison_that_did_it_and_the_person_with_the_present_one(store, told):
    person = told.person(clas="metropole", maison="mde-grenoble-nord").accompanied("2026-01-10").contact("2026-01-15")
    person.reassigned("2026-02-01", to="mde-grenoble-sud").contact("2026-02-10")
    await store.take(told.facts)

    async def by_maison(code):
        figures = await store.figures("2026-01-01", "2026-03-01", group_by="maison")
        return {key: cell.value for key, cell in figures[code].cells.items() if cell.value}

    assert await by_maison("contacts.total") == {"mde-grenoble-nord": 1, "mde-grenoble-sud": 1}
    assert await by_maison("parcours.entered") == {"mde-grenoble-nord": 1}
    assert await by_maison("parcours.active") == {"mde-grenoble-sud": 1}


async def test_a_move_changes_the_commune_of_the_parcours_and_not_of_the_orientation(store, told):
    told.person().accompanied("2026-01-10").says(
        "ResidenceChanged", "2026-02-01", commune_insee="38416", changed_on="2026-02-01"
    )
    await store.take(told.facts)

    assert await store.value("orientations.received", filters={"commune": "38563"}) == 1
    assert await store.value("parcours.active", filters={"commune": "38563"}) == 0
    assert await store.value("parcours.active", filters={"commune": "38416"}) == 1


async def test_a_person_with_two_parcours_counts_in_the_active_file_until_the_last_is_ended(store, told):
    first = told.person().accompanied("2026-01-10").ended("2026-02-20")
    told.person().accompanied("2026-02-01").merged_into("2026-02-02", first).ended("2026-03-05")
    await store.take(told.facts)

    days = ["2026-01-31", "2026-02-10", "2026-02-20", "2026-03-04", "2026-03-05"]
    assert [await store.value("parcours.active", "2026-01-01", day) for day in days] == [1, 1, 1, 1, 0]


async def test_the_active_file_is_told_for_the_end_of_each_month(store, told):
    told.person().accompanied("2026-01-10").ended("2026-02-15")
    told.person().accompanied("2026-02-10")
    told.person().accompanied("2026-03-09")
    await store.take(told.facts)

    cells = (await store.figures("2026-01-01", "2026-03-09", group_by="month"))["parcours.active"].cells
    assert {month: cell.value for month, cell in cells.items()} == {"2026-01": 1, "2026-02": 1, "2026-03": 2}
