"""Between a route and its handler: one unit of work for each command, and the first answer again for a POST sent twice."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, TypeVar

from litestar import Request, Response
from litestar.enums import MediaType
from pydantic import BaseModel

from plie_chassis.accounts import idempotency, sessions
from plie_chassis.typesetting import typeset
from plie_chassis.unit_of_work import Actor, UnitOfWork
from plie_chassis.web.forms import Form
from plie_chassis.web.guards import gate_of, visit_of

C = TypeVar("C")
R = TypeVar("R")
V = TypeVar("V", bound=BaseModel)

Handler = Callable[[C, UnitOfWork], Awaitable[R]]

IDEMPOTENCY_KEY: Final = "idempotency-key"
LARGEST_BODY: Final = 1_000_000
"""`request_max_body_size` of the routes that take a batch or a file."""


class Edge:
    """What a route needs of the world; Litestar gives one to every route that asks for `edge: Edge`."""

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        self._request = request
        self._gate = gate_of(request)

    @property
    def actor(self) -> Actor:
        """Who asks. Routes behind `public` have nobody."""
        visit = visit_of(self._request)
        if visit is None:
            raise LookupError("this route lets everyone in: it has no actor")
        return visit.actor

    def read(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work for queries."""
        return self._gate.units.begin(actor=self.actor)

    async def run(self, handler: Handler[C, R], command: C) -> R:
        """Do it in one unit of work and commit. Raises the handler's Problem, with nothing written."""
        async with self._gate.units.begin(actor=self.actor) as work:
            return await handler(command, work)

    async def answer(
        self, handler: Handler[C, R], command: C, view: Callable[[R], V], status: int = 201
    ) -> Response[V]:
        """The same for an API POST: the answer is kept with the command when there is an `Idempotency-Key`."""
        sent_key = self._request.headers.get(IDEMPOTENCY_KEY)
        if sent_key is None:
            async with self._gate.units.begin(actor=self.actor) as work:
                body = view(await handler(command, work)).model_dump_json()
            return _json(body, status)
        route = f"{self._request.method} {self._request.scope['path']}"
        key = idempotency.Key.of(self.actor.id, route, sent_key, await self._request.body())
        async with self._gate.units.begin(actor=self.actor) as work:
            first = await idempotency.first_answer(work.connection, key, work.now)
            if first is not None:
                return _json(first.body, first.status, replayed=True)
            body = view(await handler(command, work)).model_dump_json()
            await idempotency.keep(work.connection, key, idempotency.Answer(status, body), work.now)
        return _json(body, status)

    async def form(self) -> Form:
        """The form sent with this request."""
        return await Form.sent_with(self._request)

    async def announce(self, notice: str) -> None:
        """Have the next page tell `notice` once: « Contact noté. »"""
        visit = visit_of(self._request)
        if visit is not None and visit.signed_in is not None:
            async with self._gate.units.engine.begin() as connection:
                await sessions.announce(connection, visit.signed_in.token_hash, typeset(notice))


def _json(body: str, status: int, *, replayed: bool = False) -> Response[Any]:
    headers = {"Idempotency-Replayed": "true"} if replayed else None
    return Response(body.encode(), status_code=status, media_type=MediaType.JSON, headers=headers)


async def edge(request: Request[Any, Any, Any]) -> Edge:
    return Edge(request)
