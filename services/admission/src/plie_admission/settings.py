"""Settings of a commission: the common ones, and its quorum."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from plie_admission.domain.sessions import QUORUM, Quorum
from plie_chassis import settings


class Choices(BaseSettings):
    """`PLIE_QUORUM_MEMBERS`, `PLIE_QUORUM_ORGANISATIONS`."""

    model_config = SettingsConfigDict(env_prefix=settings.PREFIX, extra="ignore")

    quorum_members: int = Field(default=QUORUM.members, ge=1, le=100)
    quorum_organisations: int = Field(default=QUORUM.organisations, ge=1, le=100)


class Settings(settings.Settings, Choices):
    """A wrong choice stops the start, like any other setting."""


@cache
def quorum() -> Quorum:
    """What this commission chose, for the life of the process."""
    choices = Choices()
    return Quorum(choices.quorum_members, choices.quorum_organisations)
