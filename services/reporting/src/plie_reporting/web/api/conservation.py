"""Both balances with what stands outside them, as JSON."""

from litestar import Router, get

from plie_chassis.web import Edge, scope
from plie_reporting.log_ends import LOG_ENDS
from plie_reporting.queries import conservation
from plie_reporting.web.views import ConservationView


@get("/conservation", guards=[scope("reporting:read")])
async def read_conservation(edge: Edge) -> ConservationView:
    """Dire où sont toutes les personnes reçues et toutes les personnes admises : personne ne se perd."""
    ends = await LOG_ENDS.read()
    async with edge.read() as work:
        return ConservationView.of(await conservation.take_stock(ends, work))


ROUTES = Router("/", route_handlers=[read_conservation], tags=["Conservation"])
