"""The reference of `http/bare-insert`: our own server, with a route that reads the same body and does one INSERT.

It relays and consumes nothing; tokens, strict bodies, headers and logs are the server's and stay.
"""

from typing import Any
from uuid import UUID

import uvicorn
from litestar import Response, post
from pydantic import BaseModel
from sqlalchemy import text

from plie_chassis import collector, logs
from plie_chassis.messaging.subscriptions import subscriptions
from plie_chassis.service import Runtime, Service
from plie_chassis.settings import Settings
from plie_chassis.web import Edge, scope
from plie_chassis.web.application import application
from plie_contracts.events import OrientationSubmitted
from plie_orientation.tables import Base

TABLE = "create table bare_orientation (id uuid primary key default uuidv7(), draft jsonb not null)"
INSERT = text("insert into bare_orientation (draft) values (cast(:draft as jsonb)) returning id")


class Receipt(BaseModel):
    orientation_id: UUID


@post("/api/v1/orientations", guards=[scope("orientation:write")])
async def receive(data: OrientationSubmitted, edge: Edge) -> Response[Receipt]:
    async with edge._gate.units.engine.begin() as connection:  # its own way to the database is what it is for
        return Response(Receipt(orientation_id=await connection.scalar(INSERT, {"draft": data.model_dump_json()})))


SERVICE = Service(
    name="orientation",
    title="Référence",
    package="plie_orientation",
    metadata=Base.metadata,
    subscriptions=subscriptions(),
    routes=(receive,),
    navigation=(),
    roles={},
)


async def nothing() -> Any:
    return {"status": "ok"}


if __name__ == "__main__":
    settings = Settings.from_environment()
    runtime = Runtime(SERVICE, settings)
    logs.configure(runtime.instance.name)
    collector.look_rarely()
    uvicorn.run(
        application(SERVICE, runtime.units, settings, report=nothing, figures=nothing),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=1000,
    )
