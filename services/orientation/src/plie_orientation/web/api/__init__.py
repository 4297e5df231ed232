"""The API of partners' systems: the same handlers as the pages, JSON in and out."""

from plie_orientation.web.api import batch, orientations, webhooks

ROUTES = (orientations.ROUTES, batch.ROUTES, webhooks.ROUTES)

__all__ = ["ROUTES"]
