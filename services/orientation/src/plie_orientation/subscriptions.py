"""What an orientation instance listens to; the topics follow from the declaration."""

from plie_chassis.messaging.subscriptions import reads, subscriptions
from plie_contracts.events import (
    InformationProvided,
    InformationRequested,
    OrientationOutcomeNotified,
    OrientationSubmitted,
)
from plie_orientation.handlers import information, outcomes, submissions

SUBSCRIPTIONS = subscriptions(
    reads(OrientationSubmitted, submissions.take),
    reads(OrientationOutcomeNotified, outcomes.follow),
    reads(InformationRequested, information.keep_request),
    reads(InformationProvided, information.pass_answer_on),
)
