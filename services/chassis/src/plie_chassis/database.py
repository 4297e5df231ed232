"""PostgreSQL: the engine, the naming of constraints, and which errors another try may heal.

Each instance owns one database; the chassis' own tables stand beside those of the service.
"""

from collections.abc import Mapping
from datetime import datetime
from traceback import walk_tb
from typing import Any, ClassVar, TypeAlias, cast
from uuid import UUID

from asyncpg import Connection, InterfaceError, PostgresError
from sqlalchemy import DateTime, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The chassis' tables. A service derives its own, abstract, with a MetaData of its own."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[str]: JSONB(),
    }


# A server or a client that is gone without a word is noticed within the minute: a relay that waits for the lock of one whose
# machine lost its power must not wait for the hours that TCP would.
KEEPALIVE = {
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "45000",
}


def create_engine(
    url: str, *, schemas: str | None = None, pool_size: int = 10, statement_seconds: float | None = None
) -> AsyncEngine:
    """An engine on `url`; `schemas` sets the connection's search_path, `statement_seconds` ends a wait for an answer."""
    settings: Mapping[str, str] = {"search_path": schemas} if schemas else {}
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        connect_args={
            "server_settings": {"timezone": "Europe/Paris", "jit": "off", **KEEPALIVE, **settings},
            "timeout": 5,
            "command_timeout": statement_seconds,
        },
    )


Driver: TypeAlias = "Connection[Any]"
"""The driver's own connection."""


async def driver_of(connection: AsyncConnection) -> Driver:
    """The driver's own connection, in the transaction of `connection`: there a statement costs a third.

    For what every command and every batch pays for. A connection that is lost shows itself to SQLAlchemy at the rollback.
    """
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise InterfaceError("the connection is closed")
    if not driver.is_in_transaction():
        # SQLAlchemy begins with its first statement.
        await connection.exec_driver_sql("select")
    return cast(Driver, driver)


def is_database_away(error: BaseException) -> bool:
    """True for what another try may heal: a lost connection, a shutdown, a full disk, a deadlock.

    A file that is missing or a wait that ran out is the database's only where the way to it raised that.
    """
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, DBAPIError) or isinstance(cause, PostgresError):
        return (getattr(cause, "sqlstate", None) or "")[:2] in {"08", "40", "53", "57", "58"}
    if isinstance(error, PoolTimeout | InterfaceError):
        return True
    return isinstance(error, OSError | TimeoutError) and _was_raised_by_the_driver(error)


def _was_raised_by_the_driver(error: BaseException) -> bool:
    frames = (frame for frame, _ in walk_tb(error.__traceback__))
    return any(frame.f_globals.get("__name__", "").partition(".")[0] == "asyncpg" for frame in frames)
