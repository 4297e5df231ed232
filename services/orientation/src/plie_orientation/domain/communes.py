"""The commune somebody means when they type a name, a postal code or an INSEE code."""

import re
from collections.abc import Sequence
from functools import lru_cache

from plie_contracts.territory import COMMUNES, Commune, search, without_accents

INSEE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")


class NotOneCommune(ValueError):
    """`candidates` are those the text could mean: none, or several."""

    def __init__(self, candidates: Sequence[Commune]) -> None:
        super().__init__()
        self.candidates = candidates


def shown(insee: str) -> str:
    """« Voiron (38500) », with the postal codes people know; a commune outside the territory by its INSEE code."""
    commune = COMMUNES.get(insee)
    return f"{commune.name} ({', '.join(commune.postal_codes)})" if commune else insee


def insee_of(text: str) -> str:
    """The INSEE code of the commune meant: of the territory by name or code, of elsewhere by INSEE code only.

    Raises NotOneCommune.
    """
    named = text.partition("(")[0].strip()
    served = _served(named)
    if len(served) == 1:
        return served[0].insee
    if not served and INSEE.fullmatch(named):
        return named
    raise NotOneCommune(served)


@lru_cache(maxsize=2048)
def _served(named: str) -> tuple[Commune, ...]:
    """Those of the territory that a text could mean; a postal code before an INSEE code: people know it by heart.

    Kept, as the lines of a file name the same few.
    """
    if INSEE.fullmatch(named):
        by_post = tuple(commune for commune in COMMUNES.values() if named in commune.postal_codes)
        return by_post or tuple(filter(None, [COMMUNES.get(named)]))
    found = search(named, limit=len(COMMUNES))
    exact = tuple(commune for commune in found if _plain(commune.name) == _plain(named))
    return exact or tuple(found)


def _plain(name: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", without_accents(name)))
