"""The verdict on a record written down as JSON (topic, key, headers, data), for a partner who tries its first one.

It is the reader's verdict, except that an unknown type is refused: nobody could act on it."""

import json
from pathlib import Path
from typing import Any

from plie_contracts import documents
from plie_contracts.records import Record, Refused, Unknown, read

__all__ = ["record_of", "verdict"]


def verdict(file: Path) -> Refused | None:
    """None when the record is accepted."""
    try:
        written = documents.decode(file.read_bytes())
    except OSError as error:
        return Refused("envelope.invalid", "value", f"le fichier est illisible ({error.strerror})")
    except documents.Undecodable as error:
        return Refused("envelope.invalid", "value", str(error))
    record = record_of(written)
    if isinstance(record, Refused):
        return record
    outcome = read(record)
    if isinstance(outcome, Unknown):
        return Refused("envelope.unknown-type", "ce_type", f"« {outcome.type} » n’est pas au contrat")
    return outcome if isinstance(outcome, Refused) else None


def record_of(written: Any) -> Record | Refused:
    """The record that a JSON object describes; `data: null` is a tombstone."""
    shape = {"topic": str, "key": str, "headers": dict}
    if not isinstance(written, dict) or "data" not in written:
        return Refused("envelope.invalid", "value", "un objet avec topic, key, headers et data est attendu")
    for name, kind in shape.items():
        if not isinstance(written.get(name), kind):
            return Refused("envelope.invalid", name, "un objet avec topic, key, headers et data est attendu")
    headers = written["headers"].items()
    if wrong := next((name for name, value in headers if not isinstance(value, str)), None):
        return Refused("envelope.invalid", wrong, "la valeur d’un en-tête est un texte")
    value = None if written["data"] is None else json.dumps(written["data"], ensure_ascii=False).encode()
    return Record(written["topic"], written["key"].encode(), [(name, text.encode()) for name, text in headers], value)
