"""A reader in a process of its own: it says `ready` when it listens, then answers lines of JSON, a moment by each id."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

ANSWER_SECONDS = 60.0
LONGEST_LINE = 2**24

Answer = Callable[[], Awaitable[dict[str, float]]]


@asynccontextmanager
async def watcher(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Answer]:
    """Runs `module` from when it is ready until it is left; what is given awaits its next line. None: our environment."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        limit=LONGEST_LINE,
    )
    assert process.stdout is not None
    said = process.stdout

    async def answer() -> dict[str, float]:
        moments: dict[str, float] = json.loads(await asyncio.wait_for(said.readline(), ANSWER_SECONDS))
        return moments

    try:
        assert (await said.readline()).strip() == b"ready"
        yield answer
        await asyncio.wait_for(process.wait(), ANSWER_SECONDS)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
