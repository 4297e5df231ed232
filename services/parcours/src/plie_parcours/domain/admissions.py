"""What the commission decided on an orientation: of its numbered decisions the highest counts, whatever their order."""


def counts(known: int | None, decision_number: int) -> bool:
    """A decision counts when none with its number or a higher one is known."""
    return known is None or decision_number > known


def may_decide(writer: str, our_clas: str, speaks_for: str) -> bool:
    """Our people are admitted by the CLAS of our Maison, in its own name."""
    return writer == f"{our_clas}.admission" and speaks_for == our_clas
