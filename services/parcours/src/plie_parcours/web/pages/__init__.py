"""The pages of a Maison; they call the same handlers as the API."""

from litestar import Router

from plie_parcours.web.pages import actions, forms, participants, today
from plie_parcours.web.pages.today import counts

ROUTES = Router(
    "/",
    route_handlers=[
        today.today,
        participants.listed,
        participants.search,
        participants.one,
        *forms.ROUTES,
        *actions.ROUTES,
    ],
    include_in_schema=False,
)

__all__ = ["ROUTES", "counts"]
