"""How figures and beginnings are written in French: « 1 234,5 », « 82,4 % », « Entrée au PLIE »."""

from decimal import ROUND_HALF_UP, Decimal

from plie_chassis.typesetting import NARROW, NBSP

Number = int | float | Decimal


def number(value: Number, decimals: int | None = None) -> str:
    """`decimals` None keeps what the value has, without trailing zeros (at most three)."""
    exact = Decimal(str(value))
    rounded = exact.quantize(Decimal(1).scaleb(-(3 if decimals is None else decimals)), ROUND_HALF_UP)
    if decimals is None:
        rounded = rounded.normalize() if rounded != rounded.to_integral_value() else rounded.quantize(Decimal(1))
    text = f"{rounded:,f}".replace("-", "\N{MINUS SIGN}")
    return text.replace(",", NARROW).replace(".", ",")


def percent(share: Number, decimals: int = 1) -> str:
    """`share` is a fraction: 0.824 is « 82,4 % »."""
    return f"{number(Decimal(str(share)) * 100, decimals)}{NBSP}%"


def capitalized(text: str) -> str:
    """As a sentence begins: « RSA » and « PLIE » further on keep their capitals."""
    return f"{text[:1].upper()}{text[1:]}"


def count(value: int, one: str, many: str | None = None) -> str:
    """« 1 dossier », « 12 dossiers », « 0 dossier »."""
    return f"{number(value)}{NBSP}{one if abs(value) < 2 else many or one + 's'}"
