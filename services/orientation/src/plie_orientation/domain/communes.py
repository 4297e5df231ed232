"""The commune somebody means when they type a name, a postal code or an INSEE code."""

import re
from collections.abc import Sequence

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
    if INSEE.fullmatch(named):
        return _by_code(named)
    found = search(named, limit=len(COMMUNES))
    exact = [commune for commune in found if _plain(commune.name) == _plain(named)]
    candidates = exact or found
    if len(candidates) != 1:
        raise NotOneCommune(candidates)
    return candidates[0].insee


def _by_code(code: str) -> str:
    """A postal code before an INSEE code: it is what people know by heart."""
    served = [commune for commune in COMMUNES.values() if code in commune.postal_codes]
    if len(served) > 1:
        raise NotOneCommune(served)
    return served[0].insee if served else code


def _plain(name: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", without_accents(name)))
