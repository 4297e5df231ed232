"""`make bench` promises its rows to others: their names and their shape, whatever the figures."""

import json
from pathlib import Path

import pytest

from plie_deploy.kafka import LocalKafka
from plie_deploy.postgres import LocalPostgres
from plie_deploy.testing import Declare

from .measure import SMALL, measure
from .rows import Row, heading, line, write
from .stack import ORGANISATIONS, Stack


async def test_every_row_is_measured_and_written_in_the_promised_shape(
    kafka: LocalKafka, postgres: LocalPostgres, declare: Declare, tmp_path: Path
) -> None:
    rows = [row async for row in measure(Stack(kafka, postgres, declare(*ORGANISATIONS), tmp_path), SMALL)]
    write(rows, tmp_path / "build" / "bench.json")
    written = {row["name"]: row for row in json.loads((tmp_path / "build" / "bench.json").read_text())}
    assert set(written) == {
        "memory-at-rest",
        "http/bare-insert",
        "relay/bare-loop",
        "relay-p99/commit-consumable",
        "apply/bare-upsert",
    }
    for name, row in written.items():
        assert list(row) == ["name", "value", "unit", "reference", "ratio", "aim"]
        assert row["value"] > 0
        assert set(row["aim"]) < {"at_least", "at_most"}
        if "/bare-" in name:
            assert row["ratio"] == pytest.approx(row["value"] / row["reference"], abs=0.01)
        else:
            assert row["reference"] is row["ratio"] is None


def test_the_aim_is_on_the_ratio_and_on_the_value_where_there_is_no_reference() -> None:
    assert Row("a", 9.0, "events/s", 10.0, 0.9, {"at_least": 0.7}).is_reached
    assert not Row("a", 5.0, "events/s", 10.0, 0.5, {"at_least": 0.7}).is_reached
    assert not Row("b", 140.0, "MB", None, None, {"at_most": 130}).is_reached


def test_the_table_says_which_aim_is_not_reached() -> None:
    missed = line(Row("apply/bare-upsert", 30_000.0, "events/s", 70_000.0, 0.43, {"at_least": 0.5}))
    assert " ".join(missed.split()) == "apply/bare-upsert 30,000 events/s 70,000 events/s 0.43 ≥ 0.5 not reached"
    assert len(heading()) < len(missed)
