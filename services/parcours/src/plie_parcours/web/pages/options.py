"""The choices that forms offer, from the contracts' vocabularies."""

from collections.abc import Collection, Sequence

from plie_contracts.vocabulary import codes, label
from plie_parcours.domain.wording import capital


def options(vocabulary: str, only: Collection[str] | None = None) -> Sequence[tuple[str, str]]:
    """Pairs of code and French label, in the vocabulary's order."""
    wanted = [code for code in codes(vocabulary) if only is None or code in only]
    return [(code, capital(label(vocabulary, code))) for code in wanted]
