"""Structured logs, one JSON object a line, with the trace they belong to. They carry ids, never a person's data."""

import logging
import sys
from typing import Any

import structlog

from plie_chassis.trace import current_trace_id

WITHHELD = frozenset({
    "last_name", "first_name", "name", "birth_date", "email", "phone", "address", "motivation", "note",
    "password", "token", "authorization", "cookie", "value", "body", "data",
})  # fmt: skip


def _with_trace(_logger: Any, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if trace_id := current_trace_id():
        entry["trace_id"] = trace_id
    return entry


def _without_personal_data(_logger: Any, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for field in WITHHELD & entry.keys():
        entry[field] = "[withheld]"
    return entry


def _without_exception_values(
    _logger: Any, _method: str, entry: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """A database error quotes the row it failed on: keep where it happened and its type, not what it says."""
    failure = entry.pop("exc_info", None)
    if failure:
        error = failure if isinstance(failure, BaseException) else sys.exc_info()[1]
        if error is not None:
            entry["error"] = type(error).__name__
            entry["where"] = _frames(error)
    return entry


def _frames(error: BaseException) -> list[str]:
    frames, traceback = [], error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{traceback.tb_frame.f_globals.get('__name__', '?')}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames[-8:]


def configure(instance: str) -> None:
    """Log to standard output as JSON; libraries' own loggers go the same way, from WARNING on."""
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_trace,
        _without_personal_data,
        _without_exception_values,
    ]
    structlog.configure(
        processors=[*processors, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *processors],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    structlog.contextvars.bind_contextvars(instance=instance)
