"""The API as interfaces.md states it: shapes, codes, and nothing written by what is refused."""

from typing import Any
from uuid import uuid4

import pytest

from plie_chassis.accounts.commands import AddToken
from plie_chassis.ids import new_id
from plie_chassis.web.guards import OtherOrganisation

MEMBERS = [
    {"organisation": "Département", "name": "Hélène Brun", "present": True},
    {"organisation": "Département", "name": "Paul Roux", "present": True},
    {"organisation": "Pôle emploi", "name": "Léa Faure", "present": True},
]
ADMIT = {"decision": "admit", "maison": "centre-isere", "plus_value_code": "coordination-parcours"}


@pytest.fixture
async def api(site: Any) -> Any:
    return await site.api()


@pytest.fixture
async def planned(api: Any, site: Any) -> tuple[str, str]:
    """A session and the one file on its agenda."""
    orientation_id = str(await site.commission.receives())
    session = await api.post("/api/v1/sessions", json={"held_on": "2026-03-12", "place": "Voiron", "members": MEMBERS})
    session_id = session.json()["session_id"]
    await api.post(f"/api/v1/sessions/{session_id}/agenda", json={"orientation_ids": [orientation_id]})
    return session_id, orientation_id


async def test_an_orientation_goes_from_the_inbox_to_its_publication(api: Any, site: Any) -> None:
    orientation_id = str(await site.commission.receives())
    (line,) = (await api.get("/api/v1/files?status=pending")).json()["items"]
    assert (line["orientation_id"], line["person"]["last_name"], line["complete"]) == (orientation_id, "Bérard", True)

    session = await api.post("/api/v1/sessions", json={"held_on": "2026-03-12", "place": "Voiron", "members": MEMBERS})
    assert session.status_code == 201
    session_id = session.json()["session_id"]
    listed = await api.post(f"/api/v1/sessions/{session_id}/agenda", json={"orientation_ids": [orientation_id]})
    assert listed.status_code == 201
    decided = await api.post(f"/api/v1/files/{orientation_id}/decision", json={"session_id": session_id, **ADMIT})
    assert decided.status_code == 201
    assert decided.json()["decision_number"] == 1
    closed = await api.post(f"/api/v1/sessions/{session_id}/close")
    assert (closed.status_code, closed.json()["admitted"]) == (200, 1)

    file = (await api.get(f"/api/v1/files/{orientation_id}")).json()
    assert file["status"] == "admitted"
    assert file["decisions"][0]["participant_id"] == decided.json()["participant_id"]


async def test_a_file_shows_its_pre_assessment_and_what_it_lacks(api: Any, site: Any) -> None:
    orientation_id = await site.commission.receives(phone=None)
    file = (await api.get(f"/api/v1/files/{orientation_id}")).json()
    assert {name: found["result"] for name, found in file["pre_assessment"].items()} == {
        "territory": "met",
        "without_employment": "met",
        "difficulties": "met",
        "adhesion": "met",
    }
    assert file["pre_assessment"]["territory"]["evidence"] == "Voiron, Pays voironnais"
    assert file["completeness"] == {
        "complete": False,
        "missing": [{"code": "contact", "label": "téléphone ou courriel"}],
    }


async def test_a_file_shows_who_may_be_the_same_person(api: Any, site: Any, given: Any) -> None:
    first = await site.commission.receives()
    await site.commission.settles(given.admission(), first)
    await site.commission.receives(last_name="Autre", first_name="Prénom", phone="0600000001")
    again = await site.commission.receives(last_name="BERARD", first_name="noemie")
    (same,) = (await api.get(f"/api/v1/files/{again}")).json()["possible_duplicates"]
    assert (same["orientation_id"], same["parcours_no"], same["last_known_status"]) == (str(first), 1, "admitted")
    assert same["participant_id"] is not None
    assert (same["score"], [one["points"] for one in same["contributions"]]) == (100, [50, 40, 25])


