"""The order of an agenda: every item once, at the place the secretariat gives it."""

from collections.abc import Sequence
from uuid import UUID

from plie_chassis.problems import Conflict


class AnotherAgenda(Conflict):
    code = "agenda.changed"
    title = "L’ordre du jour a changé"


def reordered(present: Sequence[UUID], wanted: Sequence[UUID]) -> Sequence[UUID]:
    """Raises AnotherAgenda where `wanted` is not the present items in another order."""
    if len(set(wanted)) != len(wanted) or set(wanted) != set(present):
        raise AnotherAgenda(
            "L’ordre du jour n’a plus les mêmes dossiers que celui que vous avez rangé. Rechargez la page, puis rangez-le."
        )
    return wanted


def moved(present: Sequence[UUID], one: UUID, by: int) -> Sequence[UUID]:
    """One item moved up (-1) or down (1); at an end it stays."""
    order = list(present)
    place = order.index(one)
    order.insert(max(0, min(len(order) - 1, place + by)), order.pop(place))
    return order
