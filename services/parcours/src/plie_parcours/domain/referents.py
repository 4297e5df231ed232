"""Who accompanies: assigning the first référent opens the parcours, another one takes over with a reason."""

from datetime import date

from plie_chassis.calendar import long_date
from plie_chassis.problems import Conflict
from plie_contracts.events import ParcoursOpened, ReferentChanged
from plie_parcours.domain.parcours import Parcours, admission_stands, goes_on_here

FIRST_HERE = "affectation"


class ReferentUnchanged(Conflict):
    code = "referent.unchanged"
    title = "Référent déjà affecté"


class NotYetHere(Conflict):
    code = "parcours.not-yet-here"
    title = "Arrivée à venir"


def assign(
    parcours: Parcours, referent_id: str, today: date, *, reason_code: str, modality: str
) -> ParcoursOpened | ReferentChanged:
    """The parcours opens with its first référent; afterwards the référent changes, for `reason_code`.

    Who comes from another Maison gets a référent anew. Raises ReferentUnchanged, NotYetHere, ParcoursIsEnded, HandedOver,
    AdmissionRevoked.
    """
    goes_on_here(parcours)
    admission_stands(parcours)
    has_arrived(parcours, today)
    if parcours.opened_on is None:
        return ParcoursOpened(**parcours.subject, opened_on=today, referent_id=referent_id, modality=modality)
    if parcours.referent_id is None:
        return ReferentChanged(**parcours.subject, to=referent_id, changed_on=today, reason_code=FIRST_HERE)
    if parcours.referent_id == referent_id:
        raise ReferentUnchanged("Cette personne est déjà accompagnée par ce référent. Choisissez-en un autre.")
    return ReferentChanged(
        **parcours.subject, from_=parcours.referent_id, to=referent_id, changed_on=today, reason_code=reason_code
    )


def has_arrived(parcours: Parcours, today: date) -> None:
    """Until the day that the CLAS set, the other Maison accompanies. Raises NotYetHere."""
    if parcours.arriving is not None and today < parcours.arriving.on:
        raise NotYetHere(
            f"Cette personne change de Maison le {long_date(parcours.arriving.on)} : l’autre Maison l’accompagne jusque-là."
            " Affectez un référent à partir de ce jour."
        )
