"""Nobody is lost: what was received is somewhere, and whoever was admitted is somewhere.

Invariant: a balance is said only of a store that has taken everything; until then it is None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ORIENTATIONS = ("pending", "admitted", "deferred", "refused", "withdrawn")
PARCOURS = ("awaiting_welcome", "open", "ended")


@dataclass(frozen=True, slots=True)
class Stream:
    """A partition of a stream: how far Kafka holds it, how far it is applied, and what was set aside."""

    topic: str
    partition: int
    end_offset: int | None
    applied_offset: int
    parked: int
    refused: int

    @property
    def lag(self) -> int | None:
        """Records not applied yet; None while Kafka cannot be asked."""
        return None if self.end_offset is None else max(self.end_offset - self.applied_offset, 0)


@dataclass(frozen=True, slots=True)
class Conservation:
    """Both balances, with what stands outside them."""

    received: int
    orientations: Mapping[str, int]
    admitted: int
    parcours: Mapping[str, int]
    unattached: Mapping[str, int]
    streams: Sequence[Stream]
    is_derived: bool = True

    @property
    def is_settled(self) -> bool:
        """Everything that was written is applied and derived, and everything applied has found its parent."""
        taken = bool(self.streams) and all(stream.lag == 0 and not stream.parked for stream in self.streams)
        return taken and self.is_derived and not any(self.unattached.values())

    @property
    def orientations_balance(self) -> bool | None:
        return self.received == sum(self.orientations.values()) if self.is_settled else None

    @property
    def parcours_balance(self) -> bool | None:
        return self.admitted == sum(self.parcours.values()) if self.is_settled else None
