"""The API describes itself, truly and without outside hosts."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Annotated

from litestar import Router, get
from openapi_spec_validator import validate
from plie_chassis_sample.service import SAMPLE
from plie_chassis_sample.site import NewSite, Site
from pydantic import BaseModel

from plie_chassis.web import openapi, public
from plie_contracts.events.fields import In


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


def test_an_operation_is_named_by_its_resource_and_its_route_and_summed_up_by_its_first_sentence() -> None:
    document = openapi.document(SAMPLE)
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert {operation["operationId"].partition("_")[0] for operation in operations} == {"notes"}
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert operation["description"].startswith(operation["summary"])
        assert not operation["summary"].endswith(".")


class Sorted(BaseModel):
    known: Annotated[str, In("sex", closed=True)]
    told: list[Annotated[str, In("sex")]]
    name: str


@get(
    "/sorted", guards=[public], opt={openapi.MEANINGS: {"told": "Tous.", "Sorted.name": "Le nom.", "Sorted": "Un tri."}}
)
async def sort() -> Sorted:
    """Trier. Et dire."""
    return Sorted(known="F", told=["F", "M"], name="Tri")


def test_a_field_tells_what_it_means_and_what_each_of_its_codes_means() -> None:
    document = openapi.document(SimpleNamespace(title="Tri", routes=[Router("/api/v1", route_handlers=[sort])]))
    schema = document["components"]["schemas"]["Sorted"]
    codes = "`F` (femme), `M` (homme), `X` (non binaire)."
    assert {name: field["description"] for name, field in schema["properties"].items()} == {
        "known": codes,
        "told": f"Tous. {codes} D’autres codes peuvent s’ajouter un jour.",
        "name": "Le nom.",
    }
    assert schema["properties"]["told"]["items"]["enum"] == ["F", "M", "X"]
    assert schema["description"] == "Un tri."


async def test_describing_the_api_does_not_change_how_bodies_are_read(site: Site) -> None:
    async with site.api(await site.token()) as api:
        await api.get("/api/openapi.json")
        body = {"title": "a", "person": {"last_name": "N", "birth_date": "1983-05-04"}}
        assert (await api.post("/api/v1/notes", json=body)).status_code == 201


async def test_the_page_tells_a_code_once_beside_its_meaning(new_site: NewSite) -> None:
    site = await new_site(replace(SAMPLE, routes=[Router("/api/v1", route_handlers=[sort])]))
    async with site.browser() as browser:
        page = (await browser.get("/api/docs")).text
    assert page.count("<code>M</code> (homme)") == page.count("<code>M</code>") == 2


async def test_the_documentation_is_a_page_of_ours(site: Site) -> None:
    async with site.browser() as browser:
        page = (await browser.get("/api/docs")).text
    assert "POST /api/v1/notes" in page
    assert 'href="#s-NoteBody"' in page
    assert 'id="s-NoteBody"' in page
