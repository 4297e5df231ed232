"""Names of the streams: the only place that builds or parses a topic's name.

`writer` is always the principal that may write the topic, `reader` the only one that may read it (None: facts)."""

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple, cast

__all__ = [
    "ADDRESSED",
    "FACTS",
    "MAJOR",
    "SERVICES",
    "Family",
    "Topic",
    "addressed_topic",
    "dead_letter_topic",
    "facts_topic",
    "organisation_of",
    "parse_topic",
    "source_of",
    "submission_topic",
]

Family = Literal["orientation", "admission", "parcours", "submission", "identity", "fse", "notice", "dead-letter"]
MAJOR: Final = 1
SERVICES: Final = ("orientation", "admission", "parcours", "reporting")
FACTS: Final[frozenset[str]] = frozenset({"orientation", "admission", "parcours"})
ADDRESSED: Final[frozenset[str]] = frozenset({"identity", "fse", "notice", "dead-letter"})

_SLUG = "[a-z0-9-]+"
_PRINCIPAL = rf"{_SLUG}(?:\.(?:{'|'.join(SERVICES)}))?"
_OWN = re.compile(rf"plie\.({'|'.join(sorted(FACTS | {'submission'}))})\.v{MAJOR}\.({_SLUG})")
_EDGE = re.compile(rf"plie\.({'|'.join(sorted(ADDRESSED))})\.v{MAJOR}\.({_PRINCIPAL})\.to\.({_PRINCIPAL})")
_IS_PRINCIPAL = re.compile(_PRINCIPAL)


class Topic(NamedTuple):
    """A parsed topic name; writer and reader are instances (`org.service`) or bare partner slugs."""

    family: Family
    writer: str
    reader: str | None

    @property
    def organisation(self) -> str:
        return organisation_of(self.writer)


def facts_topic(family: Literal["orientation", "admission", "parcours"], organisation: str) -> str:
    return _checked(f"plie.{family}.v{MAJOR}.{organisation}")


def submission_topic(partner: str) -> str:
    return _checked(f"plie.submission.v{MAJOR}.{partner}")


def addressed_topic(family: Literal["identity", "fse", "notice"], writer: str, reader: str) -> str:
    return _checked(f"plie.{family}.v{MAJOR}.{writer}.to.{reader}")


def dead_letter_topic(reader: str, writer: str) -> str:
    """Where `reader` tells `writer` which of its records it could not take (so `reader` is the one that writes here)."""
    return _checked(f"plie.dead-letter.v{MAJOR}.{reader}.to.{writer}")


@lru_cache(maxsize=4096)
def parse_topic(name: str) -> Topic | None:
    if own := _OWN.fullmatch(name):
        family, owner = cast(Family, own[1]), own[2]
        return Topic(family, owner if family == "submission" else f"{owner}.{family}", None)
    if edge := _EDGE.fullmatch(name):
        return Topic(cast(Family, edge[1]), edge[2], edge[3])
    return None


def organisation_of(principal: str) -> str:
    return principal.partition(".")[0]


def source_of(principal: str) -> str:
    """The ce_source a principal writes: `centre-isere.admission` → `/organisations/centre-isere/admission`."""
    if not _IS_PRINCIPAL.fullmatch(principal):
        raise ValueError(f"not an instance nor a partner: {principal!r}")
    return "/organisations/" + principal.replace(".", "/")


def _checked(name: str) -> str:
    if parse_topic(name) is None or len(name) > 249:
        raise ValueError(f"not a stream of the platform: {name!r}")
    return name
