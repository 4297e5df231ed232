"""What may never travel: identity and sensitive data in facts, social security numbers anywhere.

Rules look at the JSON itself, at any depth, so that a field no schema knows is seen too."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from plie_contracts.streams import FACTS
from plie_contracts.vocabulary import SENSITIVE_BARRIERS, VOCABULARIES

__all__ = [
    "IDENTITY_NAMES",
    "NEVER_COLLECTED",
    "SENSITIVE_CODES",
    "SENSITIVE_NAMES",
    "Broken",
    "breach",
    "may_say_something_sensitive",
    "plain",
]

Broken = tuple[str, str, str]
"""(code, path, message)."""

IDENTITY_NAMES: Final = frozenset(
    [
        "last_name",
        "first_name",
        "name",
        "nom",
        "nom_naissance",
        "prenom",
        "birth_date",
        "date_naissance",
        "birthplace",
        "email",
        "mail",
        "phone",
        "telephone",
        "mobile",
        "address",
        "adresse",
        "motivation",
        "note",
        "notes",
        "comment",
        "commentaire",
    ]
)
SENSITIVE_NAMES: Final = frozenset(
    [
        "disability",
        "handicap",
        "rqth",
        "sensitive_barriers",
        "answers",
        "third_country",
        "foreign_background",
        "minority",
        "homeless",
    ]
)
NEVER_COLLECTED: Final = frozenset({"nir", "numero_securite_sociale"})

_SENSITIVE_VALUES: Final = frozenset(SENSITIVE_BARRIERS)
SENSITIVE_CODES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        path: frozenset(term.code for term in VOCABULARIES[vocabulary].values() if term.in_facts is not None)
        for path, vocabulary in (("prescriber.kind", "prescriber-kind"), ("reorientation", "reorientation"))
    }
)
"""Codes that reveal something sensitive, by the path at which facts may not say them."""

_SENSITIVE_BYTES: Final = tuple(
    code.encode() for code in sorted(frozenset().union(_SENSITIVE_VALUES, *SENSITIVE_CODES.values()))
)


def plain(name: str) -> str:
    """A field's name without case, accents or separators: `lastName`, `Last-Name` and `last_name` are one name."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if letter.isalnum()).casefold()


_plain_of_short_name: Final = lru_cache(maxsize=4096)(plain)
_SHORT: Final = 64


_IDENTITY: Final = frozenset(map(plain, IDENTITY_NAMES))
_SENSITIVE: Final = frozenset(map(plain, SENSITIVE_NAMES))
_NEVER: Final = frozenset(map(plain, NEVER_COLLECTED))


def breach(family: str, data: Any) -> Broken | None:
    """The first breach of the privacy rules in a record's data, or None."""
    facts = family in FACTS
    identity: Broken | None = None
    sensitive: Broken | None = None
    for path, name, value in _fields(data):
        bare = _plain_of_short_name(name) if len(name) <= _SHORT else plain(name)
        if bare in _NEVER:
            return "privacy.forbidden-field", path, f"« {name} » n’est jamais collecté"
        if facts and identity is None and bare in _IDENTITY:
            identity = (
                "privacy.identity-in-facts",
                path,
                f"« {name} » nomme une personne : un flux de faits ne le porte pas",
            )
        if facts and sensitive is None and (bare in _SENSITIVE or _is_sensitive(value)):
            sensitive = "privacy.sensitive-in-facts", path, "une donnée sensible ne circule pas dans un flux de faits"
    return identity or sensitive or (_sensitive_code(data) if facts else None)


def may_say_something_sensitive(family: str, value: bytes) -> bool:
    """False when these bytes, written by our own models, hold no sensitive code: no model of facts has other means."""
    return family in FACTS and any(map(value.__contains__, _SENSITIVE_BYTES))


def _fields(data: Any) -> list[tuple[str, str, Any]]:
    """(path, name, value) of every field at any depth, in the order of the document; items of lists have no name."""
    found: list[tuple[str, str, Any]] = []

    def visit(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for name, held in value.items():
                here = f"{path}.{name}" if path else name
                found.append((here, name, held))
                if isinstance(held, dict | list):
                    visit(held, here)
        else:
            for index, held in enumerate(value):
                here = f"{path}[{index}]"
                found.append((here, "", held))
                if isinstance(held, dict | list):
                    visit(held, here)

    if isinstance(data, dict | list):
        visit(data, "")
    return found


def _is_sensitive(value: Any) -> bool:
    return isinstance(value, str) and value in _SENSITIVE_VALUES


def _sensitive_code(data: Any) -> Broken | None:
    for path, hidden in SENSITIVE_CODES.items():
        value = data
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, str) and value in hidden:
            message = f"« {value} » révèle une donnée sensible : les faits disent « autre »"
            return "privacy.sensitive-in-facts", path, message
    return None
