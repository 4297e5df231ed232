"""How a person gave their agreement; the contract carries that it was given and when, the prescriber's desk also keeps how."""

from types import MappingProxyType
from typing import Final

WAYS: Final = MappingProxyType(
    {
        "ecrit": "par écrit, document signé",
        "entretien": "de vive voix, en entretien",
        "distance": "à distance, par téléphone ou message",
    }
)
"""Code → French. The code is this service's own: it leaves neither on facts nor to the commission."""
