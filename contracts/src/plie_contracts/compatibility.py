"""Is a schema still good for those who use a released one? Within a major only optional fields are added.

Nothing is removed, newly required, no longer required, or narrowed: neither a field, a type, a limit nor a code."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

__all__ = ["Break", "breaks", "released"]

Json = Mapping[str, Any]
VOCABULARIES: Final = "vocabularies.json"
_FLOORS: Final = ("minimum", "minLength", "minItems")
_CEILINGS: Final = ("maximum", "maxLength", "maxItems")
_EXACT: Final = ("pattern", "format", "not", "x-vocabulary")


class Break(NamedTuple):
    document: str
    path: str
    what: str


def released(folder: Path) -> dict[str, dict[str, Json]]:
    """The documents of each released version found in a folder, by version and file name."""
    return {
        version.name: {path.name: json.loads(path.read_text("utf-8")) for path in sorted(version.glob("*.json"))}
        for version in sorted(folder.iterdir())
        if version.is_dir()
    }


def breaks(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[Break]:
    """What the new documents break for those who use the old ones."""
    found: list[Break] = []
    for name, document in old.items():
        if name not in new:
            found.append(Break(name, "", "removed"))
        elif name == VOCABULARIES:
            found += [Break(name, path, what) for path, what in _codes(document, new[name])]
        else:
            found += [Break(name, path, what) for path, what in _document(document, new[name])]
    return found


def _codes(old: Json, new: Json) -> Iterator[tuple[str, str]]:
    for vocabulary, terms in old.items():
        if vocabulary not in new:
            yield vocabulary, "vocabulary removed"
            continue
        kept = {term["code"] for term in new[vocabulary]}
        for term in terms:
            if term["code"] not in kept:
                yield f"{vocabulary}.{term['code']}", "code removed"


def _document(old: Json, new: Json) -> Iterator[tuple[str, str]]:
    for name in ("x-stream", "x-key"):
        if old.get(name) != new.get(name):
            yield name, f"changed from {old.get(name)} to {new.get(name)}"
    yield from _object(old, new, old, new, "")


def _object(old: Json, new: Json, old_root: Json, new_root: Json, path: str) -> Iterator[tuple[str, str]]:
    before, after = old.get("properties", {}), new.get("properties", {})
    was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
    for name in before:
        here = f"{path}.{name}" if path else name
        if name not in after:
            yield here, "field removed"
            continue
        if name in is_required - was_required:
            yield here, "newly required"
        if name in was_required - is_required:
            yield here, "no longer required: a released reader expects it"
        yield from _value(before[name], after[name], old_root, new_root, here)
    for name in after:
        if name not in before and name in is_required:
            yield f"{path}.{name}" if path else name, "new field is required"
    if new.get("additionalProperties", True) is False and old.get("additionalProperties", True) is not False:
        yield path, "unknown fields are no longer accepted"
    if extra := [rule for rule in new.get("allOf", ()) if rule not in old.get("allOf", ())]:
        yield path, f"{len(extra)} more rule(s) between fields"


def _value(old: Json, new: Json, old_root: Json, new_root: Json, path: str) -> Iterator[tuple[str, str]]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    before, after = _kinds(old, old_root), _kinds(new, new_root)
    if before.keys() != after.keys():
        yield path, f"type changed from {' or '.join(before)} to {' or '.join(after)}"
        return
    for kind, was in before.items():
        now = after[kind]
        yield from ((path, what) for what in _limits(was, now))
        if kind == "object":
            yield from _object(was, now, old_root, new_root, path)
        if kind == "array":
            yield from _value(was.get("items", {}), now.get("items", {}), old_root, new_root, path + "[]")


def _limits(old: Json, new: Json) -> Iterator[str]:
    for name in _FLOORS:
        if name in new and new[name] > old.get(name, float("-inf")):
            yield f"{name} raised to {new[name]}"
    for name in _CEILINGS:
        if name in new and new[name] < old.get(name, float("inf")):
            yield f"{name} lowered to {new[name]}"
    for name in _EXACT:
        if old.get(name) != new.get(name):
            yield f"{name} changed"
    if "enum" in new and (gone := [code for code in old.get("enum", ()) if code not in new["enum"]]):
        yield f"no longer among the values: {', '.join(map(str, gone))}"
    if "enum" in new and "enum" not in old:
        yield "values are now limited to a list"
    if old.get("const") != new.get("const"):
        yield "const changed"


def _kinds(node: Json, root: Json) -> dict[str, Json]:
    """The shapes a value may take, by JSON type."""
    options = [_resolved(option, root) for option in node.get("anyOf", (node,))]
    return {str(option.get("type", "enum" if "enum" in option else "any")): option for option in options}


def _resolved(node: Json, root: Json) -> Json:
    reference = node.get("$ref")
    return root["$defs"][reference.rsplit("/", 1)[-1]] if reference else node
