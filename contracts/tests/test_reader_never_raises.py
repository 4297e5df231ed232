"""Whatever the bytes, `read` answers; and its quick way never accepts what the ordered checks refuse."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from plie_contracts import records, strictness
from plie_contracts.events import EVENTS
from plie_contracts.records import Accepted, Record, Refused, Tombstone, Unknown, read
from plie_contracts.refusals import CODES
from plie_contracts.validation import record_of

EXAMPLES = [
    replace(
        record,
        value=record.value and json.dumps(json.loads(record.value), separators=(",", ":"), ensure_ascii=False).encode(),
    )
    for path in sorted((Path(__file__).parent.parent / "examples").glob("*/*.json"))
    if isinstance(record := record_of(json.loads(path.read_text("utf-8"))), Record)
]
TOPICS = st.sampled_from(sorted({record.topic for record in EXAMPLES})) | st.text(max_size=40)
HEADER_NAMES = st.sampled_from(sorted({name for record in EXAMPLES for name, _ in record.headers})) | st.text(
    max_size=12
)
HEADERS = st.lists(st.tuples(HEADER_NAMES, st.none() | st.binary(max_size=40) | st.just(b"1.0")), max_size=12)
PUNCTUATION = [
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b":",
    b" :",
    b",",
    b"null",
    b"1e999",
    b"NaN",
    b"\xff",
    b"\x7f",
    b"\xc2\x85",
]
FIELDS = [b'"nom":"x",', b'"medium":"visio",', b'"later":1,', b'"later" : {"a":[1]},', b'"kind":"SPIP",', b'"sante"']
SPLICES = st.sampled_from([*PUNCTUATION, *FIELDS, b"\\u0000", b"\\ud800"])


def answers(record: Record) -> None:
    outcome = read(record)
    assert isinstance(outcome, Accepted | Refused | Unknown | Tombstone)
    if isinstance(outcome, Refused):
        assert outcome.code in CODES


@given(TOPICS, st.none() | st.binary(max_size=40), HEADERS, st.none() | st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_record_gets_an_answer(topic: str, key: bytes | None, headers: Any, value: bytes | None) -> None:
    answers(Record(topic, key, headers, value))


@given(st.sampled_from(EXAMPLES), st.data())
@settings(max_examples=300, deadline=None)
def test_a_record_spoilt_anywhere_gets_an_answer_and_both_ways_of_reading_agree(record: Record, data: Any) -> None:
    value = record.value
    if value is not None:
        for _ in range(data.draw(st.integers(0, 2))):
            start = data.draw(st.integers(0, len(value)))
            end = data.draw(st.integers(start, min(len(value), start + 6)))
            value = value[:start] + data.draw(SPLICES | st.binary(max_size=3)) + value[end:]
    headers = [
        pair if data.draw(st.integers(0, 30)) else (pair[0], data.draw(st.none() | st.binary(max_size=6)))
        for pair in record.headers
    ]
    spoilt = Record(record.topic, record.key, headers, value)
    answers(spoilt)
    quick = records._at_once(spoilt)
    if quick is not None:
        assert records._step_by_step(spoilt) == quick


def test_the_quick_way_takes_what_our_writers_write() -> None:
    """Otherwise every record would pay for the ordered checks; texts with escapes and submissions may."""
    slow = {"OrientationSubmitted", "RecordRefused"}
    taken = set()
    for record in EXAMPLES:
        accepted = read(record)
        if isinstance(accepted, Accepted) and strictness.first_violation(accepted.event) is None:
            written = Record(record.topic, record.key, record.headers, records.encode(accepted.event))
            if records._at_once(written) is not None:
                taken.add(accepted.event.name)
    assert taken == set(EVENTS) - slow
