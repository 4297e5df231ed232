"""`make bench` promises its rows to others: their names and their shape, whatever the figures."""

import json
from pathlib import Path

import pytest

from plie_deploy.kafka import LocalKafka
from plie_deploy.postgres import LocalPostgres

from . import peer_jars
from .measure import SMALL, measure
from .rows import NotRun, Promised, Row, heading, line, read, write
from .stack import Machine

PROMISED = [
    "relay/bare-loop",
    "relay/debezium-default",
    "relay/debezium-tuned",
    "relay-p99/debezium-lowlat",
    "apply/bare-upsert",
    "apply/jdbc-sink",
    "http/bare-insert",
    "end-to-end-p99/bare",
    "dashboard-10m/100k",
    "rebuild-1m",
    "memory-at-rest",
]


async def test_every_row_is_written_in_the_promised_shape_measured_or_not(
    kafka: LocalKafka, postgres: LocalPostgres, tmp_path: Path
) -> None:
    rows = [row async for row in measure(Machine(kafka, postgres, tmp_path), SMALL)]
    write(rows, tmp_path / "build" / "bench.json")
    written = {row["name"]: row for row in json.loads((tmp_path / "build" / "bench.json").read_text())}
    assert set(written) >= set(PROMISED)
    for name, row in written.items():
        assert list(row)[:6] == ["name", "value", "unit", "reference", "ratio", "aim"]
        assert set(row["aim"]) < {"at_least", "at_most"}
        if "debezium" in name or "jdbc" in name:
            assert row["value"] is row["reference"] is row["ratio"] is None
            assert row["not_run"]
        elif row["reference"] is None:
            assert row["value"] > 0
            assert row["ratio"] is None
        else:
            assert row["ratio"] == pytest.approx(row["value"] / row["reference"], rel=0.05, abs=0.05)


async def test_a_row_whose_tools_are_absent_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotRun, match="mvn"):
        peer_jars.get()
    shown = line(Promised("relay/debezium-default", "events/s", {"at_least": 1}).not_run("mvn is missing"))
    assert " ".join(shown.split()) == "relay/debezium-default not run: mvn is missing"


def test_a_run_of_some_rows_keeps_what_was_known_of_the_others(tmp_path: Path) -> None:
    first, second = (Promised(name, "s", {"at_most": 50}) for name in ("a", "b"))
    write([first.alone(1), second.alone(2)], tmp_path / "bench.json")
    write([second.alone(3)], tmp_path / "bench.json")
    assert [(row.name, row.value) for row in read(tmp_path / "bench.json")] == [("a", 1), ("b", 3)]


def test_the_aim_is_on_the_ratio_and_on_the_value_where_there_is_no_reference() -> None:
    assert Row("a", 9.0, "events/s", 10.0, 0.9, {"at_least": 0.7}).is_reached
    assert not Row("a", 5.0, "events/s", 10.0, 0.5, {"at_least": 0.7}).is_reached
    assert not Row("b", 140.0, "MB", None, None, {"at_most": 130}).is_reached


def test_the_table_says_which_aim_is_not_reached() -> None:
    missed = line(Row("apply/bare-upsert", 30_000.0, "events/s", 70_000.0, 0.43, {"at_least": 0.5}))
    assert " ".join(missed.split()) == "apply/bare-upsert 30,000 events/s 70,000 events/s 0.43 ≥ 0.5 not reached"
    assert len(heading()) < len(missed)
