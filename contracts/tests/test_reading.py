"""How a record is read: the order of the checks, tolerance, and what a refusal still says."""

import json
from typing import Any

import pytest

from plie_contracts.records import Accepted, Refused, Tombstone, Unknown, read


def code_of(outcome: object) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.code


def test_an_accepted_record_says_who_wrote_it_and_where_it_stands(make_record: Any) -> None:
    accepted = read(make_record("contact-logged-traced"))
    assert isinstance(accepted, Accepted)
    assert accepted.event.name == "ContactLogged"
    assert (accepted.writer, accepted.sequence) == ("centre-isere.parcours", 1)
    assert accepted.type == "fr.plie.ContactLogged.v1"
    assert accepted.time.isoformat() == "2026-04-07T11:05:00+02:00"
    assert accepted.traceparent == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_malformed_trace_context_is_no_reason_to_refuse(make_record: Any) -> None:
    accepted = read(make_record("contact-logged", headers={"traceparent": b"nonsense"}))
    assert isinstance(accepted, Accepted)
    assert accepted.traceparent is None


def test_a_submission_has_no_sequence_even_when_its_writer_adds_one(make_record: Any) -> None:
    accepted = read(make_record("orientation-submitted", headers={"ce_sequence": b"4"}))
    assert isinstance(accepted, Accepted)
    assert accepted.sequence is None
    assert accepted.writer == "mission-locale-voiron"


# Every step broken at once: the first one in the order of the architecture gives the code, then the next…
BREAKS: list[tuple[str, dict[str, Any]]] = [
    ("envelope.missing", {"headers": {"ce_id": None}}),
    ("source.not-topic-writer", {"headers": {"ce_source": b"/organisations/metropole/admission"}}),
    (
        "envelope.wrong-stream",
        {"headers": {"ce_type": b"fr.plie.JobStarted.v1", "ce_dataschema": b"urn:plie:JobStarted:v1"}},
    ),
    ("envelope.key-mismatch", {"headers": {"ce_subject": b"another"}}),
    ("ownership.not-owner", {"data": {"clas": "metropole"}}),
    ("privacy.identity-in-facts", {"data": {"nom": "Exemple"}}),
    ("schema.invalid", {"data": {"decision_number": 0}}),
    ("schema.invalid", {"data": {"later": "a\u0007b"}}),
]


@pytest.mark.parametrize("first", range(len(BREAKS)))
def test_the_checks_stand_in_one_order(make_record: Any, first: int) -> None:
    headers: dict[str, bytes | None] = {}
    data: dict[str, Any] = {}
    for _, change in BREAKS[first:]:
        headers |= change.get("headers", {})
        data |= change.get("data", {})
    if first == 0:
        record = make_record("admission-validated", headers=headers, data=data)
        record.headers[:] = [pair for pair in record.headers if pair[0] != "ce_id"]
    else:
        record = make_record("admission-validated", headers=headers, data=data)
    assert code_of(read(record)) == BREAKS[first][0]


def test_a_refusal_with_a_valid_envelope_and_source_keeps_what_identifies_the_record(make_record: Any) -> None:
    refused = read(make_record("contact-logged", data={"duration_minutes": -1}, headers={"ce_sequence": b"12"}))
    assert isinstance(refused, Refused)
    assert (refused.writer, refused.sequence, refused.path) == ("centre-isere.parcours", 12, "duration_minutes")
    assert refused.id is not None
    assert refused.time is not None


def test_bad_json_from_the_right_writer_counts_for_its_sequence(make_record: Any) -> None:
    refused = read(make_record("contact-logged", value=b"{", headers={"ce_sequence": b"12"}))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.sequence) == ("envelope.invalid", 12)


def test_a_forged_source_tells_nothing_about_the_sequence(make_record: Any) -> None:
    refused = read(make_record("contact-logged", headers={"ce_source": b"/organisations/metropole/parcours"}))
    assert isinstance(refused, Refused)
    assert (refused.id, refused.sequence, refused.writer) == (None, None, None)


@pytest.mark.parametrize("ce_type", [b"fr.plie.ContactLogged.v2", b"fr.plie.SomethingNew.v1", b"com.example.other"])
def test_an_unknown_type_or_major_is_kept_for_later_and_counted(make_record: Any, ce_type: bytes) -> None:
    unknown = read(make_record("contact-logged", headers={"ce_type": ce_type, "ce_dataschema": b"urn:plie:x:v2"}))
    assert isinstance(unknown, Unknown)
    assert (unknown.writer, unknown.sequence, unknown.type) == ("centre-isere.parcours", 1, ce_type.decode())


def test_an_unknown_type_of_a_forged_source_is_refused(make_record: Any) -> None:
    headers = {"ce_type": b"fr.plie.SomethingNew.v1", "ce_source": b"/organisations/metropole/parcours"}
    assert code_of(read(make_record("contact-logged", headers=headers))) == "source.not-topic-writer"


