"""The envelope: CloudEvents 1.0 over Kafka, binary mode written, binary and structured modes read.

Whatever a stranger sent, reading it answers with an envelope or a refusal, never an exception."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from plie_contracts.events import Event
from plie_contracts.refusals import Refused, RefusedByContract

__all__ = [
    "JSON",
    "Envelope",
    "binary",
    "headers",
    "instant",
    "is_id",
    "is_structured",
    "sequence_number",
    "structured",
    "texts",
    "traceparent",
]

JSON: Final = "application/json"
STRUCTURED: Final = "application/cloudevents+json"
REQUIRED: Final = ("specversion", "id", "source", "type", "subject", "time", "dataschema")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_SOURCE: Final = re.compile(r"/organisations/[a-z0-9-]+(?:/[a-z]+)?")
_TRACEPARENT: Final = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_MAX_SEQUENCE_DIGITS: Final = 18


class Envelope(NamedTuple):
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    dataschema: str
    sequence: int | None
    """None when the record has none: only submissions go without."""
    traceparent: str | None


def texts(headers: Sequence[tuple[str, bytes | None]]) -> dict[str, str] | Refused:
    """The headers as text; one that is empty, twice there or not UTF-8 refuses the record."""
    found: dict[str, str] = {}
    for name, value in headers:
        if value is None:
            return _invalid(name, "cet en-tête est vide")
        if name in found:
            return _invalid(name, "cet en-tête apparaît deux fois")
        try:
            found[name] = value.decode()
        except UnicodeDecodeError:
            return _invalid(name, "cet en-tête n’est pas de l’UTF-8")
    return found


def is_structured(found: Mapping[str, str]) -> bool:
    return found.get("content-type", "").lower().startswith(STRUCTURED)


def binary(found: Mapping[str, str]) -> Envelope | Refused:
    """The envelope in a record's headers."""
    try:
        attributes = [found["ce_" + name] for name in REQUIRED]
        content_type = found["content-type"]
    except KeyError as missing:
        return Refused("envelope.missing", str(missing.args[0]))
    if content_type.partition(";")[0].strip().lower() != JSON:
        return _invalid("content-type", f"« {JSON} » est attendu")
    return _envelope(attributes, found.get("ce_sequence"), found.get("traceparent"), "ce_")


def structured(document: Any) -> tuple[Envelope, Any] | Refused:
    """The envelope and the data of a structured-mode value (`application/cloudevents+json`)."""
    if not isinstance(document, dict):
        return _invalid("value", "un objet CloudEvents est attendu")
    if missing := next((name for name in (*REQUIRED, "data") if name not in document), None):
        return Refused("envelope.missing", missing)
    attributes = [document[name] for name in REQUIRED]
    for name, attribute in zip(REQUIRED, attributes, strict=True):
        if not isinstance(attribute, str):
            return _invalid(name, "un texte est attendu")
    if document.get("datacontenttype", JSON) != JSON:
        return _invalid("datacontenttype", f"« {JSON} » est attendu")
    sequence, trace = document.get("sequence"), document.get("traceparent")
    if sequence is not None and (isinstance(sequence, bool) or not isinstance(sequence, int | str)):
        return _invalid("sequence", "un entier positif est attendu")
    envelope = _envelope(
        attributes, None if sequence is None else str(sequence), trace if isinstance(trace, str) else None, ""
    )
    return envelope if isinstance(envelope, Refused) else (envelope, document["data"])


def headers(
    event: Event,
    *,
    id: str,  # noqa: A002 - the CloudEvents name
    source: str,
    sequence: int | None,
    time: datetime,
    traceparent: str | None,
) -> list[tuple[str, bytes]]:
    """The headers of a record we write; raises RefusedByContract for what a reader would refuse."""
    is_submission = event.FAMILY == "submission"
    if not is_id(id):
        raise RefusedByContract("envelope.invalid", "ce_id", "1 à 128 caractères imprimables sont attendus")
    if not _SOURCE.fullmatch(source):
        raise RefusedByContract("envelope.invalid", "ce_source", "/organisations/<organisation>/<service> est attendu")
    if (sequence is None) != is_submission or (sequence is not None and sequence < 1):
        raise RefusedByContract(
            "envelope.invalid", "ce_sequence", "un entier positif est attendu, sauf sur une soumission"
        )
    if time.tzinfo is None:
        raise RefusedByContract("envelope.invalid", "ce_time", "un instant porte un décalage horaire")
    texts = {
        "ce_specversion": "1.0",
        "ce_id": id,
        "ce_source": source,
        "ce_type": event.ce_type(),
        "ce_subject": event.key(),
        "ce_time": time.isoformat(),
        "ce_dataschema": event.dataschema(),
        "content-type": JSON,
    }
    if sequence is not None:
        texts["ce_sequence"] = str(sequence)
    if traceparent is not None:
        texts["traceparent"] = traceparent
    return [(name, text.encode()) for name, text in texts.items()]


def is_id(text: str) -> bool:
    return 1 <= len(text) <= 128 and text.isprintable()


def instant(text: str) -> datetime | None:
    """A date and time with an offset (RFC 3339), None for anything else."""
    if not _INSTANT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def sequence_number(digits: bytes) -> int | None:
    """1..n in decimal, None for anything else."""
    return int(digits) or None if digits.isdigit() and len(digits) <= _MAX_SEQUENCE_DIGITS else None


def traceparent(header: bytes | None) -> str | None:
    """A W3C trace context; a malformed one is no reason to refuse a record."""
    return header.decode() if header is not None and _TRACEPARENT.fullmatch(header) else None


def _envelope(attributes: Sequence[str], sequence: str | None, trace: str | None, prefix: str) -> Envelope | Refused:
    specversion, id_, source, type_, subject, time, dataschema = attributes
    if specversion != "1.0":
        return _invalid(prefix + "specversion", "la version 1.0 de CloudEvents est attendue")
    if not is_id(id_):
        return _invalid(prefix + "id", "1 à 128 caractères imprimables sont attendus")
    for name, text in (("source", source), ("type", type_), ("subject", subject), ("dataschema", dataschema)):
        if not text or not text.isprintable():
            return _invalid(prefix + name, "un texte imprimable est attendu")
    when = instant(time)
    if when is None:
        return _invalid(prefix + "time", "un instant ISO 8601 avec décalage est attendu (2026-03-02T09:14:05+01:00)")
    number = None if sequence is None else sequence_number(sequence.encode())
    if sequence is not None and number is None:
        return _invalid(prefix + "sequence", "un entier à partir de 1 est attendu")
    return Envelope(
        id_, source, type_, subject, when, dataschema, number, traceparent(None if trace is None else trace.encode())
    )


def _invalid(path: str, message: str) -> Refused:
    return Refused("envelope.invalid", path, message)
