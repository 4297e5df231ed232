"""The command line of an instance: dead letters are listed, explained, replayed in order; settings are judged by name."""

import asyncio
import json
from typing import Any

import pytest
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from sqlalchemy import text

from plie_chassis.cli import build
from plie_chassis.database import Base
from plie_chassis.ids import new_id
from plie_chassis.messaging.inbox import Inbox
from plie_chassis.messaging.subscriptions import reads, subscriptions
from plie_chassis.service import Service
from plie_contracts.events import ContactLogged
from plie_deploy.kafka import LocalKafka
from plie_deploy.testing import eventually

from .conftest import Side, consuming, send_all
from .sample import EFFECTS, contact


async def keep_any_duration(received: Any, work: Any) -> None:
    """The handler after its bug was mended."""
    await work.session.execute(
        text("insert into effect (key, event_id, minutes) values (:key, :id, :minutes)"),
        {"key": received.event.key(), "id": received.id, "minutes": received.event.duration_minutes},
    )


SERVICE = Service(
    name="reporting",
    title="Statistiques",
    package="plie_chassis",
    metadata=Base.metadata,
    subscriptions=subscriptions(reads(ContactLogged, keep_any_duration)),
    routes=(),
    navigation=(),
    roles={"analyst": "Évaluation"},
)


@pytest.fixture
def command(
    reader: Side, kafka: LocalKafka, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    settings = {
        "ORGANISATION": reader.units.instance.organisation,
        "DATABASE_URL": reader.url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "KAFKA_USERNAME": reader.connection.username,
        "KAFKA_PASSWORD": reader.connection.password,
        "DECLARATION": str(reader.declared.path),
        "SECRET_KEY": "k" * 32,
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"PLIE_{name}", value)

    async def run(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            await asyncio.to_thread(build(SERVICE), list(words))
        written = capsys.readouterr()
        status = ended.value.code
        return (status, written.out) if isinstance(status, int) else (1, f"{status}")

    return run


async def test_a_parked_chain_is_listed_explained_and_replayed_in_order(
    command: Any, writer: Side, reader: Side, topic: str
) -> None:
    person = new_id()
    await writer.emit(*(contact(person, minutes) for minutes in (1, 666, 3, 4)))
    await send_all(writer)
    async with consuming(reader.consumption([topic], Inbox(reader.units, EFFECTS))):
        await eventually(lambda: _held(reader, 3))
    status, listed = await command("dead-letters", "list", "--json")
    letters = json.loads(listed)
    assert status == 0
    assert [letter["state"] for letter in letters] == ["behind", "behind", "parked"]
    head = letters[-1]["reference"]
    _, shown = await command("dead-letters", "show", head)
    assert "ZeroDivisionError" in shown
    assert await command("dead-letters", "replay", head) == (0, "3 applied\n")
    assert await reader.effects(person) == [1, 666, 3, 4]
    assert await command("dead-letters", "list", "--json") == (0, "[]\n")


async def test_a_refused_record_is_judged_again_as_kafka_holds_it(
    command: Any, writer: Side, reader: Side, topic: str, raw_producer: Any
) -> None:
    await raw_producer.send_and_wait(topic, b"not json", key=b"k", partition=0)
    async with consuming(reader.consumption([topic], Inbox(reader.units, EFFECTS))):
        await eventually(lambda: _refused(reader))
    [letter] = json.loads((await command("dead-letters", "list", "--json"))[1])
    assert await command("dead-letters", "replay", letter["reference"]) == (1, "refused again\n")
    assert await command("dead-letters", "discard", letter["reference"], "--reason", "essai") == (0, "")
    assert await command("dead-letters", "list", "--json") == (0, "[]\n")


async def test_an_unknown_reference_is_said_in_a_line(command: Any) -> None:
    status, said = await command("dead-letters", "show", "h99999")
    assert status == 1
    assert "h99999" in said
    assert "\n" not in said


async def test_check_names_each_right(command: Any, topic: str) -> None:
    status, said = await command("check")
    assert status == 0, said
    assert f"ok       read {topic}" in said


async def test_check_says_which_right_is_missing(command: Any, reader: Side, topic: str, kafka: LocalKafka) -> None:
    group = reader.units.instance.name
    admin = AdminClient(kafka.admin_config)
    for resource, name in ((ResourceType.TOPIC, topic), (ResourceType.GROUP, group)):
        lost = AclBindingFilter(
            resource,
            name,
            ResourcePatternType.LITERAL,
            f"User:{group}",
            None,
            AclOperation.READ,
            AclPermissionType.ALLOW,
        )
        for future in admin.delete_acls([lost]).values():
            future.result()

    async def told() -> bool:
        status, said = await command("check")
        assert status == 1
        assert f"FAILING  read {topic}" in said
        assert f"FAILING  read group {group}" in said
        return True

    await eventually(told)


async def test_each_wrong_setting_is_named_in_a_line(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLIE_ORGANISATION")
    monkeypatch.setenv("PLIE_SECRET_KEY", "short")
    monkeypatch.setenv("PLIE_PORT", "http")
    _, said = await command("check")
    lines = said.splitlines()
    assert [line.split(":")[0] for line in lines] == ["PLIE_ORGANISATION", "PLIE_SECRET_KEY", "PLIE_PORT"]
    assert lines[0] == "PLIE_ORGANISATION: is missing"


async def test_a_setting_may_come_from_a_file(
    command: Any, reader: Side, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.delenv("PLIE_KAFKA_PASSWORD")
    (tmp_path / "password").write_text(reader.connection.password + "\n")
    monkeypatch.setenv("PLIE_KAFKA_PASSWORD_FILE", str(tmp_path / "password"))
    assert (await command("check"))[0] == 0


async def test_an_organisation_that_does_not_run_this_service_is_told_so(
    command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLIE_ORGANISATION", "nobody")
    status, said = await command("check")
    assert status == 1
    assert "nobody.reporting" in said


async def _held(reader: Side, count: int) -> bool:
    return len(await reader.fetch("select 1 from held_record")) == count


async def _refused(reader: Side) -> bool:
    return len(await reader.fetch("select 1 from refused_record")) == 1
