"""The places of a service, in the order of its top bar; which of them a person sees depends on their roles."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from plie_chassis.unit_of_work import Actor, UnitOfWork

Counts = Callable[[UnitOfWork], Awaitable[Mapping[str, int]]]
"""What is waiting at each place, by `path`; asked once for each request that a full page may answer, refusals too.

A part that htmx fetches leaves the menu as it stands: what is counted changes by forms, which lead to a full page.
"""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the navigation; `roles` empty = everyone who is signed in. `icon` is a name of the sprite.

    On a phone the first three stay at the thumb, the others are under « Plus ».
    """

    title: str
    path: str
    roles: frozenset[str] = frozenset()
    icon: str = "file"


@dataclass(frozen=True, slots=True)
class Place:
    """A Link on one page."""

    title: str
    path: str
    icon: str
    current: bool
    count: int | None


def places(links: Sequence[Link], actor: Actor, path: str, counts: Mapping[str, int]) -> Sequence[Place]:
    seen = [link for link in links if not link.roles or link.roles & actor.roles]
    current = max((link.path for link in seen if _is_within(path, link.path)), key=len, default=None)
    return [Place(link.title, link.path, link.icon, link.path == current, counts.get(link.path)) for link in seen]


def _is_within(path: str, place: str) -> bool:
    return path == place or (place != "/" and path.startswith(f"{place}/"))


def initials(name: str) -> str:
    """« CM » for Claire Montagnon."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
