"""The migrations and the tables say the same."""

from plie_deploy.testing import schema_drift
from plie_reporting.tables import metadata


async def test_the_migrations_make_the_tables_that_the_code_declares(store):
    assert await schema_drift(metadata, store.engine) == []
