"""The lines of an NDJSON body, read as it comes: each is an orientation or says why it is none.

Invariant: whatever is sent, no more than a line that is too long stays in memory.
"""

import hashlib
from collections.abc import AsyncIterator
from typing import IO, Any, Final
from uuid import UUID, uuid5

from litestar import Request
from litestar.exceptions import HTTPException

from plie_chassis.problems import FieldError, Invalid, Problem, TooLarge
from plie_chassis.web.validation import read_json
from plie_contracts.documents import MAX_BYTES
from plie_contracts.events import OrientationSubmitted
from plie_orientation.handlers.batches import Line

NDJSON: Final = "application/x-ndjson"
LARGEST: Final = 50_000_000
MOST_LINES: Final = 10_000
AT_ONCE: Final = 1_000_000
"""Bytes."""

TOO_LARGE: Final = "Un lot pèse 50 Mo au plus. Les lignes qui ont déjà leur résultat sont reçues ; renvoyez les autres."
TOO_MANY: Final = "Un lot compte 10 000 lignes au plus. Les précédentes ont leur résultat ; renvoyez les autres."
LONG_LINE: Final = "Une ligne pèse 256 ko au plus."

AnyRequest = Request[Any, Any, Any]


class TooManyLines(Invalid):
    code = "batch.too-many-lines"
    title = "Trop de lignes"


async def lines_of(chunks: AsyncIterator[bytes | Problem], namespace: UUID | None) -> AsyncIterator[Line]:
    """Each line read; after one too many, or where the body is too large, a last line says so."""
    number = 0
    async for raw in _split(chunks):
        number += 1
        if isinstance(raw, Problem):
            yield Line(number, raw)
            return
        if number > MOST_LINES:
            yield Line(number, TooManyLines(TOO_MANY))
            return
        if raw.strip():
            yield Line(number, _content(raw), namespace and uuid5(namespace, hashlib.sha256(raw.strip()).hexdigest()))


async def chunks_of(request: AnyRequest) -> AsyncIterator[bytes | Problem]:
    """The body as it comes; too much of it ends it, as what was answered cannot be taken back."""
    try:
        async for chunk in request.stream():
            yield chunk
    except HTTPException as error:
        if error.status_code != TooLarge.status:
            raise
        yield TooLarge(TOO_LARGE)


async def kept_chunks(body: IO[bytes]) -> AsyncIterator[bytes | Problem]:
    while chunk := body.read(AT_ONCE):
        yield chunk


def _content(raw: bytes) -> OrientationSubmitted | Problem:
    if len(raw) > MAX_BYTES:
        return Invalid(LONG_LINE, errors=[FieldError("", "batch.line-too-long", LONG_LINE)])
    try:
        return read_json(OrientationSubmitted, raw)
    except Problem as problem:
        return problem


async def _split(chunks: AsyncIterator[bytes | Problem]) -> AsyncIterator[bytes | Problem]:
    """Lines of a stream; of one that is too long, only enough is kept to refuse it."""
    rest = b""
    async for chunk in chunks:
        if isinstance(chunk, Problem):
            yield chunk
            return
        *ended, rest = (rest + chunk).split(b"\n")
        for line in ended:
            yield line
        rest = rest[: MAX_BYTES + 1]
    if rest.strip():
        yield rest
