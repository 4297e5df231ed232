"""The API as its partners see it: shapes, codes, versions, and nothing written when it refuses."""

import pytest

from plie_chassis.ids import new_id

CONTACT = {"occurred_on": "2026-04-07", "medium": "presentiel", "outcome": "honore", "duration_minutes": 60}
JOB = {"started_on": "2026-07-01", "contract_kind": "cdi", "weekly_hours": 28, "chosen_part_time": True}


@pytest.fixture
async def api(site):
    async with await site.api() as client:
        yield client


async def post(api, path, body, expected=201):
    answer = await api.post(path, json=body)
    assert answer.status_code == expected, answer.text
    return answer.json()


async def test_the_whole_life_over_the_api(site, api):
    participant_id = await site.maison.admits()
    here = f"/participants/{participant_id}"
    opened = await post(api, f"{here}/referent", {"referent_id": "referent-03"})
    assert (opened["referent_id"], opened["version"]) == ("referent-03", 2)
    contact = await post(
        api, f"{here}/contacts", CONTACT | {"format": "individuel", "with_referent": True, "note": "B"}
    )
    assert (contact["stage"], contact["first_interview"], contact["version"]) == ("welcome", True, 3)
    contract = await post(
        api, f"{here}/contracts", {"kind": "contrat-plie", "signed_on": "2026-04-07", "ends_on": "2027-04-06"}
    )
    assert (contract["kind"], contract["version"]) == ("contrat-plie", 4)
    job = await post(
        api, f"{here}/jobs", JOB | {"employer": "Cuisine", "employer_kind": "association", "rome": "K2204"}
    )
    assert (job["durable"], job["version"]) == (True, 6)
    followed = f"{here}/follow-ups/{job['job_id']}"
    for month, on in ((3, "2026-10-01"), (6, "2027-01-04")):
        milestone = {"month": month, "in_employment": True, "evidence": "payslip", "attested_on": on}
        await post(api, f"{followed}/milestones", milestone)
    ended = await post(
        api, f"{followed}/end", {"ended_on": "2027-01-04", "outcome": "in-employment", "evidence": "payslip"}
    )
    assert (ended["months_followed"], ended["retained_6_months"]) == (6, True)
    left = await post(
        api, f"{here}/exit", {"ended_on": "2027-01-31", "kind": "positive", "reason_code": "emploi-durable"}
    )
    assert (left["positive_rule"], left["version"]) == ("cdi-6-mois", 10)
    one = (await api.get(here)).json()
    assert (one["stage"], one["version"], one["alerts"]) == ("ended", 10, [])


async def test_a_participant_explains_its_alerts(site, api):
    participant_id = await site.maison.on("2026-03-20").opens()
    site.maison.today = site.maison.today.replace(2026, 5, 5)
    alerts = (await api.get(f"/participants/{participant_id}")).json()["alerts"]
    assert alerts[0] == {
        "rule": "first-interview",
        "facts": ["admission par la CLAS du 19\N{NO-BREAK SPACE}mars\N{NO-BREAK SPACE}2026"],
        "since": "2026-03-19",
        "due": "2026-04-18",
    }


async def test_the_list_is_newest_first_by_stage_and_referent_in_pages(site, api):
    awaiting = await site.maison.on("2026-03-01").admits()
    opened = [await site.maison.on(f"2026-03-0{n}").opens() for n in (2, 3, 4)]
    first = (await api.get("/participants", params={"referent": "referent-03", "limit": 2})).json()
    second = (
        await api.get("/participants", params={"referent": "referent-03", "limit": 2, "cursor": first["next_cursor"]})
    ).json()
    ids = [item["participant_id"] for item in [*first["items"], *second["items"]]]
    assert ids == [str(participant_id) for participant_id in reversed(opened)]
    assert first["items"][0] == {
        "participant_id": str(opened[2]),
        "referent_id": "referent-03",
        "stage": "welcome",
        "version": 2,
    }
    everyone = (await api.get("/participants", params={"stage": "welcome"})).json()["items"]
    assert str(awaiting) in [item["participant_id"] for item in everyone]
    assert (await api.get("/participants", params={"stage": "unheard-of"})).status_code == 422
    assert (await api.get("/participants", params={"colour": "red"})).status_code == 422


async def test_the_referents_of_the_maison(site, api):
    items = (await api.get("/referents")).json()["items"]
    assert [item["referent_id"] for item in items] == ["referent-03", "referent-07"]


REFUSALS = [
    ("/contacts", CONTACT | {"occurred_on": "2030-01-01"}, 422, "date.in-future"),
    ("/contacts", CONTACT | {"occurred_on": "2026-03-18"}, 422, "date.before-admission"),
    ("/jobs", JOB | {"started_on": "2026-03-18"}, 422, "date.before-admission"),
    ("/jobs", JOB | {"contract_kind": "cdd"}, 422, "job.cdd-without-months"),
    ("/contracts", {"kind": "contrat-plie", "signed_on": "2026-04-07"}, 409, "contract.no-first-interview"),
    (
        "/exit",
        {"ended_on": "2026-06-01", "kind": "positive", "reason_code": "emploi-durable"},
        409,
        "exit.not-positive",
    ),
    ("/exit", {"ended_on": "2026-06-01", "kind": "sans-suite", "reason_code": "qualification"}, 422, "exit.reason"),
    ("/residence", {"commune_insee": "73065", "changed_on": "2026-06-01"}, 422, "territory.not-covered"),
    ("/referent", {"referent_id": "referent-99"}, 422, "referent.unknown"),
    ("/referent", {"referent_id": "referent-03"}, 409, "referent.unchanged"),
    ("/follow-ups", {"started_on": "2026-06-01"}, 422, "follow-up.of-one-thing"),
    (f"/jobs/{new_id()}/end", {"ended_on": "2026-06-01", "reason_code": "autre"}, 404, "job.not-found"),
    (f"/contacts/{new_id()}/cancel", {"reason_code": "doublon"}, 404, "contact.not-found"),
]


