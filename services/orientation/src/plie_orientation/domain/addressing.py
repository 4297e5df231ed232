"""Which commission (CLAS) an orientation goes to: the one that covers the commune, or the one that goes on accompanying.

Field text: people living elsewhere may be accompanied where « la nécessaire continuité d’accompagnement » justifies it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from plie_chassis.problems import Invalid
from plie_contracts.declaration import Declaration
from plie_contracts.events import OrientationSubmitted
from plie_orientation.domain.rules import at_field, broken_by, together


class NotCovered(Invalid):
    code = "territory.not-covered"
    title = "Commune hors territoire"


class UnknownCommission(Invalid):
    code = "territory.unknown-clas"
    title = "Commission inconnue"


@dataclass(frozen=True)
class Territory:
    """Which CLAS covers a commune (INSEE code; None: not served), and the CLAS there are."""

    clas_of: Callable[[str], str | None]
    commissions: frozenset[str]


@dataclass(frozen=True)
class Address:
    """`by_continuity`: the commune alone would not have led to this CLAS."""

    clas: str
    by_continuity: bool


def territory_of(declaration: Declaration) -> Territory:
    commissions = frozenset(instance.organisation for instance in declaration.of_service("admission"))
    return Territory(declaration.clas_of, commissions)


def address(draft: OrientationSubmitted, territory: Territory) -> Address | Invalid:
    """Where the orientation goes, or why it cannot go anywhere."""
    covering = territory.clas_of(draft.person.commune_insee)
    if draft.continuity is None:
        return Address(covering, by_continuity=False) if covering else not_covered(draft.person.commune_insee)
    wished = draft.continuity.clas
    if wished not in territory.commissions:
        return at_field(
            "continuity.clas",
            UnknownCommission,
            f"Aucune commission ne porte le nom « {wished} »."
            f" Commissions : {', '.join(sorted(territory.commissions))}.",
        )
    return Address(wished, by_continuity=wished != covering)


def accept(draft: OrientationSubmitted, territory: Territory, today: date) -> Address:
    """Where an acceptable orientation goes; raises all that is wrong at once."""
    broken, where = broken_by(draft, today), address(draft, territory)
    if isinstance(where, Invalid):
        raise together(*broken, where)
    if broken:
        raise together(*broken)
    return where


def not_covered(commune_insee: str) -> Invalid:
    return at_field(
        "person.commune_insee",
        NotCovered,
        f"La commune {commune_insee} ne relève d’aucune commission du PLIE. Si l’accompagnement de la personne continue,"
        " indiquez la commission qui le poursuit et le motif (continuité).",
    )
