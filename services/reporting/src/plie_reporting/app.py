"""The reporting service, wired by hand."""

from plie_chassis.service import Service
from plie_chassis.web import Link
from plie_reporting.subscriptions import SUBSCRIPTIONS
from plie_reporting.tables import metadata
from plie_reporting.web import pages
from plie_reporting.web.api import conservation, statistics

SERVICE = Service(
    name="reporting",
    title="Statistiques du territoire",
    package="plie_reporting",
    metadata=metadata,
    subscriptions=SUBSCRIPTIONS,
    routes=(statistics.ROUTES, conservation.ROUTES, *pages.ROUTES),
    navigation=(
        Link("Tableau de bord", "/", icon="grid"),
        Link("Conservation", "/conservation", icon="refresh"),
    ),
    roles={"analyst": "Évaluation", "admin": "Administration"},
    open_to_others=True,
)
