"""Settings of an orientation instance: the common ones, and whether webhooks may lead to this machine itself."""

from functools import cache

from pydantic_settings import BaseSettings, SettingsConfigDict

from plie_chassis import settings


class Choices(BaseSettings):
    """`PLIE_WEBHOOKS_LOOPBACK` is for a demonstration: in production, a partner would reach what listens here only."""

    model_config = SettingsConfigDict(env_prefix=settings.PREFIX, extra="ignore")

    webhooks_loopback: bool = False


class Settings(settings.Settings, Choices):
    """A wrong choice stops the start, like any other setting."""


@cache
def webhooks_loopback() -> bool:
    """What this instance chose, for the life of the process."""
    return Choices().webhooks_loopback
