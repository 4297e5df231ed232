"""What partners are given (docs/partners): the API's description, a script, and that neither they nor a fuzzer break."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisWarning
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from plie_chassis.web.openapi import document
from plie_orientation.app import SERVICE

DOCS = Path(__file__).parents[4] / "docs" / "partners"
OPENAPI = DOCS / "orientation-openapi.json"
SCRIPT = DOCS / "orient.py"

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
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def test_the_committed_description_of_the_api_is_the_present_one() -> None:
    """Written by `PLIE_WRITE_OPENAPI=1 pytest` of this test."""
    written = json.dumps(document(SERVICE), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("PLIE_WRITE_OPENAPI"):
        OPENAPI.write_text(written, encoding="utf-8")
    assert OPENAPI.read_text(encoding="utf-8") == written


@pytest.mark.filterwarnings("ignore::DeprecationWarning", f"ignore::{HypothesisWarning.__module__}.HypothesisWarning")
@pytest.mark.parametrize("mode", EXAMPLES)
async def test_a_fuzzer_finds_nothing(site: Any, served: Any, mode: GenerationMode) -> None:
    headers = {"Authorization": f"Bearer {await site.token()}"}
    async with served(site.app) as url:
        await asyncio.to_thread(fuzz, url, headers, mode)


def fuzz(url: str, headers: dict[str, str], mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_dict(document(SERVICE))
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
