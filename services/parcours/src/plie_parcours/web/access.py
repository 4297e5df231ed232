"""Who reads and who writes; a référent sees their own file first, the coordination everyone's."""

from plie_chassis.problems import Forbidden
from plie_chassis.unit_of_work import Actor
from plie_chassis.web import signed_in
from plie_parcours import rights
from plie_parcours.domain.parcours import Parcours

REFERENT, COORDINATOR = "referent", "coordinator"

READERS = signed_in(REFERENT, COORDINATOR, "admin")
WRITERS = signed_in(REFERENT, COORDINATOR)
COORDINATION = signed_in(COORDINATOR)


def reads(actor: Actor) -> bool:
    return bool(READERS.roles & actor.roles)


def writes(actor: Actor) -> bool:
    """In some files at least: of each, `may_write` tells."""
    return bool(WRITERS.roles & actor.roles)


def own_referent(actor: Actor) -> str | None:
    """The référent whose file comes first, None for everyone's."""
    return None if rights.coordinates(actor) else actor.referent_id


def may_write(actor: Actor, parcours: Parcours) -> bool:
    try:
        rights.refuse_other_referents(actor, parcours)
    except Forbidden:
        return False
    return not parcours.is_over
