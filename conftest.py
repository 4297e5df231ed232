"""What all tests of the workspace share stands in plie_deploy.testing; here, in which order workers take their files."""

from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["plie_deploy.testing"]

HERE = Path(__file__).parent
LONGEST = (
    "deploy/tests/test_demo.py",
    "services/chassis/tests/messaging/test_crashes.py",
    "services/orientation/tests/web/test_browser.py",
    "services/admission/tests/web/test_walk.py",
    "services/parcours/tests/web/test_browser.py",
    "services/chassis/tests/messaging/test_consumption.py",
    "services/orientation/tests/web/test_partners.py",
    "services/chassis/tests/messaging/test_relay.py",
    "services/reporting/tests/test_roll_ups.py",
    "services/reporting/tests/test_rebuild.py",
    "services/admission/tests/web/test_figures.py",
    "services/reporting/tests/test_any_order.py",
    "deploy/tests/test_provision.py",
    "deploy/tests/test_local_kafka.py",
    "tests/test_browser.py",
    "tests/test_chain.py",
    "tests/faults/test_faults.py",
)
ON_THE_PLATFORM = ("tests/test_browser.py", "tests/test_chain.py", "tests/load/test_load.py")


def pytest_configure() -> None:
    """What is named above exists: a file that was renamed would begin late, and nobody would notice."""
    gone = sorted(path for path in {*LONGEST, *ON_THE_PLATFORM} if not (HERE / path).is_file())
    if gone:
        raise pytest.UsageError(f"conftest.py names test files that do not exist: {', '.join(gone)}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files begin first: a worker that begins one last ends alone."""
    places = {path: place for place, path in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(_file(item.nodeid), len(places)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist=loadfile`: in the order above, and with one worker, hence one platform, for what needs a platform."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class InOurOrder(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = _file(nodeid)
            return "platform" if path in ON_THE_PLATFORM else path

    config.option.loadscopereorder = False
    return InOurOrder(config, log)


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
