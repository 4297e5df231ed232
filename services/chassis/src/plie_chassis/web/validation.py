"""Bodies against their Pydantic models, straight from bytes; what does not fit is told in French, field by field."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from plie_chassis.problems import BadRequest, FieldError, Invalid
from plie_contracts.documents import Undecodable, decode
from plie_contracts.explanations import explain

M = TypeVar("M", bound=BaseModel)

# How a control character shows in JSON text; a hit is only a reason to look closer.
_MAY_HOLDCONTROL: Final = re.compile(rb"\\(?:u00|b|f)|\x7f|\xc2[\x80-\x9f]")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class MalformedBody(BadRequest):
    code = "json.invalid"
    title = "JSON illisible"


def read_json(model: type[M], body: bytes) -> M:
    """Raises MalformedBody where `body` is no JSON, Invalid where it is not what `model` says."""
    try:
        read = model.model_validate_json(body)
    except ValidationError as error:
        if any(found["type"] == "json_invalid" for found in error.errors(include_url=False, include_input=False)):
            raise MalformedBody(f"Le corps de la demande n’est pas lisible : {_why(body)}.") from None
        raise refused(error) from None
    if _MAY_HOLDCONTROL.search(body):
        refuse_control_characters(json.loads(body))
    return read


def read_fields(model: type[M], fields: Mapping[str, Any]) -> M:
    """The same for the fields of a form, whose values are texts."""
    refuse_control_characters(fields)
    try:
        return model.model_validate(fields, strict=False)
    except ValidationError as error:
        raise refused(error) from None


def refused(error: ValidationError) -> Invalid:
    errors = [FieldError(path, code, sentence(message)) for path, code, message in explain(error)]
    return Invalid(f"{_counted(len(errors))} Rien n’est enregistré.", errors=errors)


def refuse_control_characters(document: Any, path: str = "") -> None:
    """Texts may hold line breaks and tabs; other control characters are invisible and PostgreSQL refuses some."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            refuse_control_characters(value, f"{path}.{name}" if path else str(name))
    elif isinstance(document, Sequence) and not isinstance(document, str):
        for index, value in enumerate(document):
            refuse_control_characters(value, f"{path}[{index}]")
    elif isinstance(document, str) and CONTROL.search(document):
        rule = "Ce texte contient un caractère de contrôle. Seuls les retours à la ligne et les tabulations sont admis."
        raise Invalid(
            f"{_counted(1)} Rien n’est enregistré.", errors=[FieldError(path, "field.control-character", rule)]
        )


def sentence(message: str) -> str:
    """`ce champ est obligatoire` as it stands beside a field."""
    capital = message[:1].upper() + message[1:]
    return capital if capital.endswith((".", "!", "?")) else f"{capital}."


def _counted(errors: int) -> str:
    return "1 champ est à corriger." if errors == 1 else f"{errors} champs sont à corriger."


def _why(body: bytes) -> str:
    try:
        decode(body)
    except Undecodable as why:
        return str(why)
    return "ce n’est pas du JSON"
