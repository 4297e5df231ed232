"""Recognising people by name: case, accents, hyphens and the order of words do not count.

A match only raises a question; a member of the commission says whether it is the same person.
"""

import re

from plie_contracts.territory import without_accents

_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")


def folded(text: str) -> str:
    """« Kovačević-Brun » → « kovacevic brun », for search and comparison."""
    return _BETWEEN_WORDS.sub(" ", without_accents(text).replace("æ", "ae")).strip()


def same_name_key(last_name: str, first_name: str) -> str:
    """Equal for two files whose names are made of the same words, whatever field they were typed in."""
    return " ".join(sorted(folded(f"{last_name} {first_name}").split()))
