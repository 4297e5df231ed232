"""Commands that print what is derived from the events and the declaration, and check a partner's records.

Each has its machine-readable form; none writes anywhere but where it is told."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from cyclopts import App, Parameter

from plie_contracts import asyncapi, compatibility, schemas
from plie_contracts.declaration import Declaration, DeclarationError, load
from plie_contracts.validation import verdict

APP: Final = App(name="plie-contracts", help="What the organisations of a PLIE share: events, streams, vocabularies.")
Declared = Annotated[Path, Parameter(name="--declaration", env_var="PLIE_DECLARATION")]
AsJson = Annotated[bool, Parameter(name="--json", negative=())]


@APP.command(name="schemas")
def print_schemas(*, write: Path | None = None) -> None:
    """Print the JSON Schemas, or write them to a folder."""
    if write is None:
        print(_json(schemas.documents()))
    else:
        schemas.write(write)


@APP.command(name="asyncapi")
def print_asyncapi(*, write: Path | None = None) -> None:
    """Print the AsyncAPI 3 document, or write it to a file."""
    text = yaml.safe_dump(asyncapi.document(), sort_keys=False, allow_unicode=True, width=120)
    if write is None:
        print(text, end="")
    else:
        write.write_text(text, "utf-8")


@APP.command(name="vocabularies")
def print_vocabularies(*, as_json: AsJson = False) -> None:
    """Print every vocabulary: code, French label, ESF+ indicator."""
    tables = schemas.vocabularies()
    if as_json:
        print(_json(tables))
        return
    for name, terms in tables.items():
        print(f"{name}\n{_table([('  ' + term['code'], term['label'], term.get('esf', '')) for term in terms])}")


@APP.command(name="topics")
def print_topics(
    *, declaration: Declared = Path("deploy/organisations.yaml"), demo: bool = False, as_json: AsJson = False
) -> None:
    """Print the topics derived from the declaration."""
    specs = _load(declaration).topics(demo=demo)
    if as_json:
        print(_json([spec.as_json() for spec in specs]))
    else:
        print(
            _table([(spec.name, str(spec.partitions), " ".join(map("=".join, spec.config.items()))) for spec in specs])
        )


@APP.command(name="acls")
def print_acls(*, declaration: Declared = Path("deploy/organisations.yaml"), as_json: AsJson = False) -> None:
    """Print the LITERAL rights derived from the declaration."""
    grants = _load(declaration).acls()
    print(_json([grant._asdict() for grant in grants]) if as_json else _table(grants))


@APP.command
def validate(*files: Path, as_json: AsJson = False) -> None:
    """Check records written as JSON (topic, key, headers, data): one line each, exit 1 when one is refused."""
    verdicts = {str(file): verdict(file) for file in files}
    if as_json:
        ok = {"result": "ok"}
        print(
            _json(
                [{"file": file} | (ok if refusal is None else refusal.as_json()) for file, refusal in verdicts.items()]
            )
        )
    else:
        for refusal in verdicts.values():
            print("ok" if refusal is None else f"refused {refusal.code} {refusal.path or '-'} {refusal.message}")
    if any(verdicts.values()):
        sys.exit(1)


@APP.command(name="compatibility")
def check_compatibility(*, released: Path = Path("contracts/released")) -> None:
    """Compare the events with every released version: exit 1 when one of them is broken."""
    current = schemas.documents()
    found = [
        (version, *broken)
        for version, documents in compatibility.released(released).items()
        for broken in compatibility.breaks(documents, current)
    ]
    print(_table(found) if found else "compatible")
    if found:
        sys.exit(1)


def _load(path: Path) -> Declaration:
    try:
        return load(path)
    except DeclarationError as error:
        sys.exit("\n".join(error.problems))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _table(rows: Iterable[Sequence[str]]) -> str:
    lines = list(rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
