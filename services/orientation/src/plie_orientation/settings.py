"""Settings of an orientation instance: the common ones, and whether webhooks may lead to this machine itself."""

from functools import cache

from plie_chassis import settings


class Choices(settings.FromEnvironment):
    """`PLIE_WEBHOOKS_LOOPBACK` is for a demonstration: in production, a partner would reach what listens here only."""

    webhooks_loopback: bool = False


class Settings(settings.Settings, Choices):
    """A wrong choice stops the start, like any other setting."""


@cache
def webhooks_loopback() -> bool:
    """What this instance chose, for the life of the process."""
    return Choices().webhooks_loopback