@pytest.mark.parametrize("text", ["berard", "Noémie B", "BÉRARD noe"])
async def test_search_ignores_accents_and_the_order_of_names(api: Any, site: Any, text: str) -> None:
    await site.commission.receives()
    await site.commission.receives(last_name="Zerrouki", first_name="Mehdi")
    items = (await api.post("/api/v1/files/search", json={"text": text})).json()["items"]
    assert [line["person"]["last_name"] for line in items] == ["Bérard"]


async def test_a_deferred_file_is_found_as_pending_from_its_date(commission: Any, site_of: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    await commission.settles(given.deferral(), orientation_id)
    for days, status in ((27, "deferred"), (28, "pending")):
        api = await (await site_of(commission.later(days))).api()
        items = (await api.get(f"/api/v1/files?status={status}")).json()["items"]
        assert [line["status"] for line in items] == [status]


async def test_lists_are_cut_into_pages(api: Any, site: Any) -> None:
    for _ in range(3):
        await site.commission.receives()
    first = (await api.get("/api/v1/files?limit=2")).json()
    second = (await api.get("/api/v1/files", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    seen = [line["orientation_id"] for line in first["items"] + second["items"]]
    assert (len(set(seen)), second["next_cursor"]) == (3, None)


async def test_a_session_shows_its_agenda_with_drafts(api: Any, planned: tuple[str, str]) -> None:
    session_id, orientation_id = planned
    refusal = {"session_id": session_id, "decision": "refuse", "reason_code": "autre"}
    await api.post(f"/api/v1/files/{orientation_id}/decision", json=refusal)
    session = (await api.get(f"/api/v1/sessions/{session_id}")).json()
    assert session["agenda"] == [
        {
            "orientation_id": orientation_id,
            "decision": "refuse",
            "subject": None,
            "opinion": None,
            "left_because": None,
        }
    ]
    assert [one["session_id"] for one in (await api.get("/api/v1/sessions")).json()["items"]] == [session_id]


@pytest.mark.parametrize(
    ("decision", "code", "path"),
    [
        ({"decision": "admit", "maison": "centre-isere"}, "decision.plus-value-missing", "plus_value_code"),
        ({**ADMIT, "maison": "mde-grenoble-nord"}, "decision.maison-not-ours", "maison"),
        ({"decision": "refuse"}, "decision.reason-missing", "reason_code"),
        ({"decision": "defer", "reason_code": "absent"}, "decision.defer-until-missing", "defer_until"),
        (
            {"decision": "defer", "reason_code": "absent", "defer_until": "2026-03-01"},
            "decision.defer-until-past",
            "defer_until",
        ),
        ({**ADMIT, "same_person_as": str(new_id())}, "decision.same-person-unknown", "same_person_as"),
        ({"decision": "perhaps"}, "invalid", "decision"),
        ({**ADMIT, "shoe_size": 42}, "invalid", "shoe_size"),
    ],
)
async def test_a_decision_to_correct_names_its_field(
    api: Any, site: Any, planned: tuple[str, str], decision: dict[str, Any], code: str, path: str
) -> None:
    session_id, orientation_id = planned
    answer = await api.post(f"/api/v1/files/{orientation_id}/decision", json={"session_id": session_id, **decision})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["errors"][0]["path"]) == (code, path)
    assert await site.commission.count("select count(*) from agenda_item where decision is not null") == 0


async def test_impossible_transitions_are_conflicts_with_their_code(
    api: Any, site: Any, planned: tuple[str, str]
) -> None:
    session_id, orientation_id = planned
    elsewhere = str(await site.commission.receives())
    decide = {"session_id": session_id, **ADMIT}

    async def refused(path: str, **body: Any) -> tuple[int, str]:
        answer = await api.post(f"/api/v1/{path}", json=body)
        return answer.status_code, answer.json()["code"]

    assert await refused(f"files/{elsewhere}/decision", **decide) == (409, "agenda.not-listed")
    assert await refused(f"files/{uuid4()}/decision", **decide) == (404, "file.not-found")
    assert await refused(f"sessions/{uuid4()}/close") == (404, "session.not-found")
    assert await refused(f"sessions/{session_id}/agenda", orientation_ids=[]) == (422, "agenda.empty")
    again = {"orientation_ids": [orientation_id]}
    assert await refused(f"sessions/{session_id}/agenda", **again) == (409, "agenda.already-listed")
    assert await refused(f"sessions/{session_id}/close") == (409, "session.empty")
    rectify = {**decide, "rectifies": True, "override_reason": "erreur"}
    assert await refused(f"files/{orientation_id}/decision", **rectify) == (409, "decision.session-still-open")
    assert await refused(f"files/{orientation_id}/decision", **decide, version=1) == (409, "conflict.stale")
    await api.post(f"/api/v1/files/{orientation_id}/decision", json=decide)
    assert await refused(f"sessions/{session_id}/close", version=1) == (409, "conflict.stale")
    assert (await api.post(f"/api/v1/sessions/{session_id}/close")).status_code == 200
    assert await refused(f"sessions/{session_id}/close") == (409, "session.closed")
    assert await refused(f"files/{orientation_id}/decision", **decide) == (409, "session.closed")
    assert await refused(f"sessions/{session_id}/agenda", orientation_ids=[elsewhere]) == (409, "session.closed")
    without = {**decide, "rectifies": True}
    assert await refused(f"files/{orientation_id}/decision", **without) == (
        422,
        "decision.rectification-reason-missing",
    )
    rectified = await api.post(f"/api/v1/files/{orientation_id}/decision", json=rectify)
    assert (rectified.status_code, rectified.json()["decision_number"]) == (201, 2)


async def test_two_members_do_not_close_a_session(api: Any, site: Any) -> None:
    session = await api.post(
        "/api/v1/sessions", json={"held_on": "2026-03-12", "place": "Voiron", "members": MEMBERS[:2]}
    )
    session_id = session.json()["session_id"]
    answer = await api.post(f"/api/v1/sessions/{session_id}/close")
    assert (answer.status_code, answer.json()["code"]) == (409, "session.no-quorum")
    here = await api.post(f"/api/v1/sessions/{session_id}/members", json={"members": MEMBERS})
    assert here.json()["members"] == MEMBERS


async def test_the_same_closing_sent_twice_answers_the_same(api: Any, planned: tuple[str, str]) -> None:
    session_id, orientation_id = planned
    await api.post(f"/api/v1/files/{orientation_id}/decision", json={"session_id": session_id, **ADMIT})
    key = {"Idempotency-Key": "cloture-1"}
    first = await api.post(f"/api/v1/sessions/{session_id}/close", headers=key)
    again = await api.post(f"/api/v1/sessions/{session_id}/close", headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())


async def test_reading_does_not_allow_deciding(site: Any, planned: tuple[str, str]) -> None:
    session_id, _ = planned
    reader = await site.api("admission:read")
    assert (await reader.get(f"/api/v1/sessions/{session_id}")).status_code == 200
    assert (await reader.post(f"/api/v1/sessions/{session_id}/close")).status_code == 403


async def test_a_token_of_another_organisation_is_kept_out(site: Any) -> None:
    other = await site.api_of(
        AddToken("Département", ("admission:read", "admission:write"), organisation="departement-38")
    )
    answer = await other.get("/api/v1/files")
    assert (answer.status_code, answer.json()["code"]) == (403, OtherOrganisation.code)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Bérard", "Faure", "Zerrouki"}),
        ("status=pending", {"Bérard", "Zerrouki"}),
        ("status=admitted", {"Faure"}),
        ("complete=true", {"Bérard", "Faure"}),
        ("complete=false", {"Zerrouki"}),
        ("prescriber_kind=ML", {"Zerrouki"}),
    ],
)
async def test_each_parameter_of_the_list_narrows_it(
    api: Any, site: Any, given: Any, query: str, names: set[str]
) -> None:
    await site.commission.receives()
    await site.commission.settles(given.admission(), await site.commission.receives(last_name="Faure"))
    await site.commission.receives(last_name="Zerrouki", phone=None, file=given.sent_by("ML"))
    items = (await api.get(f"/api/v1/files?{query}")).json()["items"]
    assert {line["person"]["last_name"] for line in items} == names


