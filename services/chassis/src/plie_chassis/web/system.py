"""What operators ask of an instance: is it alive, is it ready, what are its figures."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from plie_chassis.web.guards import public

Report = Callable[[], Awaitable[dict[str, Any]]]
Figures = Callable[[], Awaitable[bytes]]


class Requests:
    """How long requests took, by route; never by address, which holds ids."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "plie_http_request_seconds",
            "time to the first byte of the answer",
            ["method", "route", "status"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
            registry=self.registry,
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        self._seconds.labels(method, route, str(status)).observe(seconds)


def system_routes(report: Report, figures: Figures, requests: Requests) -> Sequence[HTTPRouteHandler]:
    @get("/health/live", guards=[public], include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @get("/health/ready", guards=[public], include_in_schema=False)
    async def ready() -> Response[dict[str, Any]]:
        found = await report()
        return Response(found, status_code=200 if found["status"] == "ok" else 503)

    @get("/metrics", guards=[public], include_in_schema=False)
    async def metrics() -> Response[bytes]:
        text = await figures() + generate_latest(requests.registry)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return live, ready, metrics
