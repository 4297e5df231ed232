"""What a service does beside requests and events goes on for as long as the instance does."""

from dataclasses import replace

import pytest

from plie_chassis import service
from plie_chassis.service import Runtime
from plie_deploy.kafka import LocalKafka
from plie_deploy.testing import eventually

from .conftest import Side, settings_of
from .test_command_line import SERVICE


async def test_background_work_that_fails_is_started_again(
    reader: Side, kafka: LocalKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RESTART_SECONDS", 0.01)
    starts: list[Runtime] = []

    async def count(runtime: Runtime) -> None:
        starts.append(runtime)
        raise ConnectionError

    runtime = Runtime(replace(SERVICE, background=(count,)), settings_of(reader, kafka))
    async with runtime.running():
        await eventually(lambda: len(starts) > 2)
    assert set(starts) == {runtime}
