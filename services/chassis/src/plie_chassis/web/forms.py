"""A form as a person filled it in: its texts are kept as typed, so that a refused form comes back complete."""

from collections.abc import Iterable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

from litestar import Request
from pydantic import BaseModel

from plie_chassis.problems import FieldError, Problem
from plie_chassis.web.guards import CSRF_FIELD
from plie_chassis.web.validation import read_fields

M = TypeVar("M", bound=BaseModel)

_SPACES: Final = str.maketrans("", "", " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")


class Form:
    """Values by field name (`person.last_name`, `barriers`, `members[0].name`), and the problem found with them."""

    def __init__(
        self,
        values: Mapping[str, Sequence[str]] | None = None,
        problem: Problem | None = None,
    ) -> None:
        self._values = dict(values or {})
        self._labels: dict[str, str] = {}
        self.problem = problem

    @classmethod
    def of(cls, values: Mapping[str, object]) -> "Form":
        """A form that starts with these values; nested ones by their full name, lists as several values."""
        return cls({name: _texts(value) for name, value in values.items()})

    @classmethod
    async def sent_with(cls, request: Request[Any, Any, Any]) -> "Form":
        values: dict[str, list[str]] = {}
        for name, value in (await request.form()).multi_items():
            if name != CSRF_FIELD:
                values.setdefault(name, []).append(str(value))
        return cls(values)

    def refused(self, problem: Problem) -> "Form":
        """The same form with what is wrong with it, to be shown again."""
        return Form(self._values, problem)

    def read(self, model: type[M]) -> M:
        """Raises Invalid naming each field. An empty text is an absent value."""
        taken: set[str] = set()
        fields = _fields(model, "", self._values, taken)
        unknown = {name: values[-1] for name, values in self._values.items() if name not in taken}
        return read_fields(model, {**unknown, **fields})

    def value(self, name: str) -> str:
        return self._values[name][-1] if self._values.get(name) else ""

    def values(self, name: str) -> Sequence[str]:
        return self._values.get(name, ())

    def error(self, name: str) -> FieldError | None:
        """The first error of the field, or of one of its items."""
        for error in self.errors:
            if error.path == name or error.path.startswith(f"{name}["):
                return error
        return None

    def show(self, name: str, label: str) -> str:
        """Each field macro says how the page names its field; nothing is written."""
        self._labels[name] = label
        return ""

    def place(self, error: FieldError) -> tuple[str, str]:
        """The field to go to for an error, and its label; of an item the list, of a group its first field."""
        group = error.path.partition("[")[0]
        inside = (name for name in self._labels if group and name.startswith(f"{group}."))
        name = next((name for name in (error.path, group, *inside) if name in self._labels), error.path)
        return name, self._labels.get(name, "")

    @property
    def errors(self) -> Sequence[FieldError]:
        return self.problem.errors if self.problem else ()


def _texts(value: object) -> Sequence[str]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Iterable):
        return tuple(str(item) for item in value)
    return (str(value).lower(),) if isinstance(value, bool) else (str(value),)


def _fields(
    model: type[BaseModel], prefix: str, values: Mapping[str, Sequence[str]], taken: set[str]
) -> dict[str, Any]:
    """The nested document that the flat names stand for, shaped by the model's own types."""
    found: dict[str, Any] = {}
    for field_name, field in model.model_fields.items():
        name = f"{prefix}{field_name}"
        kind, optional = _kind(field.annotation)
        item = next(iter(get_args(kind)), None) if get_origin(kind) in {list, tuple, set, frozenset} else None
        if isinstance(item, type) and issubclass(item, BaseModel):
            found[field_name] = _items(item, name, values, taken)
        elif item is not None:
            taken.add(name)
            found[field_name] = [text for text in values.get(name, ()) if text.strip()]
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            nested = _fields(kind, f"{name}.", values, taken)
            if any(value not in (None, [], False) for value in nested.values()) or not optional:
                found[field_name] = nested
        elif name in values:
            taken.add(name)
            text = values[name][-1].strip()
            if text:
                found[field_name] = text.translate(_SPACES).replace(",", ".") if kind in {int, float} else text
            elif optional:
                found[field_name] = None
        elif kind is bool and not optional and field.is_required():
            found[field_name] = False  # browsers do not send a box that is not ticked
    return found


def _items(item: type[BaseModel], name: str, values: Mapping[str, Sequence[str]], taken: set[str]) -> list[Any]:
    start = f"{name}["
    numbers = {sent[len(start) :].partition("]")[0] for sent in values if sent.startswith(start)}
    found = (
        _fields(item, f"{name}[{number}].", values, taken) for number in sorted(filter(str.isdecimal, numbers), key=int)
    )
    return [fields for fields in found if any(value not in (None, [], False) for value in fields.values())]


def _kind(annotation: Any) -> tuple[Any, bool]:
    """The type under `Annotated` and `| None`, and whether None is admitted."""
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        parts = get_args(annotation)
        some = [part for part in parts if part is not NoneType]
        return (_kind(some[0])[0] if len(some) == 1 else annotation), NoneType in parts
    return annotation, False
