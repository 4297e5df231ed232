"""The migrations and the tables say the same."""

from plie_deploy.testing import schema_drift
from plie_parcours.tables import Base


async def test_the_migrations_make_the_tables_that_the_code_declares(maison):
    assert await schema_drift(Base.metadata, maison.engine) == []
