"""Reviews of a person's barriers to work, every 6 months; the health barrier never leaves the Maison."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from plie_chassis.problems import FieldError, Invalid
from plie_contracts import vocabulary
from plie_contracts.events import BarriersReviewed, ReviewedBarrier
from plie_parcours.domain.parcours import Parcours, since_admission, under_way

LEVELS = (0, 1, 2, 3)


class ReviewIsEmpty(Invalid):
    code = "barriers.empty"
    title = "Revue sans frein"


@dataclass(frozen=True, slots=True)
class Review:
    """What the streams may say of a review, and the levels that stay in the Maison."""

    event: BarriersReviewed
    withheld_levels: Mapping[str, int]


def review(parcours: Parcours, reviewed_on: date, levels: Mapping[str, int], today: date) -> Review:
    """Raises ReviewIsEmpty, DateInFuture, DateBeforeAdmission, NotOpened, ParcoursIsEnded."""
    under_way(parcours)
    since_admission(parcours, reviewed_on, today, "reviewed_on")
    if not levels:
        message = "Une revue cote au moins un frein, même à 0."
        raise ReviewIsEmpty(message, errors=[FieldError("barriers", ReviewIsEmpty.code, message)])
    withheld = {code: level for code, level in levels.items() if code in vocabulary.SENSITIVE_BARRIERS}
    told = tuple(ReviewedBarrier(code=code, level=level) for code, level in levels.items() if code not in withheld)
    return Review(BarriersReviewed(**parcours.subject, reviewed_on=reviewed_on, barriers=told), withheld)
