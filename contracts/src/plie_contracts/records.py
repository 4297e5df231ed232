"""Records on a stream: `read` for every consumer, tolerant, never raising; `headers` and `encode` for every writer, strict.

Checks stand in one order: envelope, source, type, key, ownership, privacy, schema, control characters."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple, cast, get_args

from pydantic import ValidationError

from plie_contracts import documents, envelope, privacy, strictness
from plie_contracts.documents import Undecodable
from plie_contracts.envelope import Envelope, headers
from plie_contracts.events import EVENTS, Event
from plie_contracts.events.base import Part
from plie_contracts.explanations import explain
from plie_contracts.refusals import Refused, RefusedByContract
from plie_contracts.streams import FACTS, Topic, parse_topic, source_of
from plie_contracts.vocabulary import SENSITIVE_BARRIERS

__all__ = ["Accepted", "Record", "Refused", "RefusedByContract", "Tombstone", "Unknown", "encode", "headers", "read"]

COMPACTED: Final = frozenset({"identity", "fse"})
_BY_TYPE: Final = {event.ce_type(): event for event in EVENTS.values()}


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
    return _at_once(record) or _step_by_step(record)


def encode(event: Event) -> bytes:
    """The record's value; raises RefusedByContract for what nobody should be sent (unknown code, privacy, size)."""
    value = event.model_dump_json(by_alias=True, exclude_none=True).encode()
    if len(value) > documents.MAX_BYTES:
        raise RefusedByContract("envelope.invalid", "value", "la valeur dépasse 256 ko")
    try:
        type(event).model_validate_json(value)
    except ValidationError as error:
        path, _, message = explain(error)[0]
        raise RefusedByContract("schema.invalid", path, message) from error
    if privacy.may_say_something_sensitive(event.FAMILY, value) and (
        broken := privacy.breach(event.FAMILY, json.loads(value))
    ):
        raise RefusedByContract(*broken)
    if unwritable := strictness.first_violation(event):
        raise RefusedByContract("schema.invalid", *unwritable)
    return value


class _Lane(NamedTuple):
    """What `_at_once` knows of a (topic, source, type): the same for nearly every record of a poll."""

    writer: str
    source: str
    type: str
    validate: Callable[[bytes], Any]
    count_fields: Callable[[Any], int]
    key_mark: bytes
    refuses: Callable[[Any], bool] | None
    is_facts: bool


_IN_LANE: Final = itemgetter(
    "ce_specversion",
    "content-type",
    "ce_source",
    "ce_type",
    "ce_dataschema",
    "ce_id",
    "ce_subject",
    "ce_sequence",
    "ce_time",
)
_SENSITIVE_BARRIERS: Final = tuple(code.encode() for code in SENSITIVE_BARRIERS)
_LONGEST: Final = 512
_SPACED_COLON: Final = re.compile(rb'"[ \t\r\n]+:')


def _at_once(record: Record) -> Accepted | None:
    """The event, when a few byte-level tests prove that every check holds; None proves nothing.

    There are as many JSON keys as known fields were set: no duplicate, no unknown field, hence no forbidden name.
    """
    value, key = record.value, record.key
    if value is None or key is None or len(value) > documents.MAX_BYTES or b"\\" in value or not key.islower():
        return None
    found = cast("dict[str, bytes]", dict(record.headers))
    try:
        # The separator keeps a character that one value cuts from being completed by the next.
        b"\n".join(found.values()).decode()
        version, content, source, type_, schema, id_, subject, sequence, time = _IN_LANE(found)
    except (KeyError, TypeError, UnicodeDecodeError):
        return None
    if len(source) + len(type_) + len(schema) > _LONGEST:
        return None
    lane = _lane(record.topic, version, content, source, type_, schema)
    if lane is None or subject != key or len(found) != len(record.headers) or lane.key_mark + key + b'"' not in value:
        return None
    if lane.is_facts and any(map(value.__contains__, _SENSITIVE_BARRIERS)):
        return None
    number, instant, event_id = envelope.sequence_number(sequence), envelope.instant(time.decode()), id_.decode()
    if number is None or instant is None or not envelope.is_id(event_id):
        return None
    try:
        event = lane.validate(value)
    except ValidationError:
        return None
    if value.count(b'":') != lane.count_fields(event) or (lane.refuses is not None and lane.refuses(event)):
        return None
    if len(value.split(None, 1)) > 1 and _SPACED_COLON.search(value):
        return None
    trace = envelope.traceparent(found.get("traceparent"))
    return Accepted(event, event_id, lane.source, lane.writer, lane.type, number, instant, trace)


@lru_cache(maxsize=1024)
def _lane(topic_name: str, version: bytes, content: bytes, source: bytes, type_: bytes, schema: bytes) -> _Lane | None:
    topic, kind = parse_topic(topic_name), _BY_TYPE.get(type_.decode())
    if topic is None or kind is None or topic.family != kind.FAMILY or topic.family == "submission":
        return None
    written = (version.decode(), content.decode(), source.decode(), schema.decode())
    if written != ("1.0", envelope.JSON, source_of(topic.writer), kind.dataschema()):
        return None
    return _Lane(
        topic.writer,
        source.decode(),
        kind.ce_type(),
        kind.__pydantic_validator__.validate_json,
        _field_counter(kind),
        b'"' + kind.KEY.encode() + b'":"',
        _refuser(kind, topic),
        topic.family in FACTS,
    )


