"""Each boundary between the parts is seen to fail on a planted violation: only then is it believed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [
    "contracts/src",
    "deploy/src",
    *(f"services/{name}/src" for name in ("chassis", "orientation", "admission", "parcours", "reporting")),
]

PLANTED = {
    "Services never import each other": ("plie_parcours/handlers/planted.py", "import plie_admission.domain"),
    "Contracts import nothing of ours, and only pydantic besides what the command line needs": (
        "plie_contracts/planted.py",
        "import sqlalchemy",
    ),
    "The chassis knows no service": ("plie_chassis/planted.py", "import plie_parcours"),
    "No service knows how it is deployed": ("plie_reporting/planted.py", "import plie_deploy"),
    "The domain knows no framework": ("plie_admission/domain/planted.py", "import sqlalchemy"),
    "Handlers and queries know no web": ("plie_orientation/handlers/planted.py", "from plie_chassis.web import pages"),
}


def lint(packages: Path) -> str:
    command = [Path(sys.executable).with_name("lint-imports"), "--config", ROOT / ".importlinter", "--no-cache"]
    result = subprocess.run(
        command,
        cwd=packages,
        env={**os.environ, "PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout + result.stderr


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All our packages side by side, where a test may plant what it likes."""
    copy = tmp_path_factory.mktemp("packages")
    for source in SOURCES:
        shutil.copytree(
            ROOT / source, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "static", "templates")
        )
    return copy


@pytest.mark.parametrize("boundary", PLANTED)
def test_a_violation_of_a_boundary_is_seen(boundary: str, packages: Path) -> None:
    place, line = PLANTED[boundary]
    planted = packages / place
    planted.write_text(f"{line}\n")
    try:
        verdicts = lint(packages)
    finally:
        planted.unlink()
    assert f"{boundary} BROKEN" in " ".join(verdicts.split())


def test_no_boundary_is_left_without_its_planted_violation() -> None:
    declared = [
        line.partition("=")[2].strip()
        for line in (ROOT / ".importlinter").read_text().splitlines()
        if line.startswith("name =")
    ]
    assert sorted(declared) == sorted(PLANTED)