def test_fields_a_later_version_added_are_ignored_at_any_depth(make_record: Any, example: Any) -> None:
    data = example("orientation-received")["data"]
    data["person"]["household_size"] = 3
    accepted = read(make_record("orientation-received", data={**data, "channel": {"kind": ["portal"]}}))
    assert isinstance(accepted, Accepted)
    assert accepted == read(make_record("orientation-received"))


def test_a_tombstone_on_a_compacted_stream_takes_the_copy_away(make_record: Any) -> None:
    assert read(make_record("identity-provided", value=None)) == Tombstone(
        make_record("identity-provided").key.decode(),
        "centre-isere.admission",
        dict(make_record("identity-provided").headers)["ce_id"].decode(),
        1,
    )
    bare = make_record("identity-provided", value=None)
    bare.headers[:] = []
    assert isinstance(read(bare), Tombstone)


def test_a_tombstone_with_a_forged_source_or_no_key_is_refused(make_record: Any) -> None:
    forged = make_record("identity-provided", value=None, headers={"ce_source": b"/organisations/metropole/admission"})
    assert code_of(read(forged)) == "source.not-topic-writer"
    assert code_of(read(make_record("identity-provided", value=None, key=None))) == "envelope.missing"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": None}, "envelope.missing"),
        ({"key": b"\xff"}, "envelope.invalid"),
        ({"headers": {"x-unrelated": None}}, "envelope.invalid"),
        ({"headers": {"x-unrelated": b"\xff\xfe"}}, "envelope.invalid"),
        ({"headers": {"ce_time": b"2026-13-01T00:00:00Z"}}, "envelope.invalid"),
        ({"headers": {"ce_sequence": b"9" * 30}}, "envelope.invalid"),
        ({"headers": {"ce_sequence": "٣".encode()}}, "envelope.invalid"),
        ({"headers": {"content-type": b"application/xml"}}, "envelope.invalid"),
        ({"value": None}, "envelope.invalid"),
        ({"value": b""}, "envelope.invalid"),
        ({"topic": "plie.parcours.v2.centre-isere"}, "envelope.wrong-stream"),
    ],
)
def test_an_envelope_that_cannot_be_read_refuses_the_record(
    make_record: Any, change: dict[str, Any], code: str
) -> None:
    assert code_of(read(make_record("contact-logged", **change))) == code


def test_a_header_that_stands_twice_refuses_the_record(make_record: Any) -> None:
    record = make_record("contact-logged")
    record.headers.append(("ce_id", b"another"))
    assert code_of(read(record)) == "envelope.invalid"


def test_a_character_cut_between_two_headers_is_not_completed_by_the_next(make_record: Any) -> None:
    record = make_record("contact-logged")
    record.headers[:] = [*record.headers, ("x-first", b"\xc3"), ("x-second", b"\xa9")]
    assert code_of(read(record)) == "envelope.invalid"


def test_a_record_of_more_than_256_kb_is_refused(make_record: Any) -> None:
    small = make_record("contact-logged", data={"later": "x" * 200_000})
    large = make_record("contact-logged", data={"later": "x" * 262_144})
    assert isinstance(read(small), Accepted)
    assert code_of(read(large)) == "envelope.invalid"


@pytest.mark.parametrize(
    "tampered",
    [
        pytest.param(lambda v: v.replace(b'{"', b'{"medium":"presentiel","', 1), id="duplicate-key"),
        pytest.param(lambda v: v.replace(b'{"', b'{"medium" :"presentiel","', 1), id="duplicate-key-before-a-space"),
        pytest.param(
            lambda v: v.replace(b'{"', b'{"medium"\n:"presentiel","', 1), id="duplicate-key-before-a-line-break"
        ),
        pytest.param(lambda v: v.replace(b'{"', b'{"medi\\u0075m":"presentiel","', 1), id="duplicate-key-escaped"),
        pytest.param(lambda v: v.replace(b'{"', b'{"later":NaN,"', 1), id="nan"),
        pytest.param(lambda v: v.replace(b'{"', b'{"later":-Infinity,"', 1), id="infinity"),
        pytest.param(lambda v: v.replace(b'{"', b'{"later":' + b"9" * 5000 + b',"', 1), id="huge-integer"),
        pytest.param(lambda v: v.replace(b'{"', b'{"later":"\\ud800","', 1), id="lone-surrogate"),
        pytest.param(lambda v: v.replace(b'{"', b'{"\\udfff":1,"', 1), id="lone-surrogate-in-a-name"),
        pytest.param(lambda v: v.replace(b'{"', b'{"later":"\xff","', 1), id="invalid-utf-8"),
        pytest.param(lambda v: v.replace(b'{"', b'{"later":"\xed\xa0\x80","', 1), id="surrogate-in-utf-8"),
        pytest.param(lambda v: v.replace(b'{"', b'{"later":' + b"[" * 40 + b"]" * 40 + b',"', 1), id="deep"),
        pytest.param(lambda v: b"[" * 200_000 + b"]" * 200_000, id="depth-bomb-too-large"),
        pytest.param(lambda v: b"[" * 100_000 + b"]" * 100_000, id="depth-bomb"),
        pytest.param(lambda v: b'{"a":' * 40_000 + b"1" + b"}" * 40_000, id="depth-bomb-of-objects"),
        pytest.param(lambda v: b"\xef\xbb\xbf" + v, id="byte-order-mark"),
        pytest.param(lambda v: v + b"{}", id="trailing-data"),
        pytest.param(lambda v: v.replace(b'{"', b'{"later":"a\x01b","', 1), id="raw-control-character"),
        pytest.param(lambda v: v.decode().encode("utf-16"), id="utf-16"),
    ],
)
def test_json_that_could_be_read_two_ways_is_undecodable(make_record: Any, tampered: Any) -> None:
    refused = read(make_record("contact-logged", value=tampered(make_record("contact-logged").value)))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.path) == ("envelope.invalid", "value")


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\x7f", "\x85", "\x9f"])
@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("field", ["motivation", "later"])
def test_control_characters_are_refused_in_every_text(
    make_record: Any, character: str, escaped: bool, field: str
) -> None:
    record = make_record("identity-provided")
    data = {**json.loads(record.value), field: f"a{character}b"}
    value = json.dumps(data, ensure_ascii=escaped).encode()
    assert code_of(read(make_record("identity-provided", value=value))) == "schema.invalid"