async def test_a_refusal_is_a_precise_problem_and_nothing_is_written(site, api):
    participant_id = await site.maison.opens()
    before = await site.maison.rows("select version, (select count(*) from outbox) from participant")
    for path, body, status, code in REFUSALS:
        answer = await api.post(f"/participants/{participant_id}{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
        assert answer.headers["content-type"].startswith("application/problem+json")
    assert await site.maison.rows("select version, (select count(*) from outbox) from participant") == before


WRONG_FIELDS = [
    ("/contacts", CONTACT | {"medium": "pigeon"}, "medium"),
    ("/contacts", CONTACT | {"surprise": 1}, "surprise"),
    ("/contacts", {"medium": "telephone", "outcome": "honore"}, "occurred_on"),
    ("/contacts", CONTACT | {"note": "\u0007"}, "note"),
    ("/jobs", JOB | {"weekly_hours": 60}, "weekly_hours"),
    ("/jobs", JOB | {"weekly_hours": "28"}, "weekly_hours"),
    (
        "/barriers",
        {"reviewed_on": "2026-06-01", "barriers": [{"code": "mobilite", "level": 4}]},
        "barriers[0].level",
    ),
    ("/exit", {"ended_on": "2026-06-01", "kind": "happy", "reason_code": "autre"}, "kind"),
]


async def test_a_wrong_field_is_named(site, api):
    participant_id = await site.maison.opens()
    for path, body, field in WRONG_FIELDS:
        answer = await api.post(f"/participants/{participant_id}{path}", json=body)
        assert answer.status_code == 422, (path, body)
        assert [error["path"] for error in answer.json()["errors"]] == [field]


async def test_nothing_can_be_noted_about_somebody_we_do_not_know(api):
    for path, body in (("/contacts", CONTACT), ("/jobs", JOB)):
        answer = await api.post(f"/participants/{new_id()}{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "participant.not-found")


async def test_a_stale_version_is_a_conflict_that_says_what_changed(site, api):
    participant_id = await site.maison.opens()
    await post(api, f"/participants/{participant_id}/contacts", CONTACT | {"version": 2})
    problem = await post(api, f"/participants/{participant_id}/contacts", CONTACT | {"version": 2}, 409)
    assert (problem["code"], problem["version"]) == ("conflict.stale", 3)
    assert "En présentiel, honoré" in problem["detail"]


async def test_the_same_key_answers_the_first_answer_again(site, api):
    participant_id = await site.maison.opens()
    path, key = f"/participants/{participant_id}/contacts", {"Idempotency-Key": "k1"}
    first = await api.post(path, json=CONTACT, headers=key)
    again = await api.post(path, json=CONTACT, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await api.post(path, json=CONTACT | {"medium": "visio"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.reused")
    assert len((await site.maison.parcours(participant_id)).contacts) == 1


async def test_a_token_acts_for_its_referent(site):
    participant_id = await site.maison.opens()
    path = f"/participants/{participant_id}/contacts"
    async with await site.api(referent_id="referent-07") as other:
        answer = await other.post(path, json=CONTACT)
        assert (answer.status_code, answer.json()["code"]) == (403, "participant.not-yours")
        assert (await other.get(f"/participants/{participant_id}")).status_code == 200
    async with await site.api(referent_id="referent-03") as own:
        assert (await own.post(path, json=CONTACT)).status_code == 201


async def test_a_token_of_another_organisation_reads_nothing(site):
    participant_id = await site.maison.opens()
    async with await site.api(organisation="mde-grenoble-nord") as stranger:
        for answer in (
            await stranger.get(f"/participants/{participant_id}"),
            await stranger.get("/participants"),
            await stranger.get("/referents"),
            await stranger.post(f"/participants/{participant_id}/contacts", json=CONTACT),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "organisation.foreign")


async def test_the_identity_is_shown_once_it_arrived(site, api):
    participant_id = await site.maison.opens()
    assert (await api.get(f"/participants/{participant_id}")).json()["identity"] is None
    await site.maison.receives(site.maison.identity(participant_id))
    assert (await api.get(f"/participants/{participant_id}")).json()["identity"]["last_name"] == "Bérard"


async def test_a_workshop_and_its_attendance(site, api):
    participant_id = await site.maison.welcomes()
    action = await post(
        api, "/actions", {"kind": "atelier-numerique", "title": "Atelier", "held_on": "2026-09-10", "hours": 3.5}
    )
    noted = await post(
        api,
        f"/actions/{action['action_id']}/attendance",
        {"attendances": [{"participant_id": str(participant_id), "present": True}]},
    )
    assert [(each["present"], each["hours"]) for each in noted["attendances"]] == [(True, 3.5)]


async def test_every_operation_is_described(site):
    async with await site.api() as client:
        paths = (await client.get("http://127.0.0.1:8303/api/openapi.json")).json()["paths"]
    expected = {
        "referent", "contracts", "contacts", "barriers", "steps", "qualifications", "jobs", "follow-ups", "residence", "exit",
    }  # fmt: skip
    below = {path.removeprefix("/api/v1/participants/{participant_id}/") for path in paths}
    assert expected <= below
