"""The reporting service, put together by hand."""

from plie_chassis.service import Service
from plie_chassis.web import Link
from plie_reporting.log_ends import LOG_ENDS
from plie_reporting.subscriptions import SUBSCRIPTIONS
from plie_reporting.tables import metadata
from plie_reporting.web import api, pages

SERVICE = Service(
    name="reporting",
    title="Statistiques du territoire",
    package="plie_reporting",
    metadata=metadata,
    subscriptions=SUBSCRIPTIONS,
    background=(LOG_ENDS.follow,),
    routes=(api.ROUTES, pages.ROUTES),
    navigation=(
        Link("Tableau de bord", "/", icon="grid"),
        Link("Conservation", "/conservation", icon="refresh"),
    ),
    roles={"analyst": "Évaluation", "admin": "Administration"},
    open_to_others=True,
)
