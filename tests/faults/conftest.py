"""The servers that faults are injected into, started once for all tests here."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from .servers import Servers, servers


@pytest.fixture(scope="session")
async def broken_servers() -> AsyncIterator[Servers]:
    async with servers(Random(1)) as running:
        yield running