def _refuser(kind: type[Event], topic: Topic) -> Callable[[Any], bool] | None:
    """Ownership, and the codes facts may not say, on an event whose fields are all known."""
    forbidden: list[tuple[Callable[[Any], object], Callable[[object], bool]]] = []
    if kind.OWNER is not None:
        forbidden.append((attrgetter(kind.OWNER), topic.organisation.__ne__))
    if topic.family in FACTS:
        forbidden += [
            (attrgetter(path), codes.__contains__)
            for path, codes in privacy.SENSITIVE_CODES.items()
            if path.partition(".")[0] in kind.model_fields
        ]
    if not forbidden:
        return None
    return lambda event: any(refused(spot(event)) for spot, refused in forbidden)


def _step_by_step(record: Record) -> Accepted | Refused | Unknown | Tombstone:
    """Every check in its order; what `_at_once` accepts, this accepts too."""
    if record.value is None:
        return _tombstone(record)
    stated = envelope.texts(record.headers)
    if isinstance(stated, Refused):
        return stated
    if envelope.is_structured(stated):
        return _read_structured(record, record.value)
    found = envelope.binary(stated)
    if isinstance(found, Refused):
        return found
    return _read(record, found, record.value)


def _read_structured(record: Record, value: bytes) -> Accepted | Refused | Unknown:
    try:
        found = envelope.structured(documents.decode(value))
    except Undecodable as error:
        return Refused("envelope.invalid", "value", str(error))
    if isinstance(found, Refused):
        return found
    return _read(record, found[0], json.dumps(found[1], ensure_ascii=False).encode())


def _read(record: Record, found: Envelope, value: bytes) -> Accepted | Refused | Unknown:
    topic = parse_topic(record.topic)
    if topic is None:
        return Refused("envelope.wrong-stream", "topic", f"« {record.topic} » n’est pas un flux de la plateforme")
    key = _checked_key(record.key)
    if isinstance(key, Refused):
        return key
    if topic.family == "submission":
        found = found._replace(sequence=None)
    elif found.sequence is None:
        return Refused("envelope.missing", "ce_sequence")

    source = source_of(topic.writer)
    try:
        data = documents.decode(value)
    except Undecodable as error:
        refusal = Refused("envelope.invalid", "value", str(error))
        return _identified(refusal, found, topic) if found.source == source else refusal
    if found.source != source:
        message = f"« {found.source} » n’est pas l’instance qui écrit ce flux ({source})"
        return Refused("source.not-topic-writer", "ce_source", message)
    kind = _BY_TYPE.get(found.type)
    if kind is None:
        return Unknown(found.id, found.source, topic.writer, found.type, found.sequence, found.time, found.traceparent)
    event = _event(kind, topic, found, key, data, value)
    if isinstance(event, Refused):
        return _identified(event, found, topic)
    return Accepted(
        event, found.id, found.source, topic.writer, found.type, found.sequence, found.time, found.traceparent
    )


def _event(kind: type[Event], topic: Topic, found: Envelope, key: str, data: Any, value: bytes) -> Event | Refused:
    if topic.family != kind.FAMILY:
        message = f"« {kind.name} » n’a pas sa place sur un flux « {topic.family} »"
        return Refused("envelope.wrong-stream", "ce_type", message)
    if found.dataschema != kind.dataschema():
        return Refused("envelope.invalid", "ce_dataschema", f"« {kind.dataschema()} » est attendu")
    fields = data if isinstance(data, dict) else {}
    aggregate = kind.key_in(fields)
    if found.subject != key:
        return Refused("envelope.key-mismatch", "ce_subject")
    if aggregate is not None and str(aggregate) != key:
        return Refused("envelope.key-mismatch", kind.KEY)
    owner_field = kind.owner_field()
    if owner_field and isinstance(owner := fields.get(owner_field), str) and owner != topic.organisation:
        message = f"« {topic.organisation} » ne décide que pour elle-même, pas pour « {owner} »"
        return Refused("ownership.not-owner", owner_field, message)
    if broken := privacy.breach(topic.family, data):
        return Refused(*broken)
    try:
        event = kind.model_validate_json(value, extra="forbid" if kind.FAMILY == "submission" else "ignore")
    except ValidationError as error:
        path, _, message = explain(error)[0]
        return Refused("schema.invalid", path, message)
    if aggregate is None:
        return Refused("schema.invalid", kind.KEY, "ce champ est obligatoire")
    if event.key() != key:
        return Refused("schema.invalid", kind.KEY, "un UUID en minuscules est attendu")
    if place := documents.control_character(data, value):
        return Refused("schema.invalid", place, "les caractères de contrôle sont refusés")
    return event


def _identified(refusal: Refused, found: Envelope, topic: Topic) -> Refused:
    """The refusal of a record whose envelope and source are valid: it counts for the sequence."""
    return Refused(
        refusal.code,
        refusal.path,
        refusal.message,
        id=found.id,
        source=found.source,
        writer=topic.writer,
        type=found.type,
        sequence=found.sequence,
        time=found.time,
    )


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
    return Tombstone(
        key, topic.writer, stated.get("ce_id"), envelope.sequence_number(stated.get("ce_sequence", "").encode())
    )


def _checked_key(key: bytes | None) -> str | Refused:
    if key is None:
        return Refused("envelope.missing", "key", "un enregistrement porte la clé de son agrégat")
    try:
        return key.decode()
    except UnicodeDecodeError:
        return Refused("envelope.invalid", "key", "la clé n’est pas de l’UTF-8")


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
