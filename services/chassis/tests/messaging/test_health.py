"""Health tells what is wrong, and nothing else: an outbox that moves is no reason, one that stands still is."""

from typing import Any

import pytest
from sqlalchemy import text

from plie_chassis import health
from plie_chassis.service import Runtime
from plie_deploy.kafka import LocalKafka

from .conftest import Side, settings_of
from .test_command_line import SERVICE


@pytest.fixture
async def runtime(reader: Side, kafka: LocalKafka) -> Any:
    made = Runtime(SERVICE, settings_of(reader, kafka))
    yield made
    await made.close()


async def pending(reader: Side) -> None:
    async with reader.engine.begin() as connection:
        await connection.execute(text("delete from outbox"))
        row = "insert into outbox (id, topic, key, sequence, type, value, time) values (gen_random_uuid(), 't', 'k', 1, 'x', '', now())"
        await connection.execute(text(row))


def late(report: dict[str, Any]) -> list[str]:
    return [reason for reason in report["reasons"] if "envoyés" in reason]


async def test_an_outbox_that_moves_is_healthy_and_one_that_stands_still_is_not(
    runtime: Runtime, reader: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = health.Health(runtime)
    await judge.report()
    for _ in range(3):
        monkeypatch.setattr(health, "OUTBOX_SECONDS", 1000.0)
        await pending(reader)
        report = await judge.report()
        assert report["outbox"]["waiting_seconds"] == pytest.approx(0, abs=0.5)
    monkeypatch.setattr(health, "OUTBOX_SECONDS", 0.0)
    assert late(await judge.report())


async def test_a_reader_that_has_not_joined_its_group_is_said_so(runtime: Runtime) -> None:
    report = await health.Health(runtime).report()
    assert report["status"] == "starting"
    assert report["kafka"] == {"assigned": 0, "lag": None}
    assert report["database"] == "ok"
