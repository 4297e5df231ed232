"""The trace that a request or an event belongs to, as a W3C traceparent carried by a context variable."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$")
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str | None:
    return _current.get()


def current_trace_id() -> str | None:
    traceparent = _current.get()
    return traceparent[3:35] if traceparent else None


@contextmanager
def tracing(parent: str | None = None) -> Iterator[str]:
    """Continue the trace of `parent`, or begin one where it is absent or malformed."""
    match = _TRACEPARENT.match(parent) if parent else None
    trace_id = match[1] if match else secrets.token_hex(16)
    token = _current.set(f"00-{trace_id}-{secrets.token_hex(8)}-01")
    try:
        yield trace_id
    finally:
        _current.reset(token)
