"""The author that a signed-in person or a partner's token stands for."""

from plie_chassis.unit_of_work import Actor
from plie_orientation.domain.authors import Author


def author_of(actor: Actor) -> Author:
    return Author(actor.organisation, actor.structure, actor.prescriber_kinds)
