"""PostgreSQL: the engine, the naming of constraints, and which errors another try may heal.

Each instance owns one database; the chassis' own tables stand beside those of the service.
"""

from collections.abc import Mapping
from datetime import datetime
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


def create_engine(url: str, *, schemas: str | None = None, pool_size: int = 10) -> AsyncEngine:
    """An engine on `url`; `schemas` sets the connection's search_path."""
    settings: Mapping[str, str] = {"search_path": schemas} if schemas else {}
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        connect_args={"server_settings": {"timezone": "Europe/Paris", "jit": "off", **settings}, "timeout": 5},
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
    """True for what another try may heal: a lost connection, a shutdown, a full disk, a deadlock."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, DBAPIError) or isinstance(cause, PostgresError):
        return (getattr(cause, "sqlstate", None) or "")[:2] in {"08", "40", "53", "57", "58"}
    return isinstance(error, OSError | PoolTimeout | InterfaceError | TimeoutError)
