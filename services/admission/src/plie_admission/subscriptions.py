"""What the commission listens to, and what it does with it."""

from plie_admission.handlers import files, parcours
from plie_chassis.messaging.subscriptions import reads, subscriptions
from plie_contracts.events import (
    ContactLogged,
    IdentityProvided,
    JobStarted,
    OrientationCorrected,
    OrientationReceived,
    OrientationWithdrawn,
    ParcoursEnded,
)

SUBSCRIPTIONS = subscriptions(
    reads(OrientationReceived, files.keep_facts),
    reads(OrientationCorrected, files.keep_facts),
    reads(OrientationWithdrawn, files.withdraw_file),
    reads(IdentityProvided, files.keep_identity),
    reads(ContactLogged, parcours.tell_first_interview),
    reads(JobStarted, parcours.tell_job),
    reads(ParcoursEnded, parcours.end_parcours),
)
