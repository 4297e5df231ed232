"""Whether an API's OpenAPI document says what everything in it means, and nothing besides."""

from collections.abc import Iterator, Mapping
from typing import Any

SHARED_BY_ALL = {"Problem"}


def undescribed(document: Mapping[str, Any], meanings: Mapping[str, str]) -> list[str]:
    """The operations, parameters and fields without a description, and the models described in the code's words only."""
    mute = [name for name, described in _named(document) if not described.get("description")]
    return [*mute, *sorted(document["components"]["schemas"].keys() - meanings.keys() - SHARED_BY_ALL)]


def described_in_vain(document: Mapping[str, Any], meanings: Mapping[str, str]) -> set[str]:
    """What has a meaning and is neither a model nor a field nor a parameter of the API."""
    named = {part for name, _ in _named(document) for part in (name, name.rpartition(".")[2])}
    return set(meanings) - named - set(document["components"]["schemas"])


def _named(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Models' fields as `Model.field`, parameters as `operation.parameter`."""
    for model, schema in document["components"]["schemas"].items():
        yield from ((f"{model}.{name}", field) for name, field in schema.get("properties", {}).items())
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        yield operation["operationId"], operation
        for parameter in operation.get("parameters", []):
            yield f"{operation['operationId']}.{parameter['name']}", parameter
