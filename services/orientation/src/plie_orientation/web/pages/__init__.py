"""The pages: my orientations, the guided form, imports, webhooks."""

from litestar import Router

from plie_orientation.web.pages import drafts, imports, orientations, webhooks
from plie_orientation.web.pages.orientations import counts

ROUTES = Router(
    "/",
    route_handlers=[*drafts.ROUTES, *orientations.ROUTES, *imports.ROUTES, *webhooks.ROUTES],
    include_in_schema=False,
)

__all__ = ["ROUTES", "counts"]
