"""Names as searches and comparisons read them: case, accents and hyphens do not count."""

import re

from plie_contracts.territory import without_accents

_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")


def folded(text: str) -> str:
    """« Kovačević-Brun » → « kovacevic brun », for search and comparison."""
    return _BETWEEN_WORDS.sub(" ", without_accents(text).replace("æ", "ae")).strip()
