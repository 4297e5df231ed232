"""The application of one instance: the service's routes inside the frame that all services share.

Invariant: every answer carries the security headers, and every route a guard.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import Any, Final

import structlog
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.routes import HTTPRoute
from litestar.template import TemplateConfig
from litestar.types import Message

from plie_chassis.accounts.housekeeping import forget_what_is_over
from plie_chassis.accounts.tokens import Tokens
from plie_chassis.crashpoints import crashpoint
from plie_chassis.database import is_database_away
from plie_chassis.health import Health, metrics
from plie_chassis.service import Runtime, Service
from plie_chassis.settings import Settings
from plie_chassis.trace import tracing
from plie_chassis.unit_of_work import Units
from plie_chassis.web import openapi
from plie_chassis.web.edge import LARGEST_BODY, edge
from plie_chassis.web.errors import answer
from plie_chassis.web.guards import SAFE, BearerWith, Gate, Public, SignedInWith
from plie_chassis.web.pages import Frame, environment
from plie_chassis.web.paging import paging
from plie_chassis.web.routing import JsonFromBytes, ModelsFromBytes, plain_annotations
from plie_chassis.web.signing_in import show_sign_in, sign_in, sign_out
from plie_chassis.web.static_files import static_file
from plie_chassis.web.system import Figures, Report, Requests, system_routes

log = structlog.get_logger()

TOKEN_RATE: Final = 200
HOUSEKEEPING_SECONDS: Final = 3600

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = tuple(
    (name.lower().encode(), value.encode())
    for name, value in {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }.items()
)
NO_STORE: Final = (b"cache-control", b"no-store")
HTTPS_ONLY: Final = (b"strict-transport-security", b"max-age=31536000")


class Application(Litestar):
    """Litestar with what surrounds every request, also one that no route answers."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        method: str = scope["method"]
        started, status = time.perf_counter(), 500
        https = scope["scheme"] == "https"
        parent = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], *HEADERS]
                if not any(name.lower() == b"cache-control" for name, _ in headers):
                    headers.append(NO_STORE)
                if https:
                    headers.append(HTTPS_ONLY)
                message["headers"] = headers
                if method not in SAFE:
                    crashpoint("http-reply")
            await send(message)

        with tracing(parent.decode("latin-1")):
            try:
                await super().__call__(scope, receive, send_framed)
            finally:
                seconds = time.perf_counter() - started
                route = scope.get("path_template") or "-"
                self.state.requests.count(method, route, status, seconds)
                if not route.startswith(("/static", "/health", "/metrics")):
                    log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def create_litestar(runtime: Runtime) -> Litestar:
    """The application of a running instance, which it starts and stops with itself."""
    health = Health(runtime)

    @asynccontextmanager
    async def running(_application: Litestar) -> AsyncIterator[None]:
        async with runtime.running():
            yield

    return application(
        runtime.service,
        runtime.units,
        runtime.settings,
        report=health.report,
        figures=partial(metrics, health),
        lifespan=[running],
    )


def application(
    service: Service,
    units: Units,
    settings: Settings,
    *,
    report: Report,
    figures: Figures,
    lifespan: Sequence[Callable[[Litestar], AbstractAsyncContextManager[None]]] = (),
    token_rate: int = TOKEN_RATE,
) -> Litestar:
    """The application of `service` on the database of `units`.

    `report` and `figures` answer /health/ready and /metrics; `token_rate` is in requests per second and token.
    """
    requests = Requests()
    gate = Gate(
        units,
        Tokens(units, rate=token_rate),
        settings.secret_key.get_secret_value().encode(),
        service.counts,
        service.open_to_others,
    )
    frame = Frame(title=service.title, organisation=units.instance.title, links=service.navigation, roles=service.roles)
    with plain_annotations():
        made = Application(
            route_handlers=[
                *service.routes,
                *system_routes(report, figures, requests),
                *openapi.routes(service),
                show_sign_in,
                sign_in,
                sign_out,
                static_file,
            ],
            dependencies={
                "edge": Provide(edge),
                "paging": Provide(paging),
            },
            exception_handlers={Exception: answer},
            request_class=JsonFromBytes,
            request_max_body_size=LARGEST_BODY,
            plugins=[ModelsFromBytes()],
            template_config=TemplateConfig(instance=JinjaTemplateEngine(engine_instance=environment(service.package))),
            state=State({"gate": gate, "frame": frame, "requests": requests, "settings": settings}),
            lifespan=[*lifespan, _housekeeping(units)],
            openapi_config=None,
            logging_config=None,
        )
    gate.queries = _declared_parameters(made)
    return made


def _housekeeping(units: Units) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Every hour, what is over is deleted."""

    async def tidy() -> None:
        while True:
            try:
                async with units.engine.begin() as connection:
                    await forget_what_is_over(connection, units.clock())
            except Exception as error:
                if not is_database_away(error):
                    raise
                log.warning("housekeeping put off", error=type(error).__name__)
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    @asynccontextmanager
    async def keeping(_application: Litestar) -> AsyncIterator[None]:
        task = asyncio.create_task(tidy(), name="housekeeping")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return keeping


def _declared_parameters(application: Litestar) -> dict[Any, frozenset[str]]:
    """The query parameters of each API route; and no route without a guard."""
    declared: dict[Any, frozenset[str]] = {}
    for route in application.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, parameters) in route.route_handler_map.items():
            guards = handler.resolve_guards()
            if method != "OPTIONS" and not any(
                isinstance(guard, Public | SignedInWith | BearerWith) for guard in guards
            ):
                raise TypeError(f"{method} {route.path} has no guard: say who may call it (signed_in, scope or public)")
            declared[handler] = frozenset(parameter.field_alias for parameter in parameters.expected_query_params)
    return declared
