"""The pages of reporting."""

from litestar import Router

from plie_reporting.web.pages import conservation, dashboard, events

ROUTES = Router(
    "/",
    route_handlers=[
        dashboard.show_dashboard,
        events.show_events,
        events.show_unattached,
        conservation.show_conservation,
    ],
    include_in_schema=False,
)
