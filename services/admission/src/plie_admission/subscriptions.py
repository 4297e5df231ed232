"""What the commission listens to, and what it does with it."""

from plie_admission.handlers import files, parcours, requests, transfers
from plie_chassis.messaging.subscriptions import reads, subscriptions
from plie_contracts.events import (
    ContactCorrected,
    ContactLogged,
    IdentityProvided,
    InformationProvided,
    InformationRequested,
    JobStarted,
    OrientationCorrected,
    OrientationOutcomeNotified,
    OrientationReceived,
    OrientationTransferred,
    OrientationWithdrawn,
    ParcoursEnded,
    ParcoursHandedOver,
    ParcoursOpened,
    ReferentChanged,
)

SUBSCRIPTIONS = subscriptions(
    reads(OrientationReceived, files.keep_facts),
    reads(OrientationCorrected, files.keep_facts),
    reads(OrientationWithdrawn, files.withdraw_file),
    reads(IdentityProvided, files.keep_identity),
    reads(InformationProvided, requests.keep_answer),
    # from another commission
    reads(OrientationTransferred, transfers.take_over),
    reads(OrientationOutcomeNotified, transfers.pass_outcome_on),
    reads(InformationRequested, requests.pass_request_on),
    # from our Maisons
    reads(ParcoursOpened, parcours.note_referent),
    reads(ReferentChanged, parcours.note_referent),
    reads(ParcoursHandedOver, parcours.note_handover),
    reads(ContactLogged, parcours.tell_first_interview),
    reads(ContactCorrected, parcours.tell_first_interview),
    reads(JobStarted, parcours.tell_job),
    reads(ParcoursEnded, parcours.end_parcours),
)