def test_line_breaks_and_tabs_are_text(make_record: Any) -> None:
    assert isinstance(
        read(make_record("identity-provided", data={"motivation": "a\nb\r\n\tc", "later": "\t"})), Accepted
    )


def structured(record: Any, **changes: Any) -> bytes:
    stated = {name.removeprefix("ce_"): value.decode() for name, value in record.headers if name.startswith("ce_")}
    return json.dumps({**stated, "data": json.loads(record.value), **changes}).encode()


STRUCTURED = [("content-type", b"application/cloudevents+json; charset=utf-8")]


def test_structured_mode_is_accepted_and_says_the_same(make_record: Any) -> None:
    binary = make_record("orientation-received")
    record = make_record("orientation-received", value=structured(binary, datacontenttype="application/json"))
    record.headers[:] = STRUCTURED
    assert read(record) == read(binary)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sequence": 1}, None),
        ({"sequence": 0}, "envelope.invalid"),
        ({"sequence": True}, "envelope.invalid"),
        ({"id": 7}, "envelope.invalid"),
        ({"datacontenttype": "text/xml"}, "envelope.invalid"),
        ({"source": "/organisations/metropole/parcours"}, "source.not-topic-writer"),
        ({"data": None}, "schema.invalid"),
        ({"data": []}, "schema.invalid"),
    ],
)
def test_structured_mode_obeys_the_same_checks(make_record: Any, changes: dict[str, Any], code: str | None) -> None:
    record = make_record("contact-logged", value=structured(make_record("contact-logged"), **changes))
    record.headers[:] = STRUCTURED
    outcome = read(record)
    assert isinstance(outcome, Accepted) if code is None else code_of(outcome) == code


@pytest.mark.parametrize("value", [b"[]", b"{", b'{"specversion":"1.0"}', b'"text"'])
def test_structured_mode_without_its_attributes_is_refused(make_record: Any, value: bytes) -> None:
    record = make_record("contact-logged", value=value)
    record.headers[:] = STRUCTURED
    assert code_of(read(record)).startswith("envelope.")


def test_a_refusal_shows_a_strangers_names_short_and_printable(make_record: Any) -> None:
    refused = read(make_record("contact-logged", data={"x" * 100_000 + "\u0007\n": {"nom": 1}}))
    assert isinstance(refused, Refused)
    assert refused.code == "privacy.identity-in-facts"
    assert refused.path is not None
    assert len(refused.path) <= 200
    assert refused.path.isprintable()
    assert len(refused.message) <= 500


def test_one_name_twice_among_very_many_is_refused(make_record: Any) -> None:
    value = b"{" + b",".join(b'"%d":0' % (number % 21_000) for number in range(25_000)) + b"}"
    assert code_of(read(make_record("contact-logged", value=value))) == "envelope.invalid"


@pytest.mark.parametrize("hidden", [b'"s\\u0061nte"', b'"\\u0073ante"'])
def test_a_sensitive_code_does_not_hide_behind_an_escape(make_record: Any, hidden: bytes) -> None:
    value = make_record("orientation-received").value.replace(b'"logement"', hidden)
    assert code_of(read(make_record("orientation-received", value=value))) == "privacy.sensitive-in-facts"


def test_a_forbidden_name_does_not_hide_behind_an_escape(make_record: Any) -> None:
    value = make_record("contact-logged").value.replace(b'{"', b'{"n\\u006fm":"Exemple","', 1)
    assert code_of(read(make_record("contact-logged", value=value))) == "privacy.identity-in-facts"
