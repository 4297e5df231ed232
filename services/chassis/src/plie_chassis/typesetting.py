"""The spaces of French: text never breaks before « : ; ! ? % », inside guillemets, nor after « n° ». Pure."""

import re
from typing import Final

NBSP: Final = "\N{NO-BREAK SPACE}"
NARROW: Final = "\N{NARROW NO-BREAK SPACE}"
_BEFORE = re.compile(r" (?=[:;!?%»])")
_AFTER = re.compile(r"(«|n°) ")


def typeset(text: str) -> str:
    """`text` with its ordinary spaces in those places made unbreakable."""
    return _BEFORE.sub(NBSP, _AFTER.sub(rf"\1{NBSP}", text))
