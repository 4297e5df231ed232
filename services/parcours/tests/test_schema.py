"""The migrations make the tables that the code knows."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from plie_chassis.database import create_engine
from plie_deploy.testing import NewDatabase
from plie_parcours.tables import Base

from .conftest import schema


async def test_the_migrated_database_is_the_one_of_the_tables(database: NewDatabase):
    def ours(_item, name, kind, _reflected, _compared_to) -> bool:
        return kind != "table" or name in Base.metadata.tables

    def differences(connection) -> list:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        return compare_metadata(context, Base.metadata)

    engine = create_engine(await database(schema))
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()
