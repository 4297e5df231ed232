"""What an orientation instance listens to; the topics follow from the declaration."""

from plie_chassis.messaging.subscriptions import reads, subscriptions
from plie_contracts.events import OrientationOutcomeNotified, OrientationSubmitted
from plie_orientation.handlers import outcomes, submissions

SUBSCRIPTIONS = subscriptions(
    reads(OrientationSubmitted, submissions.take),
    reads(OrientationOutcomeNotified, outcomes.follow),
)
