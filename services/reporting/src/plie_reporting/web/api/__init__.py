"""The API of the figures: the same queries as the pages, in JSON."""

from litestar import Router

from plie_chassis.web.openapi import MEANINGS
from plie_reporting.web.api import conservation, meanings, statistics

ROUTES = Router(
    "/api/v1",
    route_handlers=[statistics.ROUTES, conservation.ROUTES],
    opt={MEANINGS: meanings.MEANINGS},
)
