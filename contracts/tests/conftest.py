"""Records to read: the golden ones, the examples, and one built from an event with whatever is changed in it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from plie_contracts.declaration import Declaration, load
from plie_contracts.records import Record

CONTRACTS = Path(__file__).parent.parent
ORGANISATIONS = CONTRACTS.parent / "deploy" / "organisations.yaml"

MakeRecord = Callable[..., Record]


@pytest.fixture(scope="session")
def contracts() -> Path:
    return CONTRACTS


@pytest.fixture(scope="session")
def organisations() -> Path:
    return ORGANISATIONS


@pytest.fixture(scope="session")
def declaration() -> Declaration:
    return load(ORGANISATIONS)


@pytest.fixture
def example() -> Callable[[str], dict[str, Any]]:
    """One of our accepted examples, as it is written down."""
    return lambda name: json.loads((CONTRACTS / "examples" / "accepted" / f"{name}.json").read_text("utf-8"))


@pytest.fixture
def make_record(example: Callable[[str], dict[str, Any]]) -> MakeRecord:
    """The record of an example, with another value, key, topic, or headers (None: a header with no value)."""

    def make(
        name: str,
        *,
        value: bytes | None = b"...",
        key: bytes | None = b"...",
        topic: str | None = None,
        headers: Mapping[str, bytes | None] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Record:
        written = example(name)
        content = json.dumps({**written["data"], **(data or {})}, ensure_ascii=False, separators=(",", ":")).encode()
        stated: dict[str, bytes | None] = {k: v.encode() for k, v in written["headers"].items()} | dict(headers or {})
        return Record(
            topic or written["topic"],
            written["key"].encode() if key == b"..." else key,
            list(stated.items()),
            content if value == b"..." else value,
        )

    return make
