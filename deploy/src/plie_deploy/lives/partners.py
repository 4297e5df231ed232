"""A partner's system that is told of status changes by webhook; its server is ours, on this machine, and is closed again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from random import Random

from sqlalchemy import func, select

from plie_chassis.accounts.commands import list_accounts
from plie_chassis.service import Runtime
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.vocabulary import codes
from plie_deploy.lives.life import Life
from plie_deploy.lives.seasons import office_hours
from plie_orientation.delivery import Courier
from plie_orientation.domain.authors import Author
from plie_orientation.domain.webhooks import TRIED_AGAIN_AFTER
from plie_orientation.handlers.orientations import WithdrawOrientation, withdraw_orientation
from plie_orientation.handlers.webhooks import RegisterWebhook, record, register_webhook, take_due
from plie_orientation.tables import WebhookDelivery

LOOPBACK = "127.0.0.1"
PORT_BEYOND = 90
"""The partner listens beside the instance: 8191 for 8101."""
WITHDRAWN = ((3, "refus-personne"), (2, "emploi-trouve"), (1, "demenagement"))
"""How many days ago and why: the first news is never taken, the second at once, the third when it is tried again."""
ANSWERS = (*[503] * (len(TRIED_AGAIN_AFTER) + 1), 204, 503, 204)


async def follow_by_webhook(runtime: Runtime, lives: Sequence[Life], today: date) -> None:
    """These lives are withdrawn, and the partner is told of each."""
    if not lives:
        return
    organisation = runtime.instance.organisation
    author = Author(organisation, None, frozenset(codes("prescriber-kind")))
    random = Random(f"{organisation}/webhook")
    async with (
        Courier(loopback=True) as courier,
        _listening(runtime.settings.port + PORT_BEYOND) as port,
        runtime.units.begin() as work,
    ):
        administrator = next(one for one in await list_accounts(work) if "admin" in one.roles)
        work.now = office_hours(random, today - timedelta(days=WITHDRAWN[0][0] + 1))
        url = f"http://{LOOPBACK}:{port}/plie/statuts"
        await register_webhook(RegisterWebhook(url, author, administrator.display_name, loopback=True), work)
        for life, (days, reason) in zip(lives, WITHDRAWN, strict=True):
            work.now = office_hours(random, today - timedelta(days=days))
            if life.orientation_id is not None:
                await withdraw_orientation(WithdrawOrientation(life.orientation_id, reason, author), work)
            await _deliver(courier, work)


async def _deliver(courier: Courier, work: UnitOfWork) -> None:
    """Every try at its time, until all is taken or given up."""
    while (due_at := await work.session.scalar(select(func.min(WebhookDelivery.due_at)))) is not None:
        work.now = max(work.now, due_at)
        await record([await courier.deliver(due) for due in await take_due(work)], work)


@asynccontextmanager
async def _listening(port: int) -> AsyncIterator[int]:
    """A partner's server, on this port or else on any that is free."""
    left = list(ANSWERS)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        await reader.readexactly(int(head.lower().partition("content-length: ")[2].partition("\r\n")[0]))
        writer.write(f"HTTP/1.1 {left.pop(0)} .\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = None
    with suppress(OSError):
        server = await asyncio.start_server(answer, LOOPBACK, port)
    server = server or await asyncio.start_server(answer, LOOPBACK, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
