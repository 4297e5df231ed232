"""PostgreSQL: the engine, the naming of constraints, and which errors another try may heal.

Each instance owns one database; the chassis' own tables stand beside those of the service.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from asyncpg import InterfaceError, PostgresError
from sqlalchemy import DateTime, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
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


def create_engine(url: str, *, schemas: str | None = None, pool_size: int = 10, ping: bool = False) -> AsyncEngine:
    """An engine on `url`; `schemas` sets the connection's search_path.

    `ping` looks at a connection before it is used: for who speaks to the driver past SQLAlchemy, which then sees no loss.
    """
    settings: Mapping[str, str] = {"search_path": schemas} if schemas else {}
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        pool_pre_ping=ping,
        connect_args={"server_settings": {"timezone": "Europe/Paris", "jit": "off", **settings}, "timeout": 5},
    )


def is_database_away(error: BaseException) -> bool:
    """True for what another try may heal: a lost connection, a shutdown, a full disk, a deadlock."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, DBAPIError) or isinstance(cause, PostgresError):
        return (getattr(cause, "sqlstate", None) or "")[:2] in {"08", "40", "53", "57", "58"}
    return isinstance(error, OSError | PoolTimeout | InterfaceError | TimeoutError)
