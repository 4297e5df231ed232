"""Whether an API's OpenAPI document says what everything in it means, and nothing besides."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def undescribed(document: Mapping[str, Any]) -> list[str]:
    """The operations, parameters, models and fields without a description."""
    return [name for name, described in _named(document) if not described.get("description")]


def described_in_vain(document: Mapping[str, Any], meanings: Iterable[str]) -> set[str]:
    """What has a meaning and is neither a model nor a field nor a parameter of the API."""
    known = {part for name, _ in _named(document) for part in (name, name.rpartition(".")[2])}
    return set(meanings) - known


def _named(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Models and fields as `Model` and `Model.field`, parameters as `operation.parameter`."""
    for model, schema in document["components"]["schemas"].items():
        yield model, schema
        yield from ((f"{model}.{name}", field) for name, field in schema.get("properties", {}).items())
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        yield operation["operationId"], operation
        for parameter in operation.get("parameters", []):
            yield f"{operation['operationId']}.{parameter['name']}", parameter
