"""The reporting service, wired by hand."""

from litestar import Router
from litestar.di import Provide

from plie_chassis.service import Service
from plie_chassis.web import Link
from plie_reporting.log_ends import LogEnds
from plie_reporting.subscriptions import SUBSCRIPTIONS
from plie_reporting.tables import metadata
from plie_reporting.web import pages
from plie_reporting.web.api import conservation, statistics

LOG_ENDS = LogEnds()


async def log_ends() -> LogEnds:
    return LOG_ENDS


SERVICE = Service(
    name="reporting",
    title="Statistiques du territoire",
    package="plie_reporting",
    metadata=metadata,
    subscriptions=SUBSCRIPTIONS,
    routes=(
        Router(
            "/",
            route_handlers=[statistics.ROUTES, conservation.ROUTES, *pages.ROUTES],
            dependencies={"log_ends": Provide(log_ends)},
        ),
    ),
    navigation=(
        Link("Tableau de bord", "/", icon="grid"),
        Link("Conservation", "/conservation", icon="refresh"),
    ),
    roles={"analyst": "Évaluation", "admin": "Administration"},
    open_to_others=True,
    background=(LOG_ENDS.follow,),
)