async def test_an_unknown_parameter_or_status_is_refused(api: Any) -> None:
    assert (await api.get("/api/v1/files?state=pending")).status_code == 422
    assert (await api.get("/api/v1/files?status=perhaps")).status_code == 422


async def test_the_secretariat_s_other_work_goes_over_the_api_too(api: Any, site: Any, given: Any) -> None:
    known = await site.commission.admits(given.admission())
    again, other = await site.commission.receives(), await site.commission.receives(last_name="Zerrouki", phone=None)
    asked = await api.post(f"/api/v1/files/{again}/information-requests", json={"asked": ["motivation"]})
    assert (asked.status_code, asked.json()["answered"]) == (201, [])
    said = await api.post(f"/api/v1/files/{again}/recognitions", json={"other_id": str(known), "same": True})
    assert (said.status_code, said.json()["same"]) == (201, True)
    undone = await api.post(f"/api/v1/files/{again}/recognitions/{said.json()['recognition_id']}/undo")
    assert undone.json()["undone_on"] == "2026-03-12"
    sent = await api.post(
        f"/api/v1/files/{other}/transfer", json={"to": "metropole", "reason_code": "autre-territoire"}
    )
    assert (sent.status_code, sent.json()["status"], sent.json()["person"]["last_name"]) == (201, "transferred", None)
    session = f"/api/v1/sessions/{(await site.commission.plans(again)).session_id}"
    added = await api.post(f"{session}/follow-ups", json={"orientation_id": str(known), "subject": "extension"})
    assert added.status_code == 201
    order = [str(known), str(again)]
    assert (await api.post(f"{session}/agenda/order", json={"orientation_ids": order})).status_code == 201
    given_ = await api.post(f"{session}/opinions", json={"orientation_id": str(known), "opinion": "unfavourable"})
    assert (given_.status_code, given_.json()["errors"][0]["path"]) == (422, "note")
    given_ = await api.post(f"{session}/opinions", json={"orientation_id": str(known), "opinion": "favourable"})
    assert given_.json()["subject"] == "extension"
    aside = await api.post(f"{session}/interests", json={"orientation_id": str(again), "members": ["Inconnu"]})
    assert (aside.status_code, aside.json()["code"]) == (422, "interest.not-a-member")
    gone = await api.post(f"{session}/agenda/removals", json={"orientation_id": str(again)})
    assert gone.status_code == 201
    agenda = (await api.get(session)).json()["agenda"]
    assert [(one["subject"], one["left_because"]) for one in agenda] == [("extension", None), (None, "removed")]
    closed = await api.post(f"{session}/close")
    assert (closed.status_code, closed.json()["opinions"]) == (200, 1)
    again = {"orientation_id": str(known), "opinion": "deferred", "note": "Erreur de saisie.", "rectifies": True}
    rectified = await api.post(f"{session}/opinions", json=again)
    assert (rectified.status_code, rectified.json()["opinion_number"], rectified.json()["opinion"]) == (
        201,
        2,
        "deferred",
    )


async def test_a_session_is_planned_again_with_its_hour(api: Any) -> None:
    body = {"held_on": "2026-03-12", "starts_at": "14:00", "place": "Voiron", "members": MEMBERS}
    planned = (await api.post("/api/v1/sessions", json=body)).json()
    assert planned["starts_at"] == "14:00"
    changed = {"held_on": "2026-03-19", "place": "Moirans", "version": planned["version"]}
    path = f"/api/v1/sessions/{planned['session_id']}/plan"
    answer = await api.post(path, json=changed)
    assert [answer.json()[name] for name in ("held_on", "starts_at", "place")] == ["2026-03-19", None, "Moirans"]
    assert (await api.post(path, json=changed)).json()["code"] == "conflict.stale"
    for wrong in ("25:00", "14:00Z", "14 h"):
        refused = await api.post(path, json={**changed, "starts_at": wrong})
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "starts_at")
