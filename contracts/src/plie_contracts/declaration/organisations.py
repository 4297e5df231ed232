"""What a declaration names: organisations and the services they run, direct producers, territories and ESF operations."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

Service = Literal["orientation", "admission", "parcours", "reporting"]


class Instance(NamedTuple):
    """One service run by one organisation; `name` is also its Kafka principal and its consumer group."""

    organisation: str
    service: Service
    name: str
    port: int
    title: str


@dataclass(frozen=True, slots=True)
class Organisation:
    slug: str
    title: str
    prescriber_kinds: tuple[str, ...]
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class Producer:
    """A prescriber with no service of ours: its own IT publishes to its submission topic."""

    slug: str
    title: str
    host: str
    kind: str
    structure: str


@dataclass(frozen=True, slots=True)
class Territory:
    slug: str
    title: str
    communes: tuple[str, ...]
    clas: frozenset[str]
    """The CLAS that serve at least one of its communes."""


@dataclass(frozen=True, slots=True)
class EsfOperation:
    code: str
    title: str
    starts_on: date
    ends_on: date
    maisons: tuple[str, ...]
