"""The migrations and the tables say the same."""

from typing import Any

from plie_admission.tables import Base
from plie_deploy.testing import schema_drift


async def test_the_migrations_make_the_tables_that_the_code_declares(commission: Any) -> None:
    assert await schema_drift(Base.metadata, commission.units.engine) == []
