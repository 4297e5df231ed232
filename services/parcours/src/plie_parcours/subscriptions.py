"""What a Maison listens to, and what it does with it."""

from plie_chassis.messaging.subscriptions import reads, subscriptions
from plie_contracts.events import (
    AdmissionDeferred,
    AdmissionRefused,
    AdmissionValidated,
    IdentityProvided,
    MaisonReassigned,
    OpinionGiven,
    ParcoursFileHandedOver,
)
from plie_parcours.handlers import admissions, handovers, identities

SUBSCRIPTIONS = subscriptions(
    reads(AdmissionValidated, admissions.open_file),
    reads(AdmissionRefused, admissions.revoke_admission),
    reads(AdmissionDeferred, admissions.revoke_admission),
    reads(OpinionGiven, admissions.keep_opinion),
    reads(MaisonReassigned, handovers.follow),
    reads(IdentityProvided, identities.keep),
    # from another Maison of our CLAS
    reads(ParcoursFileHandedOver, handovers.take_over),
)
