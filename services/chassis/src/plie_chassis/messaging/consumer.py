"""A consumer that hands over every record of its partitions, readable or not.

aiokafka decodes header names while it hands records over: one that is not UTF-8 raises in the middle of a poll, after other
partitions' records of the same poll have been passed. Such a record is shown with a header that the contract refuses.
"""

import time
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

UNREADABLE_HEADERS = (("ce_id", None),)
AT_ONCE = 500
POLL_MS = 200


class ReadableConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, *topics: str, **options: Any) -> None:
        super().__init__(*topics, **options)
        self._next: dict[TopicPartition, int] = {}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """A batch that was not taken is asked for again: it does not count as handed over."""
        super().seek(partition, offset)
        self._next[partition] = offset

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """Returns once there are records: where a poll brings none, FastStream sleeps as long again, deaf to what comes."""
        found: dict[TopicPartition, list[ConsumerRecord]] = {}
        while not found:
            try:
                found = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
            except UnicodeDecodeError:
                found = await self._one_by_one()
        self._next |= {at: records[-1].offset + 1 for at, records in found.items()}
        return dict(found)

    async def _one_by_one(self) -> dict[TopicPartition, list[ConsumerRecord]]:
        """Go back to what was last handed over, and read each partition up to its unreadable record."""
        for at in self.assignment():
            self.seek(at, await self._last_handed_over(at))
        found = {at: await self._up_to_unreadable(at) for at in self.assignment()}
        return {at: records for at, records in found.items() if records}

    async def _last_handed_over(self, at: TopicPartition) -> int:
        if at in self._next:
            return self._next[at]
        committed = await self.committed(at)
        return int(committed) if committed is not None else int((await self.beginning_offsets([at]))[at])

    async def _up_to_unreadable(self, at: TopicPartition) -> list[ConsumerRecord]:
        records: list[ConsumerRecord] = []
        while len(records) < AT_ONCE:
            try:
                polled = await super().getmany(at, timeout_ms=POLL_MS, max_records=1)
            except UnicodeDecodeError:
                offset = records[-1].offset + 1 if records else await self._last_handed_over(at)
                self.seek(at, offset + 1)
                return [*records, unreadable(at, offset)]
            if not polled:
                break
            records += polled[at]
        return records


def unreadable(at: TopicPartition, offset: int) -> ConsumerRecord:
    now = int(time.time() * 1000)
    return ConsumerRecord(at.topic, at.partition, offset, now, 0, None, b"", None, 0, 0, UNREADABLE_HEADERS)
