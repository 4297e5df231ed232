"""Many orientations by NDJSON, read and answered as a stream: one result a line, in order, while the rest still comes.

Sent again, a line answers what it answered: by its external_reference, or by the batch's Idempotency-Key.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final
from uuid import UUID, uuid5

import structlog
from litestar import Response, Router, post
from litestar.response import Stream

from plie_chassis.accounts import idempotency
from plie_chassis.database import is_database_away
from plie_chassis.problems import (
    Problem,
    TooLarge,
    TooManyRequests,
    Unavailable,
    Unexpected,
    UnsupportedMedia,
)
from plie_chassis.web import Edge, scope
from plie_chassis.web.edge import IDEMPOTENCY_KEY
from plie_chassis.web.openapi import LINES, Lines
from plie_contracts.events import OrientationSubmitted
from plie_orientation.domain.authors import Author
from plie_orientation.handlers.batches import Line, Outcome, ReceiveLines, receive_lines
from plie_orientation.web import views
from plie_orientation.web.access import author_of
from plie_orientation.web.api import ndjson
from plie_orientation.web.views import LineResult

log = structlog.get_logger()

AT_ONCE: Final = 50
IN_MEMORY: Final = 1_000_000
BATCHES_AT_ONCE: Final = 2
"""Of one token; a partner that reads slowly holds back itself only."""
COME_BACK_SECONDS: Final = 30

_at_work: Counter[UUID] = Counter()
_keys_at_work: set[int] = set()


class Answered(Stream):
    """A stream that is written while the request is still read: Litestar's own would take the body for itself.

    `opened` is closed when it ends, however it ends.
    """

    def __init__(self, results: AsyncIterator[bytes], opened: ExitStack) -> None:
        super().__init__(results, media_type=ndjson.NDJSON)
        self._opened = opened

    def to_asgi_response(self, app: Any, request: ndjson.AnyRequest, **options: Any) -> Any:
        streaming = super().to_asgi_response(app, request, **options)

        async def answering(scope: Any, _receive: Any, send: Any) -> None:
            over = asyncio.Event()

            async def until_over() -> Any:
                await over.wait()
                return {"type": "http.disconnect"}

            async def sending(message: Any) -> None:
                await send(message)
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    over.set()

            with self._opened:
                await streaming(scope, until_over, sending)

        return answering


@dataclass(frozen=True)
class Batch:
    """One batch as it is worked through; where the batch has a key, `namespace` and what a line says make its form_id."""

    edge: Edge
    author: Author
    namespace: UUID | None


@post(
    "/batch",
    guards=[scope("orientation:write")],
    status_code=200,
    request_max_body_size=ndjson.LARGEST,
    opt={LINES: Lines(OrientationSubmitted, LineResult, most=ndjson.MOST_LINES)},
)
async def receive_batch(request: ndjson.AnyRequest, edge: Edge) -> Response[Any]:
    """Orienter plusieurs personnes. Chaque ligne a son résultat, dans l’ordre ; renvoyer un lot interrompu est sans risque."""
    if request.content_type[0] != ndjson.NDJSON:
        raise UnsupportedMedia(f"Le lot est attendu en « {ndjson.NDJSON} », une orientation par ligne.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > ndjson.LARGEST:
        raise TooLarge(ndjson.TOO_LARGE)
    key = request.headers.get(IDEMPOTENCY_KEY)
    with ExitStack() as opened:
        opened.enter_context(_place(edge.actor.id))
        if key is not None:
            return await with_key(request, edge, key, opened)
        batch = Batch(edge, author_of(edge.actor), None)
        return Answered(worked_through(batch, ndjson.chunks_of(request)), opened.pop_all())


async def with_key(request: ndjson.AnyRequest, edge: Edge, sent_key: str, held: ExitStack) -> Response[Any]:
    """The whole body is taken in first: the key goes with exactly this content."""
    known = idempotency.Key.of(edge.actor.id, f"POST {request.scope['path']}", sent_key, b"")
    with held.pop_all() as opened:
        opened.enter_context(_only_one(known))
        body = opened.enter_context(SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 (closed with `opened`)
        digest = hashlib.sha256()
        async for chunk in ndjson.chunks_of(request):
            if isinstance(chunk, Problem):
                raise chunk
            digest.update(chunk)
            body.write(chunk)
        body.seek(0)
        key = replace(known, fingerprint=digest.digest())
        async with edge.read() as work:
            first = await idempotency.first_answer(work.connection, key, work.now)
        if first is not None:
            replayed = {"Idempotency-Replayed": "true"}
            return Response(first.body.encode(), status_code=200, media_type=ndjson.NDJSON, headers=replayed)
        batch = Batch(edge, author_of(edge.actor), uuid5(edge.actor.id, sent_key))
        return Answered(kept(batch, body, key), opened.pop_all())


async def kept(batch: Batch, body: IO[bytes], key: idempotency.Key) -> AsyncIterator[bytes]:
    """The results, kept under the key once all are known. No transaction is open while the client reads."""
    results = []
    async for result in worked_through(batch, ndjson.kept_chunks(body)):
        results.append(result)
        yield result
    answer = idempotency.Answer(200, b"".join(results).decode())
    async with batch.edge.read() as work:
        await idempotency.keep(work.connection, key, answer, work.now)


@contextmanager
def _place(token_id: UUID) -> Iterator[None]:
    """Raises TooManyRequests."""
    if _at_work[token_id] >= BATCHES_AT_ONCE:
        again = "Deux de vos lots sont en cours. Envoyez celui-ci quand l’un d’eux sera terminé."
        raise TooManyRequests(again, retry_after=COME_BACK_SECONDS)
    _at_work[token_id] += 1
    try:
        yield
    finally:
        _at_work[token_id] -= 1
        if not _at_work[token_id]:
            del _at_work[token_id]


@contextmanager
def _only_one(key: idempotency.Key) -> Iterator[None]:
    """A courtesy of this process: elsewhere, the lines' form_ids keep two of the same from counting twice. Raises StillRunning."""
    if key.lock() in _keys_at_work:
        raise idempotency.StillRunning(idempotency.WAIT)
    _keys_at_work.add(key.lock())
    try:
        yield
    finally:
        _keys_at_work.remove(key.lock())


