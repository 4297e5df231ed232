"""Why a record is refused: a stable code for machines, a French sentence for people.

A refusal keeps what identifies the record whenever its envelope and source were valid, so that it counts in the sequence."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

MAX_PATH: Final = 200
MAX_MESSAGE: Final = 500

__all__ = ["CODES", "Refused", "RefusedByContract"]

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "envelope.missing": "il manque un en-tête obligatoire",
        "envelope.invalid": "un en-tête ou la valeur est illisible",
        "envelope.unknown-type": "ce type d’événement n’est pas au contrat",
        "envelope.wrong-stream": "ce type d’événement n’a pas sa place sur ce flux",
        "envelope.key-mismatch": "la clé, ce_subject et l’identifiant dans les données diffèrent",
        "envelope.id-reused": "cet identifiant d’événement a déjà servi pour un autre contenu",
        "source.not-topic-writer": "la source n’est pas l’instance qui écrit ce flux",
        "ownership.not-owner": "cette organisation ne décide pas pour cette personne",
        "privacy.identity-in-facts": "un flux de faits ne porte rien qui nomme une personne",
        "privacy.sensitive-in-facts": "un flux de faits ne porte aucune donnée sensible",
        "privacy.forbidden-field": "cette donnée n’est jamais collectée",
        "schema.invalid": "les données ne respectent pas le schéma",
    }
)


class Refused(Exception):
    """A record a reader does not take: returned by `records.read`, raised by a handler that checks ownership.

    `id`, `source`, `writer`, `type`, `sequence` and `time` are set when the envelope and the source were valid.
    """

    def __init__(
        self,
        code: str,
        path: str | None = None,
        message: str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - the CloudEvents name
        source: str | None = None,
        writer: str | None = None,
        type: str | None = None,  # noqa: A002 - the CloudEvents name
        sequence: int | None = None,
        time: datetime | None = None,
    ) -> None:
        self.code = code
        self.path = _legible(path, MAX_PATH) if path else None
        self.message = _legible(message, MAX_MESSAGE) if message else CODES.get(code, code)
        self.id = id
        self.source = source
        self.writer = writer
        self.type = type
        self.sequence = sequence
        self.time = time
        super().__init__(code, self.path, self.message)

    def __str__(self) -> str:
        return " ".join(filter(None, (self.code, self.path, self.message)))

    def as_json(self) -> dict[str, str | None]:
        return {"result": "refused", "code": self.code, "path": self.path, "message": self.message}


def _legible(text: str, length: int) -> str:
    """A stranger chose the names in a path: they are shown short and printable."""
    shown = "".join(letter if letter.isprintable() or letter == "\u00a0" else "\ufffd" for letter in text[:length])
    return shown if len(text) <= length else shown[:-1] + "…"


class RefusedByContract(Exception):
    """What a strict writer may not write: a bug on our side, never the fault of a record that was read."""

    def __init__(self, code: str, path: str | None, message: str | None = None) -> None:
        self.code = code
        self.path = path or None
        self.message = message or CODES.get(code, code)
        super().__init__(code, self.path, self.message)

    def __str__(self) -> str:
        return " ".join(filter(None, (self.code, self.path, self.message)))
