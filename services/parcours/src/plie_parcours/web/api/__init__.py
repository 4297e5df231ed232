"""The API of a Maison: the same handlers as the pages, JSON in and out."""

from litestar import Router

from plie_chassis.web.openapi import MEANINGS
from plie_parcours.web.api import accompaniment, actions, employment, meanings, participants

ROUTES = Router(
    "/api/v1",
    route_handlers=[*participants.ROUTES, *accompaniment.ROUTES, *employment.ROUTES, *actions.ROUTES],
    tags=["Parcours"],
    opt={MEANINGS: meanings.MEANINGS},
)
