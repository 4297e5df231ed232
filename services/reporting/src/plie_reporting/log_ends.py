"""How far Kafka holds each stream that this instance reads.

Invariant: nothing is said when Kafka does not answer; nobody waits for it longer than a page may.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from plie_chassis.messaging.kafka import end_offsets, partitions_of, start
from plie_chassis.service import Runtime

log = structlog.get_logger()

ANSWER_SECONDS = 2.0


class LogEnds:
    """Asks Kafka as the instance that it follows, over one connection kept open between two questions."""

    def __init__(self) -> None:
        self._runtime: Runtime | None = None
        self._reader: AIOKafkaConsumer | None = None
        self._one_at_a_time = asyncio.Lock()

    async def follow(self, runtime: Runtime) -> None:
        """Background work of the instance: ask on its behalf until it ends."""
        self._runtime = runtime
        try:
            await asyncio.Event().wait()
        finally:
            self._runtime = None
            await self._close()

    async def read(self) -> Mapping[tuple[str, int], int]:
        """The end offset by topic and partition; empty while Kafka does not answer."""
        async with self._one_at_a_time:
            if self._runtime is None:
                return {}
            partitions = partitions_of(self._runtime.declaration, self._runtime.topics)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    if self._reader is None:
                        reader = self._runtime.connection.new_reader()
                        await start(reader)
                        self._reader = reader
                    ends = await end_offsets(self._reader, partitions)
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("ends of the streams not known", error=type(error).__name__)
                await self._close()
                return {}
            return {(at.topic, at.partition): end for at, end in ends.items()}

    async def _close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            with suppress(TimeoutError, KafkaError):
                await asyncio.wait_for(reader.stop(), ANSWER_SECONDS)


LOG_ENDS = LogEnds()
"""Of this process, which is one instance."""
