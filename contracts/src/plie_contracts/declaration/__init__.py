"""The declaration: which organisation runs what, for which communes. Streams, rights and ports derive from it.

Every commune has exactly one CLAS or is `not-served`; every edge between two organisations is derived, never written."""

from plie_contracts.declaration.document import DeclarationError, load, parse
from plie_contracts.declaration.flows import Acl, TopicSpec
from plie_contracts.declaration.model import Declaration
from plie_contracts.declaration.organisations import (
    EsfOperation,
    Instance,
    Organisation,
    Producer,
    Service,
    Territory,
)

__all__ = [
    "Acl",
    "Declaration",
    "DeclarationError",
    "EsfOperation",
    "Instance",
    "Organisation",
    "Producer",
    "Service",
    "Territory",
    "TopicSpec",
    "load",
    "parse",
]
