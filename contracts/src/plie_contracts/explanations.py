"""What pydantic found wrong, said in French for the person who wrote it.

One line an error: the JSON path (`person.birth_date`, `barriers[1]`), a stable code, the rule that is broken."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import ValidationError

__all__ = ["explain", "json_path"]

Explanation = tuple[str, str, str]

_MESSAGES: Final[Mapping[str, tuple[str, str | Callable[[Mapping[str, Any]], str]]]] = {
    "missing": ("field.missing", "ce champ est obligatoire"),
    "extra_forbidden": ("field.unknown", "ce champ n’existe pas"),
    "format": ("field.format", lambda c: c["__message__"]),
    "literal_error": (
        "field.value",
        lambda c: f"une de ces valeurs est attendue : {c['expected'].replace(' or ', ', ')}",
    ),
    "greater_than_equal": ("field.range", lambda c: f"la valeur minimale est {_number(c['ge'])}"),
    "greater_than": ("field.range", lambda c: f"la valeur doit dépasser {_number(c['gt'])}"),
    "less_than_equal": ("field.range", lambda c: f"la valeur maximale est {_number(c['le'])}"),
    "string_too_long": ("field.length", lambda c: f"{c['max_length']} caractères au plus"),
    "string_too_short": ("field.length", lambda c: f"{c['min_length']} caractère au moins"),
    "string_pattern_mismatch": ("field.format", "cette valeur n’a pas la forme attendue"),
    "string_type": ("field.type", "un texte est attendu"),
    "string_unicode": ("field.type", "un texte Unicode est attendu"),
    "int_type": ("field.type", "un nombre entier est attendu"),
    "int_parsing": ("field.type", "un nombre entier est attendu"),
    "int_parsing_size": ("field.range", "ce nombre est trop grand"),
    "int_from_float": ("field.type", "un nombre entier est attendu"),
    "float_type": ("field.type", "un nombre est attendu"),
    "float_parsing": ("field.type", "un nombre est attendu"),
    "finite_number": ("field.range", "un nombre fini est attendu"),
    "bool_type": ("field.type", "vrai ou faux est attendu (true, false)"),
    "bool_parsing": ("field.type", "vrai ou faux est attendu (true, false)"),
    "uuid_type": ("field.format", "un UUID est attendu"),
    "uuid_parsing": ("field.format", "un UUID est attendu"),
    "timezone_aware": ("field.format", "un instant porte un décalage horaire (2026-03-02T09:14:05+01:00)"),
    "model_type": ("field.type", "un objet est attendu"),
    "model_attributes_type": ("field.type", "un objet est attendu"),
    "dict_type": ("field.type", "un objet est attendu"),
    "tuple_type": ("field.type", "une liste est attendue"),
    "list_type": ("field.type", "une liste est attendue"),
    "json_invalid": ("json.invalid", "ce n’est pas du JSON"),
    "json_type": ("json.invalid", "ce n’est pas du JSON"),
    "consistency": ("consistency", lambda c: c["message"]),
}


def explain(error: ValidationError) -> list[Explanation]:
    """(path, code, message) of each error, for `errors` of a problem+json as for a refusal."""
    return [_explained(detail) for detail in error.errors(include_url=False, include_input=False)]


def json_path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _explained(detail: Any) -> Explanation:
    kind, context = detail["type"], detail.get("ctx", {})
    path = json_path(detail["loc"])
    if kind == "consistency":
        path = f"{path}.{context['path']}" if path else context["path"]
        return path, f"consistency.{context['rule'].replace('_', '-')}", context["message"]
    if kind.startswith(("date_", "datetime_")):
        is_day = kind.startswith("date_") or kind == "date_type"
        wanted = "une date AAAA-MM-JJ est attendue" if is_day else "un instant ISO 8601 avec décalage est attendu"
        return path, "field.format", wanted
    code, message = _MESSAGES.get(kind, ("field.invalid", "cette valeur est refusée"))
    return path, code, message if isinstance(message, str) else message({**context, "__message__": detail["msg"]})


def _number(value: float) -> str:
    return f"{value:g}".replace(".", ",")
