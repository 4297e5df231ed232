"""Who may see what: analysts on the pages, and real numbers for the Métropole's own people and tokens."""

from plie_chassis.unit_of_work import Actor, UnitOfWork
from plie_chassis.web import signed_in

ANALYSTS = signed_in("analyst", "admin")


def sees_real_numbers(actor: Actor, work: UnitOfWork) -> bool:
    """Others get small numbers masked, and no way down to the events."""
    return actor.organisation == work.instance.organisation
