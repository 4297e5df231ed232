"""The migrations and the tables say the same."""

from typing import Any

from plie_deploy.testing import schema_drift
from plie_orientation.tables import Base


async def test_the_migrations_make_the_tables_that_the_code_declares(side: Any) -> None:
    here = await side()
    assert await schema_drift(Base.metadata, here.units.engine) == []
