"""Golden records and examples are promises: our reader and the published schemas obey every one of them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from plie_contracts.events import EVENTS
from plie_contracts.records import Accepted, Record, Refused, encode, read
from plie_contracts.refusals import CODES
from plie_contracts.validation import record_of, verdict

CONTRACTS = Path(__file__).parent.parent
ACCEPTED = sorted(
    path for folder in ("golden", "examples") for path in (CONTRACTS / folder / "accepted").glob("*.json")
)
REFUSED = sorted(path for folder in ("golden", "examples") for path in (CONTRACTS / folder / "refused").glob("*.json"))
# JSON Schema compares no two values, knows no other spelling of a name and sees no character.
BEYOND_JSON_SCHEMA = {
    "contract-ends-before-it-is-signed",
    "step-planned-to-end-before-its-start",
    "control-character-in-an-unknown-field",
    "key-in-capitals",
    "privacy-accented-in-facts",
    "privacy-camel-case-in-facts",
    "privacy-nir-deep",
}
# Only a reader that remembers, or a later issue's stateful check, can give these.
STATEFUL_CODES = {"envelope.id-reused"}


def written(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return record


def event_name(record: dict[str, Any]) -> str:
    return str(record["headers"].get("ce_type", "fr.plie.?.v1")).split(".")[2]


def schema_of(name: str) -> Draft202012Validator:
    document = json.loads((CONTRACTS / "schemas" / "v1" / f"{name}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_an_accepted_record_is_read_and_fits_the_published_schema(path: Path) -> None:
    record = written(path)
    assert verdict(path) is None
    if record["data"] is not None:
        assert list(schema_of(event_name(record)).iter_errors(record["data"])) == []


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_a_refused_record_is_refused_with_its_code_and_an_explanation(path: Path) -> None:
    refusal = verdict(path)
    assert refusal is not None
    assert refusal.code == written(path)["code"]
    assert len(refusal.message) > 10


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_what_the_schema_can_say_the_published_schema_says_too(path: Path) -> None:
    record = written(path)
    in_data = record["code"] == "schema.invalid" or record["code"].startswith("privacy.")
    if in_data and path.stem not in BEYOND_JSON_SCHEMA:
        assert list(schema_of(event_name(record)).iter_errors(record["data"])) != []


@pytest.mark.parametrize(
    "path", [p for p in ACCEPTED if "unknown" not in p.stem and "tombstone" not in p.stem], ids=lambda p: p.stem
)
def test_what_we_accept_we_may_write_again(path: Path) -> None:
    record = record_of(written(path))
    assert isinstance(record, Record)
    accepted = read(record)
    assert isinstance(accepted, Accepted)
    assert type(accepted.event).model_validate_json(encode(accepted.event)) == accepted.event


LAYOUTS: list[dict[str, Any]] = [
    {"separators": (",", ":"), "ensure_ascii": False},
    {"separators": (",", ":"), "ensure_ascii": True},
    {"indent": "\t"},
    {"separators": (" ,", " :")},
]


@pytest.mark.parametrize("path", [*ACCEPTED, *REFUSED], ids=lambda path: path.stem)
def test_a_record_reads_the_same_however_its_json_is_laid_out(path: Path) -> None:
    record = record_of(written(path))
    assert isinstance(record, Record)
    expected = read(record)
    for layout in LAYOUTS:
        found = read(replace(record, value=record.value and json.dumps(json.loads(record.value), **layout).encode()))
        if isinstance(expected, Refused):
            assert isinstance(found, Refused)
            assert (found.code, found.path, found.sequence) == (expected.code, expected.path, expected.sequence)
        else:
            assert found == expected


def test_every_event_has_an_accepted_example() -> None:
    assert {event_name(written(path)) for path in (CONTRACTS / "examples" / "accepted").glob("*.json")} == set(EVENTS)


def test_every_refusal_code_has_a_refused_example() -> None:
    assert {written(path)["code"] for path in REFUSED} == set(CODES) - STATEFUL_CODES


def test_every_event_is_listed_once_with_its_stream_and_key() -> None:
    for name, event in EVENTS.items():
        assert event.name == name == event.__name__
        assert event.ce_type() == f"fr.plie.{name}.v1"
        assert event.dataschema() == f"urn:plie:{name}:v1"
