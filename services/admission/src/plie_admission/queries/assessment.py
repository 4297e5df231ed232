"""The pre-assessment of a file for this commission, on a day."""

from plie_admission.domain.criteria import PreAssessment, Residence, assess
from plie_admission.domain.orientations import Orientation
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.declaration import Declaration
from plie_contracts.territory import COMMUNES, TERRITORIES


def pre_assessment(orientation: Orientation, work: UnitOfWork) -> PreAssessment:
    residence = _residence(orientation.commune_insee, work.instance.organisation, work.declaration)
    return assess(orientation, residence, work.today)


def _residence(insee: str | None, clas: str, declaration: Declaration) -> Residence:
    commune = COMMUNES.get(insee) if insee else None
    if insee is None or commune is None:
        return Residence(commune=None, territory=None, served=False)
    return Residence(commune.name, TERRITORIES[commune.territory].title, served=declaration.clas_of(insee) == clas)
