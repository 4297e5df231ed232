"""Settings of a Maison: the common ones, and what it may choose about its deadlines."""

from functools import cache

from pydantic import Field

from plie_chassis import settings
from plie_parcours.domain.deadlines import Policy


class Choices(settings.FromEnvironment):
    """`PLIE_FIRST_INTERVIEW_DAYS`, `PLIE_ACTIONS_FILL_THE_MONTH`."""

    first_interview_days: int = Field(default=30, ge=1, le=365)
    actions_fill_the_month: bool = False


class Settings(settings.Settings, Choices):
    """A wrong choice stops the start, like any other setting."""


@cache
def policy() -> Policy:
    """What this Maison chose, for the life of the process."""
    choices = Choices()
    return Policy(choices.first_interview_days, choices.actions_fill_the_month)
