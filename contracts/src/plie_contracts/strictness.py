"""What a writer is held to beyond the schema: codes of the vocabularies only, ids in UUIDv7.

A reader keeps a code that a later version added; nobody may write one that is in no vocabulary."""

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args
from uuid import UUID

from plie_contracts.events.base import Part
from plie_contracts.events.fields import In
from plie_contracts.vocabulary import codes

__all__ = ["first_violation", "violations", "vocabularies"]


def first_violation(part: Part) -> tuple[str, str] | None:
    return next(violations(part), None)


def violations(part: Part, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, message) of every value that is well formed and yet not to be written."""
    for name, alias, vocabulary in _checked(type(part)):
        here = f"{path}.{alias}" if path else alias
        yield from _of_value(getattr(part, name), vocabulary, here)


def _of_value(value: Any, vocabulary: str | None, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _of_value(item, vocabulary, f"{path}[{index}]")
    elif isinstance(value, Part):
        yield from violations(value, path)
    elif isinstance(value, UUID):
        if value.version != 7:
            yield path, "un UUIDv7 est attendu"
    elif vocabulary is not None and isinstance(value, str) and value not in codes(vocabulary):
        yield path, f"« {value} » n’est pas au vocabulaire « {vocabulary} »"


@cache
def vocabularies(part: type[Part]) -> tuple[tuple[str, str, str | None], ...]:
    """(field, name in JSON, vocabulary or None) of each field of an event or of a part of it."""
    return tuple(
        (name, field.alias or name, _vocabulary((field.annotation, *field.metadata)))
        for name, field in part.model_fields.items()
    )


@cache
def _checked(part: type[Part]) -> tuple[tuple[str, str, str | None], ...]:
    """The fields that hold a code, an id, or parts that may."""
    return tuple(
        (name, alias, vocabulary)
        for name, alias, vocabulary in vocabularies(part)
        if vocabulary is not None or _holds(part.model_fields[name].annotation)
    )


def _holds(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, UUID | Part):
        return True
    return any(map(_holds, get_args(annotation)))


def _vocabulary(annotation: Any) -> str | None:
    if isinstance(annotation, In):
        return annotation.vocabulary
    inner = annotation if isinstance(annotation, tuple) else get_args(annotation)
    return next(filter(None, map(_vocabulary, inner)), None)
