"""A participant who moves may stay when continuity of accompaniment justifies it: off-territory asks for a reason.

Field text: « il est possible d’accompagner des participants domiciliés en dehors de ce périmètre … continuité ».
"""

from datetime import date

from plie_chassis.problems import FieldError, Invalid
from plie_contracts.events import ResidenceChanged
from plie_parcours.domain.parcours import Parcours, since_admission, under_way


class OffTerritory(Invalid):
    code = "territory.not-covered"
    title = "Commune hors du territoire"


def move(
    parcours: Parcours,
    commune_insee: str,
    changed_on: date,
    *,
    on_territory: bool,
    continuity_reason_code: str | None,
    today: date,
) -> ResidenceChanged:
    """Raises OffTerritory, DateInFuture, DateBeforeAdmission, NotOpened, ParcoursIsEnded."""
    under_way(parcours)
    since_admission(parcours, changed_on, today, "changed_on")
    if not on_territory and continuity_reason_code is None:
        message = (
            "Cette commune n’est pas sur le territoire de votre CLAS."
            " Indiquez pourquoi l’accompagnement continue, ou prononcez la sortie pour déménagement."
        )
        raise OffTerritory(message, errors=[FieldError("continuity_reason_code", OffTerritory.code, message)])
    return ResidenceChanged(
        **parcours.subject,
        commune_insee=commune_insee,
        changed_on=changed_on,
        continuity_reason_code=None if on_territory else continuity_reason_code,
    )
