"""The pages of reporting."""

from plie_reporting.web.pages import conservation, dashboard, events

ROUTES = (dashboard.show_dashboard, events.show_events, events.show_unattached, conservation.show_conservation)
