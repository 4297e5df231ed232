"""How French is set: the spaces where text never breaks, capitals that begin a sentence, telephone numbers. Pure."""

import re
from typing import Final

NBSP: Final = "\N{NO-BREAK SPACE}"
NARROW: Final = "\N{NARROW NO-BREAK SPACE}"
_BEFORE = re.compile(r" (?=[:;!?%»])")
_AFTER = re.compile(r"(«|n°) ")


def typeset(text: str) -> str:
    """`text` that never breaks before « : ; ! ? % », inside guillemets, nor after « n° »."""
    return _BEFORE.sub(NBSP, _AFTER.sub(rf"\1{NBSP}", text))


def capitalized(text: str) -> str:
    """As a sentence begins: « RSA » and « PLIE » further on keep their capitals."""
    return f"{text[:1].upper()}{text[1:]}"


def phone(number: str) -> str:
    """« 06 39 98 83 77 » for a French number; any other as it was given."""
    plain = re.sub(r"[\s.-]", "", number)
    national = f"0{plain[3:]}" if plain.startswith("+33") else plain
    if not re.fullmatch(r"0\d{9}", national):
        return number
    return NBSP.join(national[at : at + 2] for at in range(0, 10, 2))
