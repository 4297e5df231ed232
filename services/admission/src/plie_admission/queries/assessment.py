"""The pre-assessment of a file for this commission, today."""

from plie_admission.domain import criteria
from plie_admission.domain.criteria import PreAssessment
from plie_admission.domain.orientations import Orientation
from plie_chassis.unit_of_work import UnitOfWork


def pre_assessment(orientation: Orientation, work: UnitOfWork) -> PreAssessment:
    return criteria.pre_assessment(orientation, work.instance.organisation, work.declaration, work.today)
