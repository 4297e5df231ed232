"""The application's one connection that asks Kafka how far it holds the streams."""

from typing import Any

from litestar import Request

from plie_chassis.messaging.kafka import Connection, partitions_of
from plie_chassis.settings import Settings
from plie_chassis.web.guards import gate_of
from plie_reporting.log_ends import LogEnds


async def log_ends(request: Request[Any, Any, Any]) -> LogEnds:
    """Opened at the first question, closed with the application."""
    app = request.app
    if "log_ends" not in app.state:
        units = gate_of(request).units
        topics = units.declaration.reads(units.instance.name)
        partitions = partitions_of(units.declaration, topics)
        app.state.log_ends = LogEnds(Connection.of(Settings.from_environment()), partitions)
        app.on_shutdown.append(app.state.log_ends.close)
    found: LogEnds = app.state.log_ends
    return found
