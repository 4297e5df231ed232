"""Pages and API of a Maison; both translate, call the same handlers and answer."""

from plie_parcours.web import api

ROUTES = (api.ROUTES,)
