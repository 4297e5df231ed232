"""Identifiers: UUIDv7, ordered by the instant they are given."""

from datetime import datetime
from uuid import UUID

import uuid_utils


def new_id(at: datetime | None = None) -> UUID:
    """A UUIDv7 of now, or of the instant `at` (a clock other than the machine's)."""
    nanoseconds = None if at is None else (int(at.timestamp()) * 1_000_000 + at.microsecond) * 1000
    return UUID(bytes=uuid_utils.uuid7(nanoseconds=nanoseconds).bytes)
