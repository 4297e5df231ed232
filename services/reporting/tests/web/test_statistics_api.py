"""`GET /api/v1/statistics` and the events behind its figures."""

import pytest

from plie_reporting.domain.figures import FIGURES

PERIOD = {"from": "2026-01-01", "to": "2026-01-31"}


async def figures(api, **asked):
    answer = await api.get("/api/v1/statistics", params={**PERIOD, **asked})
    assert answer.status_code == 200, answer.text
    return {figure["code"]: figure for figure in answer.json()["figures"]}


async def test_an_answer_holds_every_figure_with_its_shape(site, told):
    told.person().accompanied("2026-01-10").contact("2026-01-12")
    await site.store.take(told.facts)
    async with site.api(await site.token()) as api:
        answer = (await api.get("/api/v1/statistics", params={**PERIOD, "group_by": "territory"})).json()

    assert answer["period"] == {"from": "2026-01-01", "to": "2026-01-31"}
    assert [figure["code"] for figure in answer["figures"]] == list(FIGURES)
    received = answer["figures"][0]
    assert received["value"] == 1
    assert received["cells"] == [{"key": "voironnais", "value": 1, "suppressed": False}]


async def test_a_caller_from_elsewhere_gets_no_small_number_and_no_way_to_the_events(site, told):
    told.person().accompanied("2026-01-10")
    await site.store.take(told.facts)
    token = await site.token(organisation="centre-isere")
    async with site.api(token) as api:
        received = (await figures(api, group_by="sex"))["orientations.received"]
        events = await api.get("/api/v1/statistics/events", params={**PERIOD, "figure": "orientations.received"})

    assert (received["value"], received["suppressed"], received["events_url"]) == (None, True, None)
    assert received["cells"] == [{"key": "F", "value": None, "suppressed": True}]
    assert (events.status_code, events.json()["code"]) == (403, "statistics.events-withheld")


async def test_every_figure_drills_down_to_the_events_behind_it(site, told):
    told.person().accompanied("2026-01-10").contact("2026-01-12").interview("2026-01-13").ended("2026-01-30")
    told.person().accompanied("2026-01-10")
    await site.store.take(told.facts)
    async with site.api(await site.token()) as api:
        for code, figure in (await figures(api)).items():
            if (
                code.startswith(("delay.", "coverage."))
                or not figure["value"]
                or figure["unit"] in {"%", "personnes par ETP"}
            ):
                continue
            listed = (await api.get(figure["events_url"])).json()
            assert len(listed["items"]) == figure["value"], code


async def test_events_come_a_page_at_a_time_each_once(site, told):
    person = told.person().accompanied("2026-01-10")
    for number in range(7):
        person.contact(f"2026-01-{11 + number // 2}")
    await site.store.take(told.facts)
    seen, cursor = [], None
    async with site.api(await site.token()) as api:
        while True:
            asked = {**PERIOD, "figure": "contacts.total", "limit": 3, **({"cursor": cursor} if cursor else {})}
            listed = (await api.get("/api/v1/statistics/events", params=asked)).json()
            seen += [(item["on"], item["offset"]) for item in listed["items"]]
            cursor = listed["next_cursor"]
            if cursor is None:
                break

    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)


async def test_an_event_is_told_without_a_name_and_with_its_place_in_the_log(site, told):
    person = told.person().received("2026-01-10")
    await site.store.take(told.facts)
    async with site.api(await site.token()) as api:
        listed = await api.get("/api/v1/statistics/events", params={**PERIOD, "figure": "orientations.received"})

    assert listed.json()["items"] == [
        {
            "type": "OrientationReceived",
            "subject_id": str(person.orientation_id),
            "writer": "departement-38",
            "on": "2026-01-10",
            "recorded_at": "2026-01-10T12:00:00+01:00",
            "topic": "plie.orientation.v1.departement-38",
            "partition": 0,
            "offset": 0,
        }
    ]


async def test_without_a_period_the_answer_is_of_twelve_months_up_to_today(site):
    async with site.api(await site.token()) as api:
        answer = (await api.get("/api/v1/statistics")).json()

    today = site.store.units.clock().date()
    assert answer["period"]["to"] == today.isoformat()
    assert answer["period"]["from"].endswith("-01")


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"from": "hier"}, "from"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "from"),
        ({"from": "1900-01-01"}, "from"),
        ({"territory": "ailleurs"}, "territory"),
        ({"commune": "75056"}, "commune"),
        ({"clas": "mde-grenoble-nord"}, "clas"),
        ({"maison": "metropole"}, "maison"),
        ({"prescriber_kind": "INCONNU"}, "prescriber_kind"),
        ({"sex": "Z"}, "sex"),
        ({"group_by": "colour"}, "group_by"),
        ({"as_known_at": "2026-01-01T10:00:00"}, "as_known_at"),
        ({"unknown": "1"}, "unknown"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_name(site, asked, path):
    async with site.api(await site.token()) as api:
        answer = await api.get("/api/v1/statistics", params=asked)

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert path in [error["path"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("given", ["2026-01-15", "2026-01-15T23:59:00+01:00", "2026-01-15T22:59:00Z"])
async def test_figures_are_told_as_known_at_a_day_or_an_instant(site, told, given):
    told.person().received("2026-01-10").admitted("2026-01-16")
    await site.store.take(told.facts)
    async with site.api(await site.token()) as api:
        told_then = await figures(api, as_known_at=given)

    assert (told_then["orientations.pending"]["value"], told_then["orientations.admitted"]["value"]) == (1, 0)


async def test_a_token_without_the_right_and_nobody_at_all_are_refused(site):
    async with site.api(await site.token("other:read")) as api:
        assert (await api.get("/api/v1/statistics")).status_code == 403
    async with site.api("nonsense") as api:
        assert (await api.get("/api/v1/statistics")).status_code == 401
        assert (await api.get("/api/v1/conservation")).status_code == 401


async def test_an_unknown_figure_and_a_foreign_cursor_are_refused(site):
    async with site.api(await site.token()) as api:
        for asked in ({"figure": "x"}, {"figure": "contacts.total", "cursor": "bidon"}):
            assert (await api.get("/api/v1/statistics/events", params=asked)).status_code == 422


async def test_conservation_says_nothing_while_kafka_does_not_answer(site, told):
    told.person().accompanied("2026-01-10")
    await site.store.take(told.facts)
    async with site.api(await site.token()) as api:
        found = (await api.get("/api/v1/conservation")).json()

    assert found["orientations"] | {"balanced": None} == {
        "received": 1,
        "pending": 0,
        "admitted": 1,
        "deferred": 0,
        "refused": 0,
        "withdrawn": 0,
        "balanced": None,
    }
    assert found["parcours"]["open"] == 1
    assert found["unattached"] == {"admission": 0, "orientation": 0, "parcours": 0}
