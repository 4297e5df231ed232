"""Who may see or do what here: prescribers on pages, administrators for webhooks, each within what their account or token stands for."""

from plie_chassis.unit_of_work import Actor
from plie_chassis.web import signed_in
from plie_orientation.domain.authors import Author

PRESCRIBER = "prescriber"

PRESCRIBERS = signed_in(PRESCRIBER)
ADMINS = signed_in("admin")
EITHER = signed_in(PRESCRIBER, "admin")


def author_of(actor: Actor) -> Author:
    return Author(actor.organisation, actor.structure, actor.prescriber_kinds)
