"""The API describes itself, truly and without outside hosts."""

from openapi_spec_validator import validate
from plie_chassis_sample.service import SAMPLE
from plie_chassis_sample.site import Site

from plie_chassis.web import openapi


async def test_the_document_is_valid_openapi_3_1_of_the_api_only(site: Site) -> None:
    async with site.api() as api:
        document = (await api.get("/api/openapi.json")).json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {"/api/v1/notes", "/api/v1/notes/{note_id}"}
    assert document == openapi.document(SAMPLE)


def test_each_operation_says_its_scopes_its_problems_and_its_idempotency() -> None:
    document = openapi.document(SAMPLE)
    create = document["paths"]["/api/v1/notes"]["post"]
    assert create["x-scopes"] == ["sample:write"]
    assert create["security"] == [{"token": []}]
    assert "Idempotency-Key" in [parameter["name"] for parameter in create["parameters"]]
    assert "application/problem+json" in create["responses"]["default"]["content"]
    assert create["responses"]["201"]["content"]["application/json"]["schema"]["$ref"].endswith("/NoteView")
    listing = document["paths"]["/api/v1/notes"]["get"]
    assert {parameter["name"] for parameter in listing["parameters"]} == {"cursor", "limit", "since"}
    fields = document["components"]["schemas"]["NoteBody"]
    assert fields["required"] == ["title"]
    assert fields["additionalProperties"] is False


async def test_describing_the_api_does_not_change_how_bodies_are_read(site: Site) -> None:
    async with site.api(await site.token()) as api:
        await api.get("/api/openapi.json")
        body = {"title": "a", "person": {"last_name": "N", "birth_date": "1983-05-04"}}
        assert (await api.post("/api/v1/notes", json=body)).status_code == 201


async def test_the_documentation_is_a_page_of_ours(site: Site) -> None:
    async with site.browser() as browser:
        page = (await browser.get("/api/docs")).text
    assert "POST /api/v1/notes" in page
    assert 'href="#s-NoteBody"' in page
    assert 'id="s-NoteBody"' in page
