"""Migrations of a service's database: each service holds its own revisions, the chassis' tables stand in their first one.

Alembic is imported where it is used: an instance at work does not need it in memory.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine

from plie_chassis.database import Base

if TYPE_CHECKING:
    from alembic.operations import Operations


def create_chassis_tables(op: "Operations | Any") -> None:
    """First revision of every service: the tables of messaging and accounts."""
    for room in ("accounts", "messaging"):
        import_module(f"plie_chassis.{room}.tables")  # registers its tables
    Base.metadata.create_all(op.get_bind())


def run_migrations() -> None:
    """Body of every service's Alembic env.py: run on the connection that `migrate` opened."""
    from alembic import context

    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=context.config.attributes["metadata"],
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate(engine: AsyncEngine, *, package: str, metadata: MetaData) -> None:
    """Bring the database to the newest revision of `<package>/migrations`."""
    from alembic import command
    from alembic.config import Config

    def upgrade(connection: Any) -> None:
        config = Config()
        config.set_main_option("script_location", f"{package}:migrations")
        config.attributes.update(connection=connection, metadata=metadata)
        command.upgrade(config, "head")

    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
