"""Who accompanies: assigning the first référent opens the parcours, another one takes over with a reason."""

from datetime import date

from plie_chassis.problems import Conflict
from plie_contracts.events import ParcoursOpened, ReferentChanged
from plie_parcours.domain.parcours import Parcours, admission_stands, not_ended


class ReferentUnchanged(Conflict):
    code = "referent.unchanged"
    title = "Référent déjà affecté"


def assign(
    parcours: Parcours, referent_id: str, today: date, *, reason_code: str, modality: str
) -> ParcoursOpened | ReferentChanged:
    """The parcours opens with its first référent; afterwards the référent changes, for `reason_code`.

    Raises ReferentUnchanged, ParcoursIsEnded, AdmissionRevoked.
    """
    not_ended(parcours)
    admission_stands(parcours)
    if parcours.referent_id is None:
        return ParcoursOpened(**parcours.subject, opened_on=today, referent_id=referent_id, modality=modality)
    if parcours.referent_id == referent_id:
        raise ReferentUnchanged("Cette personne est déjà accompagnée par ce référent. Choisissez-en un autre.")
    return ReferentChanged(
        **parcours.subject, from_=parcours.referent_id, to=referent_id, changed_on=today, reason_code=reason_code
    )
