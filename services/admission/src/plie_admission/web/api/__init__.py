"""The API of the commission: the same handlers as the pages, JSON in and out."""

from litestar import Router

from plie_admission.web.api import files, meanings, sessions
from plie_chassis.web.openapi import MEANINGS

ROUTES = (Router("/", route_handlers=[files.ROUTES, sessions.ROUTES], opt={MEANINGS: meanings.MEANINGS}),)
