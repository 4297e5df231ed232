"""`plie-contracts`: what partners and operators type."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plie_contracts.cli import main

Run = Any


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, organisations: Path) -> Run:
    monkeypatch.chdir(organisations.parent.parent)
    monkeypatch.delenv("PLIE_DECLARATION", raising=False)

    def typed(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["plie-contracts", *words])
        try:
            main()
            status = 0
        except SystemExit as stop:
            if isinstance(stop.code, str):
                return 1, capsys.readouterr().out, stop.code
            status = stop.code or 0
        out, err = capsys.readouterr()
        return status, out, err

    return typed


def test_validate_says_one_line_a_record_and_fails_when_one_is_refused(run: Run, contracts: Path) -> None:
    good, bad = contracts / "golden/accepted/job-started.json", contracts / "golden/refused/duration-negative.json"
    assert run("validate", str(good)) == (0, "ok\n", "")
    status, out, _ = run("validate", str(good), str(bad))
    assert status == 1
    assert out == "ok\nrefused schema.invalid duration_minutes la valeur minimale est 0\n"


def test_validate_answers_in_json(run: Run, contracts: Path) -> None:
    bad = contracts / "golden/refused/name-in-facts.json"
    status, out, _ = run("validate", "--json", str(bad))
    [answer] = json.loads(out)
    assert status == 1
    assert (answer["result"], answer["code"], answer["path"]) == (
        "refused",
        "privacy.identity-in-facts",
        "person.last_name",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"topic": 1}',
        '{"topic":"t","key":"k","headers":{"a":1},"data":{}}',
        '{"topic":"t","key":"k","headers":{}}',
        "\ufeff{}",
    ],
)
def test_validate_explains_a_file_that_is_no_record(run: Run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(text, "utf-8")
    status, out, _ = run("validate", str(path))
    assert status == 1
    assert out.startswith("refused envelope.")


def test_validate_explains_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("validate", str(tmp_path / "absent.json"))
    assert (status, out.split()[:2]) == (1, ["refused", "envelope.invalid"])


def test_topics_and_acls_come_from_the_declaration(
    run: Run, organisations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = json.loads(run("topics", "--json")[1])
    assert {"plie.parcours.v1.centre-isere"} <= {topic["name"] for topic in topics}
    acls = json.loads(run("acls", "--json", "--declaration", str(organisations))[1])
    assert {
        "principal": "mission-locale-voiron",
        "resource": "group",
        "name": "mission-locale-voiron",
        "operation": "Read",
    } in acls
    monkeypatch.setenv("PLIE_DECLARATION", str(organisations))
    assert "plie.parcours.v1.centre-isere" in run("topics", "--demo")[1]
    assert "mission-locale-voiron" in run("acls")[1]


def test_a_wrong_declaration_is_told_without_a_traceback(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "organisations.yaml"
    path.write_text("organisations: {a: {title: A, colour: blue}}")
    status, _, err = run("topics", "--declaration", str(path))
    assert status == 1
    assert "organisations.a.colour" in err


def test_the_generated_documents_can_be_printed_or_written(run: Run, tmp_path: Path) -> None:
    assert "OrientationSubmitted.json" in json.loads(run("schemas")[1])
    assert run("schemas", "--write", str(tmp_path / "v1"))[0] == 0
    assert (tmp_path / "v1" / "JobStarted.json").exists()
    assert run("asyncapi")[1].startswith("asyncapi: 3.0.0")
    assert run("asyncapi", "--write", str(tmp_path / "asyncapi.yaml"))[0] == 0
    assert "mobilité" in run("vocabularies")[1]
    assert "barrier" in json.loads(run("vocabularies", "--json")[1])


def test_compatibility_is_green_today_and_red_for_a_promise_broken(run: Run, tmp_path: Path, contracts: Path) -> None:
    assert run("compatibility") == (0, "compatible\n", "")
    older = tmp_path / "0.9.0"
    older.mkdir()
    schema = json.loads((contracts / "schemas/v1/JobEnded.json").read_text("utf-8"))
    schema["properties"]["employer_code"] = {"type": "string"}
    (older / "JobEnded.json").write_text(json.dumps(schema))
    status, out, _ = run("compatibility", "--released", str(tmp_path))
    assert status == 1
    assert "JobEnded.json" in out
    assert "employer_code" in out


ALONE = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked())
{code}
"""
NOT_OURS = {
    "yaml",
    "cyclopts",
    "sqlalchemy",
    "aiokafka",
    "faststream",
    "litestar",
    "plie_chassis",
    "plie_deploy",
    "rich",
    "attrs",
    "attr",
}


def alone(code: str) -> subprocess.CompletedProcess[str]:
    script = ALONE.format(blocked=sorted(NOT_OURS), code=code)
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=False
    )


def test_the_package_works_with_pydantic_alone(contracts: Path) -> None:
    code = """
before = set(sys.modules)
import importlib, pkgutil, plie_contracts
for module in pkgutil.walk_packages(plie_contracts.__path__, "plie_contracts."):
    if module.name != "plie_contracts.commands":
        importlib.import_module(module.name)
third = {name.partition(".")[0] for name in set(sys.modules) - before if "site-packages" in (getattr(sys.modules[name], "__file__", None) or "")}
import json; print(json.dumps(sorted(third)))
"""
    done = alone(code)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) <= {
        "pydantic",
        "pydantic_core",
        "annotated_types",
        "typing_extensions",
        "typing_inspection",
    }


def test_the_command_without_its_extra_says_what_it_needs() -> None:
    done = alone("from plie_contracts.cli import main; main()")
    assert done.returncode == 1
    assert "plie-contracts[cli]" in done.stderr
    assert "Traceback" not in done.stderr
