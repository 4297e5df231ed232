"""The API of partners' systems: the same handlers as the pages, JSON in and out."""

from litestar import Router

from plie_chassis.web.openapi import MEANINGS
from plie_orientation.web.api import batch, meanings, orientations, webhooks

ROUTES = (
    Router("/", route_handlers=[orientations.ROUTES, batch.ROUTES, webhooks.ROUTES], opt={MEANINGS: meanings.MEANINGS}),
)

__all__ = ["ROUTES"]
