"""The pre-assessment of a file for this commission, on a day."""

from datetime import date

from plie_admission.domain.criteria import PreAssessment, Residence, assess
from plie_admission.domain.orientations import Orientation
from plie_contracts.declaration import Declaration
from plie_contracts.territory import COMMUNES, TERRITORIES


def pre_assess(orientation: Orientation, clas: str, declaration: Declaration, today: date) -> PreAssessment:
    return assess(orientation, _residence(orientation.commune_insee, clas, declaration), today)


def _residence(insee: str | None, clas: str, declaration: Declaration) -> Residence:
    commune = COMMUNES.get(insee) if insee else None
    if insee is None or commune is None:
        return Residence(commune=None, territory=None, served=False)
    return Residence(commune.name, TERRITORIES[commune.territory].title, served=declaration.clas_of(insee) == clas)
