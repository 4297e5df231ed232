"""What partners are given (docs/partners): the API's description, a script, and that neither they nor a fuzzer break."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisWarning
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from plie_chassis.problems import Problem
from plie_chassis.web import openapi
from plie_contracts.vocabulary import VOCABULARIES
from plie_orientation.app import SERVICE
from plie_orientation.domain import orientations
from plie_orientation.web.api.meanings import MEANINGS

DOCS = Path(__file__).parents[4] / "docs" / "partners"
OPENAPI = DOCS / "orientation-openapi.json"
SCRIPT = DOCS / "orient.py"
STATUSES = VOCABULARIES["orientation-status"]

load_all_checks()
REFUSES = "negative_data_rejection"
JUDGED = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        REFUSES,
    )
]
EXAMPLES = {GenerationMode.POSITIVE: 8, GenerationMode.NEGATIVE: 8}


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else json.dumps(value, default=str).encode() + b"\n"


def test_the_committed_description_of_the_api_is_the_one_that_make_generate_writes() -> None:
    assert OPENAPI.read_text(encoding="utf-8") == openapi.text(SERVICE)


def test_every_operation_model_field_and_parameter_is_described() -> None:
    described = openapi.document(SERVICE)
    schemas, paths = described["components"]["schemas"], described["paths"]
    operations = [operation for item in paths.values() for operation in item.values()]
    parameters = [parameter for operation in operations for parameter in operation.get("parameters", [])]
    fields = {
        (model, name): field for model, one in schemas.items() for name, field in one.get("properties", {}).items()
    }
    told = [*operations, *schemas.values(), *fields.values(), *parameters]
    assert [one for one in told if not one.get("description")] == []
    assert all(operation["summary"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


def test_nothing_is_described_that_the_api_does_not_have() -> None:
    described = openapi.document(SERVICE)
    schemas = described["components"]["schemas"]
    known = set(schemas)
    for model, schema in schemas.items():
        known |= {name for field in schema.get("properties", {}) for name in (field, f"{model}.{field}")}
    operations = [operation for item in described["paths"].values() for operation in item.values()]
    known |= {parameter["name"] for operation in operations for parameter in operation.get("parameters", [])}
    assert MEANINGS.keys() - known == set()


def test_a_status_is_one_of_the_contracts_codes() -> None:
    schemas = openapi.document(SERVICE)["components"]["schemas"]
    for model in ("HistoryEntry", "DeliveryView"):
        assert schemas[model]["properties"]["status"]["enum"] == list(STATUSES)
    for model in ("OrientationReceipt", "OrientationView", "OrientationLine"):
        assert schemas[model]["properties"]["status"]["enum"] == list(orientations.STATUSES)


def test_the_page_for_partners_tells_every_status_of_the_contract_with_its_meaning() -> None:
    page = (DOCS / "README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| [^|]+ \|[^|]*\|$", page, re.MULTILINE))
    assert told == {code: term.label for code, term in STATUSES.items()}


def test_every_code_that_the_page_for_partners_names_is_one_that_the_service_answers() -> None:
    page = (DOCS / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"40[0-9] `([a-z]+\.[a-z-]+)`", page))
    assert {"orientation.withdrawn-by-producer", "webhook.already-registered"} <= named
    assert named <= {getattr(problem, "code", "") for problem in every(Problem)}


def every(kind: type[Problem]) -> set[type[Problem]]:
    return {kind}.union(*(every(narrower) for narrower in kind.__subclasses__()))


async def test_each_result_of_a_batch_is_as_described(site: Any, body: Any) -> None:
    known = body(external_reference="A")
    sent = [
        known,
        known,
        {**known, "motivation": "autre"},
        body(external_reference="B", person__birth_date="2031-01-01"),
    ]
    async with site.api(await site.token(), **{"Content-Type": "application/x-ndjson"}) as partner:
        answer = await partner.post(
            "/api/v1/orientations/batch", content=b"".join(json.dumps(line).encode() + b"\n" for line in sent)
        )
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["result"] for one in results] == ["received", "already-received", "refused", "refused"]
    described = openapi.document(SERVICE)
    content = described["paths"]["/api/v1/orientations/batch"]["post"]["responses"]["200"]["content"]
    line = Draft202012Validator({**content["application/x-ndjson"]["schema"], "components": described["components"]})
    for result in results:
        line.validate(result)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", f"ignore::{HypothesisWarning.__module__}.HypothesisWarning")
@pytest.mark.parametrize("mode", EXAMPLES)
async def test_a_fuzzer_finds_nothing(site: Any, served: Any, mode: GenerationMode) -> None:
    headers = {"Authorization": f"Bearer {await site.token()}"}
    async with served(site.app) as url:
        await asyncio.to_thread(fuzz, url, headers, mode)


def fuzz(url: str, headers: dict[str, str], mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_dict(openapi.document(SERVICE))
    for found in schema.get_all_operations():
        fuzz_one(found.ok(), url, headers, mode)


def fuzz_one(operation: Any, url: str, headers: dict[str, str], mode: GenerationMode) -> None:
    # A batch is answered 200 whatever a line holds: the line's own result refuses it.
    batch = operation.path.endswith("/batch")
    judged = [check for check in JUDGED if not (batch and check.__name__ == REFUSES)]

    @seed(5)
    @settings(
        max_examples=EXAMPLES[mode],
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Any) -> None:
        case.call_and_validate(base_url=url, headers=headers, checks=judged, timeout=20)

    one()


Client = Callable[..., Awaitable[tuple[int | None, list[Any], str]]]


def client(**environment: str) -> Client:
    """Runs the script on these bytes; answers its status, the lines it printed and what it complained of."""

    async def run(sent: bytes, *arguments: str) -> tuple[int | None, list[Any], str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, SCRIPT, *arguments),
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        told, complaint = await process.communicate(sent)
        return process.returncode, [json.loads(line) for line in told.splitlines()], complaint.decode()

    return run


def test_the_reference_client_is_read_in_a_minute() -> None:
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) <= 60


async def test_the_reference_client_orients_once_whatever_is_repeated(site: Any, served: Any, body: Any) -> None:
    lines = [body(external_reference="A"), body(external_reference="B", person__birth_date="2031-01-01")]
    sent = "".join(json.dumps(line) + "\n" for line in lines).encode()
    async with served(site.app) as url:
        run = client(PLIE_URL=url, PLIE_TOKEN=await site.token())
        code, first, _ = await run(sent)
        assert (code, [one["http"] for one in first]) == (1, [201, 422])
        _, again, _ = await run(sent)
        assert again[0]["orientation_id"] == first[0]["orientation_id"]
        code, (history,), _ = await run(b"", "--follow", first[0]["orientation_id"])
        assert (code, history[0]["status"]) == (0, "received")
    assert len(await site.side.emitted("OrientationReceived")) == 1


async def test_the_two_people_of_the_example_are_received(site: Any, served: Any) -> None:
    async with served(site.app) as url:
        code, told, _ = await client(PLIE_URL=url, PLIE_TOKEN=await site.token())((DOCS / "people.ndjson").read_bytes())
    assert (code, [one["http"] for one in told]) == (0, [201, 201])


@pytest.mark.parametrize(("token", "arguments"), [("", []), ("plie_x", ["--follow"]), ("plie_x", ["--help"])])
async def test_called_wrongly_the_reference_client_says_how_it_is_called(token: str, arguments: list[str]) -> None:
    code, told, complaint = await client(PLIE_URL="http://127.0.0.1:1", PLIE_TOKEN=token)(b"", *arguments)
    assert (code, told) == (1, [])
    assert complaint.startswith("Orient people from your own system")
