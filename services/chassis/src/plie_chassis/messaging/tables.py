"""Tables of the outbox and the inbox.

A row of `outbox` is an event not yet acknowledged by Kafka; a row of `inbox` an event whose effect is in this database.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Integer, LargeBinary, SmallInteger, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from plie_chassis.database import Base

# A counter is rewritten with every event: where its page has room for that, no index has to follow.
ROOM_FOR_UPDATES = {"postgresql_with": {"fillfactor": 50}}


class Outbox(Base):
    """Events of committed transactions on their way to Kafka; deleted once acknowledged."""

    __tablename__ = "outbox"

    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    id: Mapped[UUID]
    topic: Mapped[str]
    key: Mapped[str]
    sequence: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    value: Mapped[bytes]
    time: Mapped[datetime]
    traceparent: Mapped[str | None]


class OutboxCounter(Base):
    """The last sequence given to a (topic, key); its row is locked together with the insert of the event."""

    __tablename__ = "outbox_counter"
    __table_args__ = ROOM_FOR_UPDATES

    topic: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class Inbox(Base):
    """Events taken; the digest tells a repetition from another event under the same (source, ce_id)."""

    __tablename__ = "inbox"

    event: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """16 bytes that stand for (source, ce_id)."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class InboxSequence(Base):
    """The last contiguous sequence taken of a (topic, key)."""

    __tablename__ = "inbox_sequence"
    __table_args__ = ROOM_FOR_UPDATES

    topic: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class InboxOffset(Base):
    """The next offset to take of each partition, written with the effects of what stands before it."""

    __tablename__ = "inbox_offset"

    topic: Mapped[str] = mapped_column(primary_key=True)
    partition: Mapped[int] = mapped_column(Integer, primary_key=True)
    next: Mapped[int] = mapped_column(BigInteger)


class HeldRecord(Base):
    """A record kept with its bytes until it can be applied.

    state: `parked` (its handler failed), `behind` (its key is parked), `gap` (an earlier sequence is missing),
    `unknown` (a type or major this release does not know).
    """

    __tablename__ = "held_record"
    __table_args__ = (UniqueConstraint("topic", "partition", "offset"), Index(None, "topic", "key"))

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    state: Mapped[str]
    topic: Mapped[str]
    partition: Mapped[int] = mapped_column(SmallInteger)
    offset: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str]
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    type: Mapped[str]
    value: Mapped[bytes]
    header_names: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    header_values: Mapped[list[bytes | None]] = mapped_column(ARRAY(LargeBinary))
    recorded_at: Mapped[datetime]
    held_since: Mapped[datetime] = mapped_column(server_default=func.now())
    error: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(Integer, server_default="1")


class RefusedRecord(Base):
    """A record that the contract refuses. Its bytes stay in Kafka: they may hold what must not be kept here."""

    __tablename__ = "refused_record"
    __table_args__ = (UniqueConstraint("topic", "partition", "offset"), Index(None, "topic", "key", "sequence"))

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    topic: Mapped[str]
    partition: Mapped[int] = mapped_column(SmallInteger)
    offset: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str | None]
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    code: Mapped[str]
    path: Mapped[str | None]
    message: Mapped[str]
    refused_at: Mapped[datetime] = mapped_column(server_default=func.now())
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None]


class DiscardedRecord(Base):
    """A decision never to apply a record; it holds again when the streams are read anew."""

    __tablename__ = "discarded_record"

    topic: Mapped[str] = mapped_column(primary_key=True)
    partition: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    reason: Mapped[str]
    discarded_at: Mapped[datetime] = mapped_column(server_default=func.now())
