"""Settings of a commission: the common ones, and its quorum."""

from pydantic import Field

from plie_admission.domain.sessions import QUORUM, Quorum
from plie_chassis import settings


class Settings(settings.Settings):
    """`PLIE_QUORUM_MEMBERS`, `PLIE_QUORUM_ORGANISATIONS`; a wrong choice stops the start, like any other setting."""

    quorum_members: int = Field(default=QUORUM.members, ge=1, le=100)
    quorum_organisations: int = Field(default=QUORUM.organisations, ge=1, le=100)

    @property
    def quorum(self) -> Quorum:
        return Quorum(self.quorum_members, self.quorum_organisations)
