"""Who does what: the secretariat writes; members and administrators read."""

from plie_chassis.unit_of_work import Actor
from plie_chassis.web import signed_in

SECRETARY = "secretary"

READERS = signed_in(SECRETARY, "member", "admin")
WRITERS = signed_in(SECRETARY)


def writes(actor: Actor) -> bool:
    return SECRETARY in actor.roles
