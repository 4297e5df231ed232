"""Committed schemas and the AsyncAPI document are what the models say today: a stale one is red."""

import json
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from plie_contracts import asyncapi, schemas
from plie_contracts.events import EVENTS
from plie_contracts.streams import parse_topic


def test_the_committed_schemas_are_those_of_the_models(contracts: Path, tmp_path: Path) -> None:
    schemas.write(tmp_path)
    committed = {path.name: path.read_text("utf-8") for path in (contracts / "schemas" / "v1").iterdir()}
    assert committed == {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}, (
        "run: plie-contracts schemas --write"
    )


def test_writing_the_schemas_takes_an_old_one_away(tmp_path: Path) -> None:
    (tmp_path / "Gone.json").write_text("{}")
    schemas.write(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {*EVENTS, "vocabularies"}


def test_the_committed_asyncapi_document_is_that_of_the_models(contracts: Path) -> None:
    committed = yaml.safe_load((contracts / "asyncapi.yaml").read_text("utf-8"))
    assert committed == asyncapi.document(), "run: plie-contracts asyncapi --write"


def test_every_reference_of_the_asyncapi_document_leads_somewhere(contracts: Path) -> None:
    document = asyncapi.document()

    def follow(node: Any) -> None:
        if isinstance(node, dict):
            if reference := node.get("$ref"):
                if reference.startswith("#/"):
                    target: Any = document
                    for step in reference[2:].split("/"):
                        target = target[step]
                else:
                    assert (contracts / reference).exists()
            for value in node.values():
                follow(value)
        elif isinstance(node, list):
            for value in node:
                follow(value)

    follow(document)
    messages = {name for channel in document["channels"].values() for name in channel["messages"]}
    assert messages == set(EVENTS)


def test_the_addresses_of_the_asyncapi_document_are_our_topics() -> None:
    for family, channel in asyncapi.document()["channels"].items():
        name = channel["address"].format(organisation="o", partner="p", writer="a.parcours", reader="b.reporting")
        topic = parse_topic(name)
        assert topic is not None
        assert topic.family == family


def test_every_schema_is_a_schema(contracts: Path) -> None:
    for path in (contracts / "schemas" / "v1").glob("[A-Z]*.json"):
        Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))