async def worked_through(batch: Batch, chunks: AsyncIterator[bytes | Problem]) -> AsyncIterator[bytes]:
    waiting: list[Line] = []
    async for line in ndjson.lines_of(chunks, batch.namespace):
        waiting.append(line)
        if len(waiting) == AT_ONCE:
            yield await _results(batch, waiting)
            waiting = []
    if waiting:
        yield await _results(batch, waiting)


async def _results(batch: Batch, lines: list[Line]) -> bytes:
    """Together where that goes well; else each on its own, so that a failure of ours costs one line."""
    try:
        outcomes = await batch.edge.run(receive_lines, ReceiveLines(lines, batch.author))
    except Exception as error:
        log.warning("batch taken line by line", error=type(error).__name__)
        outcomes = [await _alone(batch, line) for line in lines]
    return b"".join(views.outcome(one).model_dump_json().encode() + b"\n" for one in outcomes)


async def _alone(batch: Batch, line: Line) -> Outcome:
    try:
        return (await batch.edge.run(receive_lines, ReceiveLines([line], batch.author)))[0]
    except Exception as error:
        log.exception("a line of a batch failed", line=line.number)
        again = "Cette ligne n’est pas enregistrée. Renvoyez-la dans un moment."
        return Outcome(line.number, problem=Unavailable(again) if is_database_away(error) else Unexpected(again))


ROUTES = Router("/api/v1/orientations", route_handlers=[receive_batch], tags=["Orientations"])
