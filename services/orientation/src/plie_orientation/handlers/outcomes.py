"""What the commission tells of the orientations it was sent; a direct producer is told in turn."""

from plie_chassis.messaging.subscriptions import Received
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.events import OrientationOutcomeNotified
from plie_contracts.refusals import Refused
from plie_orientation import store
from plie_orientation.domain import orientations
from plie_orientation.domain.authors import EVERYTHING
from plie_orientation.handlers import webhooks
from plie_orientation.handlers.orientations import tell_producer


async def follow(received: Received[OrientationOutcomeNotified], work: UnitOfWork) -> None:
    """Only the CLAS that an orientation is addressed to decides on it. Raises Refused `ownership.not-owner`.

    What is superseded is told to nobody: they would believe it, as the last that they hear.
    """
    known = await store.lock(received.event.orientation_id, EVERYTHING, work)
    if known is None or received.writer != f"{known.orientation.addressed_to}.admission":
        raise Refused("ownership.not-owner", "orientation_id")
    before = known.orientation
    after = orientations.follow(before, received.event, received.sequence)
    if after == before:
        return
    followed = await store.keep(known, after, work)
    if orientations.is_superseded(before, received.event.status, received.sequence):
        return
    news = after.history[len(before.history) :]
    tell_producer(known, news, work)
    await webhooks.tell(followed, news, work)
