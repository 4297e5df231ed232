"""The migrations and the tables say the same."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from plie_orientation.tables import Base


async def test_the_migrations_make_the_tables_that_the_code_declares(side: Any) -> None:
    def differences(connection: Any) -> list[Any]:
        options = {"include_name": lambda name, kind, _: kind != "table" or name in Base.metadata.tables}
        return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)

    here = await side()
    async with here.units.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
