"""The pages of a Maison; they call the same handlers as the API."""

from litestar import Router

from plie_chassis.web import Link
from plie_parcours.web.pages import actions, forms, participants, today

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
NAVIGATION = (
    Link("Aujourd’hui", "/", icon="sun"),
    Link("Participants", "/participants", icon="users"),
    Link("Actions", "/actions", icon="flag"),
)
COUNTS = today.counts
