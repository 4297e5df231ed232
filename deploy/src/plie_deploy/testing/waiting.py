"""Waiting in a test: for a condition, with a deadline, never for a time."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def eventually(condition: Callable[[], T | Awaitable[T]], within: float = 10.0, *, every: float = 0.02) -> T:
    """The condition's first true value. It may be async; an AssertionError in it counts as "not yet"."""
    deadline = time.monotonic() + within
    while True:
        problem: AssertionError | None = None
        value: Any = None
        try:
            value = condition()
            if inspect.isawaitable(value):
                value = await value
        except AssertionError as error:
            problem = error
        if problem is None and value:
            return value  # type: ignore[no-any-return]  # the awaited value of T
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {within} s; last seen: {value!r}") from problem
        await asyncio.sleep(every)
