"""Types of the fields: each knows its format, its French explanation and, for a code, its vocabulary.

A reader keeps a well-formed code it does not know; a writer uses the codes of the vocabulary only."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from plie_contracts.vocabulary import VOCABULARIES

NOT_CONTROL: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
"""Line breaks and tabs are allowed in a text; every other control character is refused."""


@dataclass(frozen=True, slots=True)
class Format:
    """A string that matches `pattern`; `message` is what the person who wrote it is told."""

    pattern: str
    message: str
    max_length: int | None = None
    min_length: int = 0

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(
            pattern=self.pattern, max_length=self.max_length, min_length=self.min_length or None, strict=True
        )
        return core_schema.custom_error_schema(text, "format", custom_error_message=self.message)


def text_of(max_length: int) -> Format:
    """A text of limited length; line breaks and tabs are allowed."""
    limit = f"{max_length:,}".replace(",", "\u00a0")
    return Format(NOT_CONTROL, f"{limit} caractères au plus sont attendus, sans caractère de contrôle", max_length)


@dataclass(frozen=True, slots=True)
class In:
    """A code of a vocabulary. `closed`: the reader refuses unknown codes too (submissions are read strictly)."""

    vocabulary: str
    closed: bool = False
    pattern: str = r"^[A-Za-z0-9_-]{1,64}$"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if self.closed:
            return core_schema.literal_schema(list(VOCABULARIES[self.vocabulary]))
        text = core_schema.str_schema(pattern=self.pattern, strict=True)
        return core_schema.custom_error_schema(text, "format", custom_error_message=_CODE_MESSAGE)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {"x-vocabulary": self.vocabulary}


@dataclass(frozen=True, slots=True)
class Spelled:
    """A date, an instant or an id: in JSON exactly one spelling, in Python the type itself."""

    pattern: str
    json_format: str
    message: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(pattern=self.pattern, strict=True)
        exact = dict(handler(source))
        if exact["type"] == "datetime":
            exact["tz_constraint"] = "aware"
        spelled = core_schema.chain_schema([text, exact | {"strict": False}])
        both = core_schema.json_or_python_schema(spelled, exact)
        return core_schema.custom_error_schema(both, "format", custom_error_message=self.message)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": self.json_format, "pattern": self.pattern}


_CODE_MESSAGE: Final = "un code de 1 à 64 lettres, chiffres ou tirets est attendu, jamais un texte"
_LOWER: Final = r"^[a-z0-9-]{1,64}$"
_HEX: Final = "[0-9A-Fa-f]"

Code = Annotated[str, Format(_LOWER, _CODE_MESSAGE)]
"""A code whose list belongs to one organisation: a référent, a structure."""
Slug = Annotated[
    str, Format(r"^[a-z0-9-]{1,64}$", "l’identifiant d’une organisation est attendu (minuscules, chiffres, tirets)")
]
Text = Annotated[
    str, Format(NOT_CONTROL, "les caractères de contrôle sont refusés (hors retours à la ligne et tabulations)")
]
Name = Annotated[
    str,
    Format(
        r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        "un texte de 1 à 200 caractères est attendu, sans caractère de contrôle",
        max_length=200,
        min_length=1,
    ),
]
Reference = Annotated[
    str,
    Format(
        r"^[^\s\x00-\x1f\x7f-\x9f](?:[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$",
        "une référence de 1 à 128 caractères imprimables est attendue, sans espace au début ni à la fin",
        max_length=128,
    ),
]
Email = Annotated[
    str,
    Format(
        r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+\.[^@\s\x00-\x1f\x7f-\x9f]+$",
        "une adresse électronique est attendue",
        max_length=254,
    ),
]
CommuneInsee = Annotated[
    str,
    Format(
        r"^(?:[0-9]{2}|2[AB])[0-9]{3}$", "le code INSEE d’une commune a cinq caractères (ce n’est pas le code postal)"
    ),
]
Rome = Annotated[str, Format(r"^[A-Z][0-9]{4}$", "un code ROME a une lettre et quatre chiffres")]
Day = Annotated[
    date,
    Spelled(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "date", "une date AAAA-MM-JJ est attendue"),
]
Instant = Annotated[
    datetime,
    Spelled(
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$",
        "date-time",
        "un instant avec décalage horaire est attendu (2026-03-02T09:14:05+01:00)",
    ),
]
Id = Annotated[
    UUID,
    Spelled(
        rf"^{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}$",
        "uuid",
        "un UUID est attendu",
    ),
]

Age = Annotated[int, Field(ge=14, le=99)]
WeeklyHours = Annotated[float, Field(ge=1, le=48)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Number = Annotated[int, Field(ge=1, le=1_000_000_000)]
Hours = Annotated[float, Field(ge=0, le=10_000)]
EducationLevel = Annotated[int, Field(ge=0, le=8)]
BarrierLevel = Annotated[int, Field(ge=0, le=3)]

PrescriberKind = Annotated[str, In("prescriber-kind")]
Reorientation = Annotated[str, In("reorientation", pattern=_LOWER)]
Sex = Annotated[str, In("sex")]
Employment = Annotated[str, In("employment")]
Disability = Annotated[str, In("disability")]
Barrier = Annotated[str, In("barrier", pattern=_LOWER)]
Barriers = Annotated[tuple[Barrier, ...], Strict(False)]
Stage = Annotated[str, In("stage")]
CriterionResult = Annotated[str, In("criterion-result")]
PlusValue = Annotated[str, In("plus-value", pattern=_LOWER)]
DecisionReason = Annotated[str, In("decision-reason", pattern=_LOWER)]
AssignmentReason = Annotated[str, In("assignment-reason", pattern=_LOWER)]
CorrectionReason = Annotated[str, In("correction-reason", pattern=_LOWER)]
Evidence = Annotated[str, In("evidence", pattern=_LOWER)]
SubjectKind = Annotated[str, In("subject-kind")]
