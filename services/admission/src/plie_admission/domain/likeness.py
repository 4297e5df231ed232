"""How much two files look like one person: names, birth date, phone, each contribution with its points and its words.

A likeness only raises a question; a member of the commission says whether it is the same person (`recognitions.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import combinations

from plie_admission.domain.people import folded

THRESHOLD = 60
CERTAIN = 100
CLOSE_NAMES = 0.85
WORDS_IN_KEYS = 5

SAME_NAMES, COMPOUND_NAMES, SOUNDING_NAMES, NEAR_NAMES, SHARED_NAME = 50, 40, 40, 35, 15
SAME_BIRTH, SWAPPED_BIRTH, BIRTH_BUT_A_DIGIT = 40, 35, 20
SAME_PHONE = 25

# What French spells in several ways and says in one; applied in this order to folded words.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"y", "i"),
        (r"ph", "f"),
        (r"sch|sh|ch|tch", "x"),
        (r"qu|ck|cqu", "k"),
        (r"c(?=[ei])", "s"),
        (r"c", "k"),
        (r"gu(?=[ei])", "g"),
        (r"ge(?=[ao])", "j"),
        (r"g(?=[ei])", "j"),
        (r"eau|au", "o"),
        (r"[ae]i|oe", "e"),
        (r"[ae]([mn])(?![aeiou])", "an"),
        (r"h", ""),
        (r"z", "s"),
        (r"w", "v"),
        (r"(.)\1+", r"\1"),
        (r"(?<=..)[estdxp]+$", ""),
    )
)


@dataclass(frozen=True)
class Bearer:
    """What is compared of a person."""

    last_name: str
    first_name: str
    birth_date: date
    phone: str | None = None


@dataclass(frozen=True)
class Contribution:
    points: int
    why: str


@dataclass(frozen=True)
class Likeness:
    contributions: tuple[Contribution, ...]

    @property
    def score(self) -> int:
        return min(CERTAIN, sum(one.points for one in self.contributions))

    @property
    def is_worth_a_question(self) -> bool:
        return self.score >= THRESHOLD


def likeness(one: Bearer, other: Bearer) -> Likeness:
    """At most one contribution for the names, one for the birth date, one for the phone."""
    found = (names_alike(one, other), births_alike(one.birth_date, other.birth_date), phones_alike(one, other))
    return Likeness(tuple(contribution for contribution in found if contribution))


def names_alike(one: Bearer, other: Bearer) -> Contribution | None:
    """Case, accents, hyphens, the order of name and first name do not count; then parts, then sound, then letters."""
    here, there = _words(one), _words(other)
    if sorted(here) == sorted(there):
        inverted = folded(one.last_name) != folded(other.last_name)
        return Contribution(
            SAME_NAMES, "nom et prénom identiques, inversés" if inverted else "nom et prénom identiques"
        )
    shared = set(here) & set(there)
    if len(shared) >= 2 and (shared == set(here) or shared == set(there)):
        return Contribution(COMPOUND_NAMES, "nom ou prénom composé, dont une partie manque")
    if sorted(map(sound, here)) == sorted(map(sound, there)):
        return Contribution(SOUNDING_NAMES, "noms qui se prononcent de même")
    if SequenceMatcher(None, "".join(sorted(here)), "".join(sorted(there)), autojunk=False).ratio() >= CLOSE_NAMES:
        return Contribution(NEAR_NAMES, "noms écrits à une ou deux lettres près")
    if folded(one.first_name) == folded(other.first_name) or folded(one.last_name) == folded(other.last_name):
        return Contribution(SHARED_NAME, "nom ou prénom identique, l’autre différent")
    return None


def births_alike(one: date, other: date) -> Contribution | None:
    """The same day; or day and month swapped; or one digit that differs."""
    if one == other:
        return Contribution(SAME_BIRTH, "même date de naissance")
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return Contribution(SWAPPED_BIRTH, "date de naissance au jour et au mois inversés")
    if sum(here != there for here, there in zip(one.isoformat(), other.isoformat(), strict=True)) == 1:
        return Contribution(BIRTH_BUT_A_DIGIT, "date de naissance à un chiffre près")
    return None


def phones_alike(one: Bearer, other: Bearer) -> Contribution | None:
    number = phone_key(one.phone)
    return Contribution(SAME_PHONE, "même téléphone") if number and number == phone_key(other.phone) else None


def keys(person: Bearer) -> list[str]:
    """What two files share when they look alike, short enough to be indexed: see `likeness` for why these suffice.

    Two of names, birth date and phone must agree to reach the threshold. A birth date with one wrong digit keeps either
    its year or its day and month, and then the names must sound alike.
    """
    day = "-".join(map(str, sorted((person.birth_date.day, person.birth_date.month))))
    found = {f"b{person.birth_date.year}-{day}"}
    if number := phone_key(person.phone):
        found.add(f"p{number}")
    for pair in _pairs(person):
        found |= {f"n{pair}/{person.birth_date.year}", f"n{pair}/{day}"}
    return sorted(found)


def phone_key(phone: str | None) -> str | None:
    """+33 4 76 00 00 00, 0033 476000000 and 04.76.00.00.00 are one number."""
    digits = "".join(filter(str.isdigit, phone or ""))
    return digits[-9:] if len(digits) >= 9 else None


def sound(word: str) -> str:
    """How a folded word is said, roughly: « Lefèvre » and « Lefaivre », « Philippe » and « Filipe »."""
    for spelling, said in _SOUNDS:
        word = spelling.sub(said, word)
    return word


def _words(person: Bearer) -> list[str]:
    return folded(f"{person.last_name} {person.first_name}").split()


def _pairs(person: Bearer) -> Iterator[str]:
    said = sorted({sound(word) for word in _words(person) if len(word) > 1})[:WORDS_IN_KEYS]
    for pair in combinations(said, 2):
        yield "+".join(pair)
