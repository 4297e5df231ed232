"""Room in a Maison: its active file against 70 participants for one full-time référent (ETP)."""

from dataclasses import dataclass

PARTICIPANTS_PER_ETP = 70


@dataclass(frozen=True)
class Capacity:
    """`active` counts people admitted whose parcours has not ended, welcomed or not."""

    places: int
    active: int

    @property
    def free(self) -> int:
        """Negative when the Maison is over its places."""
        return self.places - self.active


def capacity(etp: float, active: int) -> Capacity:
    return Capacity(places=round(etp * PARTICIPANTS_PER_ETP), active=active)
