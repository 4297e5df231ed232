"""The parcours service, put together by hand."""

from plie_chassis.service import Service
from plie_chassis.web import Link
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
    settings=Settings,
    subscriptions=SUBSCRIPTIONS,
    background=BACKGROUND,
    routes=(api.ROUTES, pages.ROUTES),
    navigation=(
        Link("Aujourd’hui", "/", icon="sun"),
        Link("Participants", "/participants", icon="users"),
        Link("Actions", "/actions", icon="flag"),
    ),
    counts=pages.counts,
    roles={"referent": "Référent de parcours", "coordinator": "Coordination", "admin": "Administration"},
)
