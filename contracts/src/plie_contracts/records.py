"""Records on a stream: `read` for every consumer, `headers` and `encode` for every writer.

A reader is tolerant and never raises; a writer is strict. The checks stand in one order: envelope, source, type, key,
ownership, privacy, schema, control characters."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, get_args

from pydantic import ValidationError

from plie_contracts import documents, envelope, privacy, strictness
from plie_contracts.documents import Undecodable
from plie_contracts.envelope import Envelope, headers
from plie_contracts.events import EVENTS, Event
from plie_contracts.events.base import Part
from plie_contracts.explanations import explain
from plie_contracts.refusals import Refused, RefusedByContract
from plie_contracts.streams import FACTS, Topic, parse_topic, source_of

__all__ = ["Accepted", "Record", "Refused", "RefusedByContract", "Tombstone", "Unknown", "encode", "headers", "read"]

COMPACTED: Final = frozenset({"identity", "fse"})
_BY_TYPE: Final = {event.ce_type(): event for event in EVENTS.values()}
_TOO_LARGE: Final = "une valeur pèse 256 ko au plus"


@dataclass(frozen=True, slots=True)
class Record:
    """A Kafka record as it was polled."""

    topic: str
    key: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    value: bytes | None


class Accepted(NamedTuple):
    event: Event
    id: str
    source: str
    writer: str
    """The principal that wrote it: `org.service`, or a bare partner slug."""
    type: str
    """The ce_type (`fr.plie.ContactLogged.v1`); `event.name` is the short name."""
    sequence: int | None
    time: datetime
    traceparent: str | None


class Unknown(NamedTuple):
    """A type or a major this version does not know, with a valid envelope and source: kept raw, counted, skipped."""

    id: str
    source: str
    writer: str
    type: str
    sequence: int | None
    time: datetime
    traceparent: str | None


class Tombstone(NamedTuple):
    """The transported copy of `key` is taken away (compacted streams only)."""

    key: str
    writer: str
    id: str | None
    sequence: int | None


def read(record: Record) -> Accepted | Refused | Unknown | Tombstone:
    """Checks one record and gives its event, or why it is refused; never raises, whatever the bytes."""
    if record.value is None:
        return _tombstone(record)
    if envelope.is_structured(record.headers):
        return _read_structured(record, record.value)
    found = envelope.binary(record.headers)
    if isinstance(found, Refused):
        return found
    return _read(record, found, record.value)


def encode(event: Event) -> bytes:
    """The record's value; raises RefusedByContract for what nobody should be sent (unknown code, privacy, size)."""
    value = event.model_dump_json(by_alias=True, exclude_none=True).encode()
    if len(value) > documents.MAX_BYTES:
        raise RefusedByContract("envelope.invalid", "value", _TOO_LARGE)
    try:
        type(event).model_validate_json(value)
    except ValidationError as error:
        path, _, message = explain(error)[0]
        raise RefusedByContract("schema.invalid", path, message) from error
    if broken := privacy.breach(event.FAMILY, json.loads(value)):
        raise RefusedByContract(*broken)
    if unwritable := strictness.first_violation(event):
        raise RefusedByContract("schema.invalid", *unwritable)
    return value


class _Route(NamedTuple):
    """Where a (topic, type) leads; the same for nearly every record of a poll."""

    topic: Topic
    source: str
    event: type[Event] | None
    validate: Callable[[bytes], Any]
    count_fields: Callable[[Any], int]
    key_marks: tuple[bytes, bytes]


@lru_cache(maxsize=1024)
def _route(topic_name: str, ce_type: str) -> _Route | None:
    topic = parse_topic(topic_name)
    if topic is None:
        return None
    event = _BY_TYPE.get(ce_type)
    if event is None:
        return _Route(topic, source_of(topic.writer), None, _no_event, _no_event, (b"", b""))
    mark = b'"' + event.KEY.encode() + b'":'
    return _Route(
        topic,
        source_of(topic.writer),
        event,
        event.__pydantic_validator__.validate_json,
        _field_counter(event),
        (mark + b'"', mark + b' "'),
    )


def _read(record: Record, found: Envelope, value: bytes) -> Accepted | Refused | Unknown:
    route = _route(record.topic, found.type)
    if route is None:
        return Refused("envelope.wrong-stream", "topic", f"« {record.topic} » n’est pas un flux de la plateforme")
    topic = route.topic
    key = _checked_key(record.key)
    if isinstance(key, Refused):
        return key
    if topic.family == "submission":
        found = found._replace(sequence=None)
    elif found.sequence is None:
        return Refused("envelope.missing", "ce_sequence")
    event = _at_once(route, found, key, record.key or b"", value) or _step_by_step(route, found, key, value)
    if isinstance(event, Refused):
        return event
    if event is None:
        return Unknown(found.id, found.source, topic.writer, found.type, found.sequence, found.time, found.traceparent)
    return Accepted(
        event, found.id, found.source, topic.writer, found.type, found.sequence, found.time, found.traceparent
    )


def _at_once(route: _Route, found: Envelope, key: str, raw_key: bytes, value: bytes) -> Event | None:
    """The event, when a few byte-level tests prove that every check holds; None says nothing.

    As many JSON keys as known fields set: no duplicate, no unknown field, hence no forbidden name.
    """
    kind = route.event
    if (
        kind is None
        or route.topic.family != kind.FAMILY
        or found.source != route.source
        or len(value) > documents.MAX_BYTES
    ):
        return None
    if found.subject != key or found.dataschema != kind.dataschema() or not key.islower():
        return None
    if not any(mark + raw_key + b'"' in value for mark in route.key_marks):
        return None
    if b'" :' in value or b'"\t:' in value or b'"\n:' in value or b'"\r:' in value:
        return None
    if kind.FAMILY in FACTS and privacy.may_hide_sensitive(value):
        return None
    try:
        event: Event = route.validate(value)
    except ValidationError:
        return None
    if value.count(b'":') != route.count_fields(event):
        return None
    if kind.OWNER is not None and getattr(event, kind.OWNER) != route.topic.organisation:
        return None
    return event


