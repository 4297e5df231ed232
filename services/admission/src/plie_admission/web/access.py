"""Who does what: the secretariat writes; members and administrators read. And what this commission chose of its rules."""

from typing import Any

from litestar import Request
from litestar.di import Provide

from plie_admission.domain.sessions import Quorum
from plie_chassis.unit_of_work import Actor
from plie_chassis.web import signed_in

SECRETARY = "secretary"

READERS = signed_in(SECRETARY, "member", "admin")
WRITERS = signed_in(SECRETARY)


def writes(actor: Actor) -> bool:
    return SECRETARY in actor.roles


async def quorum(request: Request[Any, Any, Any]) -> Quorum:
    """As the instance's settings say, read once when it started."""
    chosen: Quorum = request.app.state.settings.quorum
    return chosen


CHOICES = {"quorum": Provide(quorum)}
