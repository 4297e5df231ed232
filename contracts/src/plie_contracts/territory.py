"""The 177 communes of the five intercommunalities of the PLIE that lie in Isère, by INSEE code.

A territory is a set of communes, never of postal codes: some of those span two intercommunalities."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import filterfalse
from types import MappingProxyType
from typing import Final

__all__ = ["COMMUNES", "TERRITORIES", "Commune", "Territory", "search", "without_accents"]


@dataclass(frozen=True, slots=True)
class Commune:
    insee: str
    name: str
    epci: str
    postal_codes: tuple[str, ...]
    population: int
    territory: str


@dataclass(frozen=True, slots=True)
class Territory:
    slug: str
    title: str
    epci: str
    siren: str
    communes: tuple[str, ...]
    """INSEE codes."""


def without_accents(text: str) -> str:
    """Lower case, no accents, no ligatures: what searches and sorts compare."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(filterfalse(unicodedata.combining, plain)).casefold()


def _read() -> tuple[dict[str, Commune], dict[str, Territory]]:
    document = json.loads(resources.files("plie_contracts").joinpath("data/communes.json").read_text("utf-8"))
    communes: dict[str, Commune] = {}
    territories: dict[str, Territory] = {}
    for block in document["territories"]:
        for row in block["communes"]:
            communes[row["insee"]] = Commune(
                row["insee"], row["name"], block["epci"], tuple(row["postal_codes"]), row["population"], block["slug"]
            )
        territories[block["slug"]] = Territory(
            block["slug"],
            block["title"],
            block["epci"],
            block["siren"],
            tuple(row["insee"] for row in block["communes"]),
        )
    return communes, territories


_communes, _territories = _read()
COMMUNES: Final[Mapping[str, Commune]] = MappingProxyType(_communes)
TERRITORIES: Final[Mapping[str, Territory]] = MappingProxyType(_territories)


def _words(text: str) -> list[str]:
    words = re.findall(r"[a-z0-9]+", without_accents(text))
    return [{"st": "saint", "ste": "sainte"}.get(word, word) for word in words]


_SEARCHABLE: Final = tuple((_words(commune.name), commune) for commune in _communes.values())


def search(text: str, limit: int = 10) -> Sequence[Commune]:
    """Communes whose name (or INSEE or postal code) begins with the words typed; accents, case and « St » do not matter."""
    wanted = _words(text)
    if not wanted:
        return []
    if len(wanted) == 1 and wanted[0].isdecimal():
        found = [c for _, c in _SEARCHABLE if any(code.startswith(wanted[0]) for code in (c.insee, *c.postal_codes))]
        return sorted(found, key=lambda c: without_accents(c.name))[:limit]

    def rank(words: list[str]) -> int | None:
        if words[: len(wanted)] == wanted:
            return 0
        if " ".join(words).startswith(" ".join(wanted)):
            return 1
        return 2 if all(any(word.startswith(part) for word in words) for part in wanted) else None

    ranked = [(place, " ".join(words), c) for words, c in _SEARCHABLE if (place := rank(words)) is not None]
    return [c for _, _, c in sorted(ranked, key=lambda row: row[:2])[:limit]]
