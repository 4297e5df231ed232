"""The load driver itself, at a size that says whether it works and not how fast the platform is."""

import copy
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from plie_deploy.processes import Unavailable

from . import report
from .arrival import Partners
from .platform import Platform, refuse_strangers
from .scenarios import QUICK, Ground
from .watch import Watch


async def test_what_is_accepted_becomes_visible_and_is_told_as_a_table_and_plots(platform: Any, tmp_path: Path) -> None:
    target = Platform.at(platform.data_dir)
    async with Partners(target) as partners, Watch(target) as watch:
        ground = Ground(target, partners, watch, QUICK)
        steady, backlog = await ground.peak(), await ground.an_hour_of_backlog()

    assert (steady.lost, backlog.lost) == (0, 0)
    assert steady.told.accepted == steady.told.sent == len(steady.delays), steady.told.errors
    assert len(backlog.told.orientations) == QUICK.hour
    for outcome in (steady, backlog):
        assert report.line(outcome).startswith(outcome.scenario)
        assert f" {outcome.told.accepted:,} " in report.line(outcome)
    for path in report.draw([steady, backlog], tmp_path):
        ElementTree.fromstring(path.read_text())


@pytest.mark.parametrize("place", ["kafka", "url", "database_url"])
def test_load_is_refused_to_an_address_that_is_not_loopback(place: str) -> None:
    own: dict[str, Any] = {
        "kafka": {"bootstrap_servers": "127.0.0.1:9092"},
        "instances": [{"url": "http://127.0.0.1:8101", "database_url": "postgresql+asyncpg://u:p@127.0.0.1:5432/d"}],
    }
    refuse_strangers(own)
    foreign = copy.deepcopy(own)
    if place == "kafka":
        foreign["kafka"]["bootstrap_servers"] = "127.0.0.1:9092,kafka.example.org:9092"
    else:
        foreign["instances"][0][place] = "http://192.0.2.7/"
    with pytest.raises(Unavailable, match="loopback"):
        refuse_strangers(foreign)
