"""Both balances with what stands outside them, as JSON."""

from litestar import Router, get
from litestar.di import Provide
from pydantic import BaseModel

from plie_chassis.web import Edge, scope
from plie_reporting.domain.conservation import Conservation
from plie_reporting.handlers import conservation
from plie_reporting.log_ends import LogEnds
from plie_reporting.web.streams import log_ends


class OrientationsView(BaseModel):
    """`balanced` is null while anything is unattached, parked or lagging."""

    received: int
    pending: int
    admitted: int
    deferred: int
    refused: int
    withdrawn: int
    balanced: bool | None


class ParcoursView(BaseModel):
    admitted: int
    awaiting_welcome: int
    open: int
    ended: int
    balanced: bool | None


class StreamView(BaseModel):
    """`end_offset` and `lag` are null while Kafka does not answer."""

    topic: str
    partition: int
    end_offset: int | None
    applied_offset: int
    lag: int | None
    parked: int
    refused: int


class ConservationView(BaseModel):
    orientations: OrientationsView
    parcours: ParcoursView
    unattached: dict[str, int]
    streams: list[StreamView]

    @classmethod
    def of(cls, found: Conservation) -> "ConservationView":
        return cls(
            orientations=OrientationsView(
                received=found.received, **found.orientations, balanced=found.orientations_balance
            ),
            parcours=ParcoursView(admitted=found.admitted, **found.parcours, balanced=found.parcours_balance),
            unattached=dict(found.unattached),
            streams=[
                StreamView(
                    topic=stream.topic,
                    partition=stream.partition,
                    end_offset=stream.end_offset,
                    applied_offset=stream.applied_offset,
                    lag=stream.lag,
                    parked=stream.parked,
                    refused=stream.refused,
                )
                for stream in found.streams
            ],
        )


@get("/conservation", guards=[scope("reporting:read")])
async def read_conservation(edge: Edge, log_ends: LogEnds) -> ConservationView:
    """Where everyone who was received and everyone who was admitted is."""
    ends = await log_ends.read()
    async with edge.read() as work:
        return ConservationView.of(await conservation.take_stock(ends, work))


ROUTES = Router(
    "/api/v1", route_handlers=[read_conservation], dependencies={"log_ends": Provide(log_ends)}, tags=["conservation"]
)
