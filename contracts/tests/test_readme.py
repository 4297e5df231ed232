"""A partner copies from the quick start: what it shows is accepted."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from plie_contracts.declaration import Declaration
from plie_contracts.records import Accepted, Record, read


@pytest.fixture(scope="module")
def page(contracts: Path) -> str:
    return (contracts / "README.md").read_text("utf-8")


def test_the_record_that_the_quick_start_sends_is_accepted(page: str) -> None:
    [body] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    [sent] = re.findall(r"^kcat -F kcat.conf -P (.*?)```", page, re.DOTALL | re.MULTILINE)
    shell = {
        "$(uuidgen)": "0b5d8b0e-6a3c-4b57-9d2e-1f5a8c7e9b10",
        "$(date -u +%Y-%m-%dT%H:%M:%SZ)": "2026-03-06T09:00:00Z",
    }
    for command, output in shell.items():
        sent = sent.replace(command, output)
    topic, key = re.findall(r"-t (\S+) -k (\S+)", sent)[0]
    headers = [(name, value.encode()) for name, value in re.findall(r"-H ([\w-]+)=(\S+)", sent)]
    outcome = read(Record(topic, key.encode(), headers, body.encode()))
    assert isinstance(outcome, Accepted), outcome
    assert outcome.writer == "mission-locale-voiron"


def test_the_quick_start_names_the_rights_of_the_declaration(page: str, declaration: Declaration) -> None:
    named = set(re.findall(r"`(plie\.[a-z.-]+\d[\w.-]+)`", page))
    partner = "mission-locale-voiron"
    assert {topic for topic in named if partner in topic} <= {*declaration.reads(partner), *declaration.writes(partner)}
    assert set(declaration.writes(partner)) & named
    assert set(declaration.reads(partner)) <= named


def test_the_refusals_it_shows_are_real(page: str, make_record: Any) -> None:
    for line in re.findall(r"^refused (\S+) (\S+) (.*)$", page, re.MULTILINE):
        code, path, why = line
        person = {**json.loads(make_record("orientation-submitted").value)["person"]}
        person |= {"birth_date": "30/11/2003"} if code == "schema.invalid" else {"nir": "1"}
        outcome = read(make_record("orientation-submitted", data={"person": person}))
        assert (outcome.code, outcome.path, outcome.message.replace("\u00a0", " ")) == (code, path, why)  # type: ignore[union-attr]  # refused
