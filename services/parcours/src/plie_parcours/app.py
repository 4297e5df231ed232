"""The parcours service, put together by hand."""

from plie_chassis.service import Service
from plie_parcours.background import BACKGROUND
from plie_parcours.settings import Settings
from plie_parcours.subscriptions import SUBSCRIPTIONS
from plie_parcours.tables import Base
from plie_parcours.web import api, pages

SERVICE = Service(
    name="parcours",
    title="Accompagnement",
    package="plie_parcours",
    metadata=Base.metadata,
    subscriptions=SUBSCRIPTIONS,
    routes=(api.ROUTES, pages.ROUTES),
    navigation=pages.NAVIGATION,
    counts=pages.COUNTS,
    roles={"referent": "référent de parcours", "coordinator": "coordination", "admin": "administration"},
    settings=Settings,
    background=BACKGROUND,
)
