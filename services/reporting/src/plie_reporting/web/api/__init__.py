"""The API of the figures: the same queries as the pages, in JSON."""

from litestar import Router

from plie_reporting.web.api import conservation, statistics

ROUTES = Router("/api/v1", route_handlers=[statistics.ROUTES, conservation.ROUTES])
