"""Serve one instance: pages, API, relay and consumer in one process."""

import uvicorn

from plie_chassis import collector, logs
from plie_chassis.service import Runtime, Service
from plie_chassis.settings import Settings

STOP_SECONDS = 10


def serve(service: Service, settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    from plie_chassis.web.application import create_litestar

    runtime = Runtime(service, settings)
    logs.configure(runtime.instance.name)
    application = create_litestar(runtime)
    collector.look_rarely()
    uvicorn.run(
        application,
        host=settings.host,
        port=settings.port or runtime.instance.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        limit_concurrency=1000,
    )
