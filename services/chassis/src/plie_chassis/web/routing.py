"""How routes take their input: plain annotations, and JSON bodies that go to their Pydantic model as bytes.

One parse by the rules of JSON, so that a strict model still reads dates, and refuses "3" for 3.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from litestar import Request
from litestar.exceptions import LitestarDeprecationWarning
from litestar.plugins.pydantic import PydanticInitPlugin
from litestar.utils.predicates import is_class_and_subclass
from pydantic import BaseModel

from plie_chassis.problems import UnsupportedMedia
from plie_chassis.web.validation import read_json


class JsonFromBytes(Request[Any, Any, Any]):
    async def json(self) -> bytes:
        kind = self.content_type[0]
        if kind and kind != "application/json" and not kind.endswith("+json"):
            raise UnsupportedMedia(f"Le corps est attendu en « application/json », et non en « {kind} ».")
        return await self.body()


class ModelsFromBytes(PydanticInitPlugin):
    """In place of Litestar's own, which validates what was already parsed.

    Litestar keeps the decoder on the model's class: every application built on the same routes needs this plugin.
    """

    @classmethod
    def decoders(cls, validate_strict: bool = False) -> list[tuple[Callable[[Any], bool], Callable[[Any, Any], Any]]]:
        del validate_strict  # each model says how strict it is
        return [(_is_model, _read_model)]


def _is_model(kind: Any) -> bool:
    return is_class_and_subclass(kind, BaseModel)


def _read_model(model: type[BaseModel], value: Any) -> BaseModel:
    return read_json(model, value) if isinstance(value, bytes) else model.model_validate(value)


@contextmanager
def plain_annotations() -> Iterator[None]:
    """While an application is built: Litestar 3 will ask for a marker on each parameter, Litestar 2 only warns."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore",
            message=".*(deprecated inferred|Inferred dependency|Reserved kwarg)",
            category=LitestarDeprecationWarning,
        )
        yield
