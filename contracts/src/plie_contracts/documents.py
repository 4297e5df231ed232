"""JSON as the contract reads it: UTF-8, 256 kB at most, no duplicate key, no NaN, bounded depth, no lone surrogate.

What fails here is undecodable, whatever it means."""

import json
from collections.abc import Iterator
from typing import Any, Final

__all__ = ["MAX_BYTES", "Undecodable", "control_character", "decode"]

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
_CONTROL_HINTS: Final = (b"\\", b"\x7f", b"\xc2")
"""Without one of these bytes a JSON text holds no control character: an escape, DEL, the lead byte of U+0080–U+009F."""


class Undecodable(Exception):
    """The bytes are not JSON as the contract reads it; the message says why, in French."""


def decode(value: bytes) -> Any:
    """Raises Undecodable for anything but one well-formed JSON document."""
    if len(value) > MAX_BYTES:
        raise Undecodable("la valeur dépasse 256 ko")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise Undecodable("la valeur n’est pas de l’UTF-8") from None
    try:
        document = _DECODER.decode(text)
    except RecursionError:
        raise Undecodable("la valeur est imbriquée trop profondément") from None
    except ValueError:
        raise Undecodable("la valeur n’est pas du JSON") from None
    if b"\\" in value or value.count(b"{") + value.count(b"[") > MAX_DEPTH:
        _check(document, 0)
    return document


def control_character(document: Any, value: bytes) -> str | None:
    """The path of the first text that holds a control character other than a tab or a line break."""
    if not any(hint in value for hint in _CONTROL_HINTS):
        return None
    return next((path for path, text in _texts(document, "") if not _readable(text)), None)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Undecodable("un champ apparaît deux fois")
    return found


def _constant(name: str) -> Any:
    raise Undecodable(f"{name} n’est pas du JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)


def _check(document: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Undecodable("la valeur est imbriquée trop profondément")
    if isinstance(document, str):
        if not document.isascii() and any("\ud800" <= letter <= "\udfff" for letter in document):
            raise Undecodable("la valeur porte un demi-caractère Unicode")
    elif isinstance(document, dict):
        for name, value in document.items():
            _check(name, depth)
            _check(value, depth + 1)
    elif isinstance(document, list):
        for value in document:
            _check(value, depth + 1)


def _texts(document: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(document, str):
        yield path, document
    elif isinstance(document, dict):
        for name, value in document.items():
            here = f"{path}.{name}" if path else name
            yield here, name
            yield from _texts(value, here)
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from _texts(value, f"{path}[{index}]")


def _readable(text: str) -> bool:
    if text.isprintable():
        return True
    return not any((code < " " and code not in "\t\n\r") or "\x7f" <= code <= "\x9f" for code in text)
