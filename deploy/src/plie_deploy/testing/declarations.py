"""Organisations under slugs of a test's own, with their topics and rights on the run's broker."""

import copy
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

from plie_contracts.declaration import Declaration, Instance, load
from plie_deploy import provision
from plie_deploy.kafka import LocalKafka

DECLARATION = Path(__file__).parents[3] / "organisations.yaml"


@dataclass(frozen=True)
class Declared:
    """Organisations of deploy/organisations.yaml under slugs of this test's own, with their topics and rights made."""

    declaration: Declaration
    path: Path
    """Its file, for PLIE_DECLARATION."""
    passwords: Mapping[str, str]
    """By principal."""
    prefix: str

    def name(self, name: str) -> str:
        """`metropole` → `t3f9a1c-metropole`; `metropole.admission` → `t3f9a1c-metropole.admission`."""
        return self.prefix + name

    def instance(self, name: str) -> Instance:
        """The instance called so in organisations.yaml."""
        return self.declaration.instance(self.name(name))


class Declare(Protocol):
    def __call__(self, *organisations: str, document: Mapping[str, Any] | None = None) -> Declared:
        """Provisions these organisations (none named: all) of a declaration (none given: deploy/organisations.yaml)."""
        ...


@pytest.fixture
def declare(kafka: LocalKafka, tmp_path: Path) -> Iterator[Declare]:
    made: list[Declared] = []

    def new(*organisations: str, document: Mapping[str, Any] | None = None) -> Declared:
        made.append(declared(kafka, tmp_path, *organisations, document=document))
        return made[-1]

    yield new
    for one in made:
        provision.remove(kafka.admin_config, one.declaration)


def declared(
    kafka: LocalKafka, directory: Path, *organisations: str, document: Mapping[str, Any] | None = None
) -> Declared:
    """What the `declare` fixture calls, for a fixture of wider scope; `directory` gets its file."""
    prefix = f"t{secrets.token_hex(3)}-"
    whole = copy.deepcopy(dict(document)) if document else yaml.safe_load(DECLARATION.read_text())
    path = directory / f"{prefix}organisations.json"
    path.write_text(json.dumps(_under_other_slugs(_restricted(whole, organisations), prefix), default=str))
    declaration = load(path)
    passwords = {principal: secrets.token_urlsafe(16) for principal in declaration.principals()}
    provision.provision(kafka.admin_config, declaration, passwords)
    return Declared(declaration, path, passwords, prefix)


def _restricted(document: dict[str, Any], organisations: tuple[str, ...]) -> dict[str, Any]:
    """The declaration of only these organisations; what the others' CLAS served is not served."""
    kept = set(organisations or document["organisations"])
    for slug, block in document["organisations"].items():
        serves = block.get("services", {}).get("admission", {}).get("serves", {})
        for kind, places in serves.items() if slug not in kept else ():
            document["not-served"].setdefault(kind, []).extend(places)
    document["organisations"] = {slug: block for slug, block in document["organisations"].items() if slug in kept}
    document["esf-operations"] = {
        code: operation
        for code, operation in document["esf-operations"].items()
        if kept.issuperset(operation["maisons"])
    }
    return document


def _under_other_slugs(document: dict[str, Any], prefix: str) -> dict[str, Any]:
    for block in document["organisations"].values():
        if "publishes" in block:
            block["publishes"]["hosted-by"] = prefix + block["publishes"]["hosted-by"]
        if "parcours" in block.get("services", {}):
            block["services"]["parcours"]["clas"] = prefix + block["services"]["parcours"]["clas"]
    for operation in document["esf-operations"].values():
        operation["maisons"] = [prefix + maison for maison in operation["maisons"]]
    document["organisations"] = {prefix + slug: block for slug, block in document["organisations"].items()}
    return document
