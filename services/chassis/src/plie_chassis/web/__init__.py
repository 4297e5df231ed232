"""The edge of a service: pages and API on Litestar. It translates, calls one handler in one unit of work, and answers."""

from plie_chassis.paging import Paging
from plie_chassis.web.edge import Edge
from plie_chassis.web.forms import Form
from plie_chassis.web.guards import public, scope, signed_in
from plie_chassis.web.navigation import Link
from plie_chassis.web.pages import Page, page, redirect
from plie_chassis.web.paging import Listing

__all__ = [
    "Edge",
    "Form",
    "Link",
    "Listing",
    "Page",
    "Paging",
    "page",
    "public",
    "redirect",
    "scope",
    "signed_in",
]