def _step_by_step(route: _Route, found: Envelope, key: str, value: bytes) -> Event | Refused | None:
    """Every check in its order: the reference `_at_once` must agree with. None: the type is unknown."""
    topic, kind = route.topic, route.event

    def refused(code: str, path: str | None = None, message: str | None = None) -> Refused:
        return Refused(
            code,
            path,
            message,
            id=found.id,
            source=found.source,
            writer=topic.writer,
            type=found.type,
            sequence=found.sequence,
            time=found.time,
        )

    if len(value) > documents.MAX_BYTES:
        return refused("envelope.invalid", "value", _TOO_LARGE)
    try:
        data = documents.decode(value)
    except Undecodable as error:
        unreadable = "envelope.invalid", "value", str(error)
        return refused(*unreadable) if found.source == route.source else Refused(*unreadable)
    if found.source != route.source:
        message = f"« {found.source} » n’est pas l’instance qui écrit ce flux ({route.source})"
        return Refused("source.not-topic-writer", "ce_source", message)
    if kind is None:
        return None
    if topic.family != kind.FAMILY:
        return refused(
            "envelope.wrong-stream", "ce_type", f"« {kind.name} » n’a pas sa place sur un flux « {topic.family} »"
        )
    if found.dataschema != kind.dataschema():
        return refused("envelope.invalid", "ce_dataschema", f"« {kind.dataschema()} » est attendu")
    if found.subject != key:
        return refused("envelope.key-mismatch", "ce_subject")
    fields = data if isinstance(data, dict) else {}
    aggregate = kind.key_in(fields)
    if aggregate is not None and str(aggregate) != key:
        return refused("envelope.key-mismatch", kind.KEY)
    owner_field = kind.owner_field()
    if owner_field and isinstance(owner := fields.get(owner_field), str) and owner != topic.organisation:
        message = f"« {topic.organisation} » ne décide que pour elle-même, pas pour « {owner} »"
        return refused("ownership.not-owner", owner_field, message)
    if broken := privacy.breach(topic.family, data):
        return refused(*broken)
    return _validated(kind, key, data, refused)


def _validated(kind: type[Event], key: str, data: Any, refused: Callable[..., Refused]) -> Event | Refused:
    try:
        event = kind.model_validate_json(json.dumps(data), extra="forbid" if kind.FAMILY == "submission" else "ignore")
    except ValidationError as error:
        path, _, message = explain(error)[0]
        return refused("schema.invalid", path, message)
    if kind.key_in(data) is None:
        return refused("schema.invalid", kind.KEY, "ce champ est obligatoire")
    if event.key() != key:
        return refused("schema.invalid", kind.KEY, "un UUID en minuscules est attendu")
    if place := documents.control_character(data):
        return refused("schema.invalid", place, "les caractères de contrôle sont refusés")
    return event


def _read_structured(record: Record, value: bytes) -> Accepted | Refused | Unknown:
    if len(value) > documents.MAX_BYTES:
        return Refused("envelope.invalid", "value", _TOO_LARGE)
    try:
        found = envelope.structured(documents.decode(value))
    except Undecodable as error:
        return Refused("envelope.invalid", "value", str(error))
    if isinstance(found, Refused):
        return found
    return _read(record, found[0], json.dumps(found[1]).encode())


def _tombstone(record: Record) -> Refused | Tombstone:
    topic = parse_topic(record.topic)
    if topic is None or topic.family not in COMPACTED:
        return Refused("envelope.invalid", "value", "la valeur est vide")
    key = _checked_key(record.key)
    if isinstance(key, Refused):
        return key
    stated = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    if stated.get("ce_source", source_of(topic.writer)) != source_of(topic.writer):
        return Refused("source.not-topic-writer", "ce_source")
    return Tombstone(key, topic.writer, stated.get("ce_id"), envelope.sequence_number(stated.get("ce_sequence", "")))


def _checked_key(key: bytes | None) -> str | Refused:
    if key is None:
        return Refused("envelope.missing", "key", "un enregistrement porte la clé de son agrégat")
    try:
        return key.decode()
    except UnicodeDecodeError:
        return Refused("envelope.invalid", "key", "la clé n’est pas de l’UTF-8")


def _no_event(_: Any) -> Any:
    raise AssertionError("a record of an unknown type is never validated")


def _field_counter(part: type[Part]) -> Callable[[Any], int]:
    """Counts the fields that were set in an event and in its parts."""
    nested = [
        (name, _field_counter(inner))
        for name, field in part.model_fields.items()
        if (inner := _part_in((field.annotation,))) is not None
    ]
    if not nested:
        return lambda value: len(value.__pydantic_fields_set__)

    def count(value: Any) -> int:
        total = len(value.__pydantic_fields_set__)
        for name, count_in in nested:
            held = getattr(value, name)
            if isinstance(held, tuple):
                total += sum(map(count_in, held))
            elif held is not None:
                total += count_in(held)
        return total

    return count


def _part_in(annotations: tuple[Any, ...]) -> type[Part] | None:
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, Part):
            return annotation
        if inner := _part_in(get_args(annotation)):
            return inner
    return None
