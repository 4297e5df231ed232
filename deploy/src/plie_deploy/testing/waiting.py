"""Waiting in a test: for a condition, with a deadline, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(condition: Callable[[], T | Awaitable[T]], within: float = 10.0, *, every: float = 0.02) -> T:
    """The condition's first true value. It may be async; an AssertionError in it counts as "not yet"."""
    deadline = time.monotonic() + within
    while True:
        value: T | None = None
        problem: AssertionError | None = None
        try:
            found = condition()
            value = await found if isinstance(found, Awaitable) else found
        except AssertionError as error:
            problem = error
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {within} s; last seen: {value!r}") from problem
        await asyncio.sleep(every)
