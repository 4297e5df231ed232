"""JSON Schemas of the events, generated from the models and committed: never edited by hand.

They say what a reader accepts: fields may be added, codes of a vocabulary too; submissions alone are closed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from plie_contracts.events import EVENTS, Event
from plie_contracts.events.consistency import DURABLE_CDD_MONTHS, DURABLE_CONTRACTS, PASSING_CONTRACTS
from plie_contracts.privacy import IDENTITY_NAMES, NEVER_COLLECTED, SENSITIVE_NAMES
from plie_contracts.streams import FACTS
from plie_contracts.vocabulary import VOCABULARIES

__all__ = ["DIALECT", "documents", "schema", "vocabularies", "write"]

Json = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema(event: type[Event]) -> Json:
    """The schema of one event's data."""
    facts = event.FAMILY in FACTS
    body = event.model_json_schema(by_alias=True)
    for part in (body, *body.get("$defs", {}).values()):
        _of_part(part, closed=event.FAMILY == "submission")
    for field in _fields(body):
        _of_field(field, facts=facts)
    never = NEVER_COLLECTED | IDENTITY_NAMES | SENSITIVE_NAMES if facts else NEVER_COLLECTED
    later = {"$ref": "#/$defs/Later"}
    body.setdefault("$defs", {}).update(
        Name={"description": "The names no field may have, at any depth.", "not": {"enum": sorted(never)}},
        Later={
            "description": "A field a later version added.",
            "propertyNames": {"$ref": "#/$defs/Name"},
            "additionalProperties": later,
            "items": later,
        },
    )
    if event.FAMILY == "submission":
        body["required"] = [event.KEY, *body["required"]]
        body["properties"][event.KEY] = body["properties"][event.KEY]["anyOf"][0]
    if conditions := _CONDITIONS.get(event.name):
        body["allOf"] = conditions
    head = {
        "$schema": DIALECT,
        "$id": event.dataschema(),
        "title": event.name,
        "x-stream": event.FAMILY,
        "x-key": event.KEY,
    }
    return head | {name: value for name, value in body.items() if name not in head}


def vocabularies() -> Json:
    """Every vocabulary: code, French label, ESF+ indicator, what facts say instead of a sensitive code."""
    return {
        name: [
            {"code": term.code, "label": term.label}
            | ({"esf": term.esf} if term.esf else {})
            | ({} if term.in_facts is None else {"in_facts": term.in_facts or None})
            for term in terms.values()
        ]
        for name, terms in VOCABULARIES.items()
    }


def documents() -> Mapping[str, Json]:
    """The committed files of this major, by name."""
    return {f"{name}.json": schema(event) for name, event in EVENTS.items()} | {"vocabularies.json": vocabularies()}


def write(folder: Path) -> None:
    """Makes `folder` hold exactly the documents."""
    folder.mkdir(parents=True, exist_ok=True)
    made = documents()
    for name, document in made.items():
        (folder / name).write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    for path in folder.glob("*.json"):
        if path.name not in made:
            path.unlink()


def _of_part(part: Json, *, closed: bool) -> None:
    part.pop("title", None)
    part["propertyNames"] = {"$ref": "#/$defs/Name"}
    part["additionalProperties"] = False if closed else {"$ref": "#/$defs/Later"}
    for field in part["properties"].values():
        field.pop("title", None)
        if field.get("default", ...) is None:
            del field["default"]


def _of_field(field: Json, *, facts: bool) -> None:
    vocabulary = field.get("x-vocabulary")
    if vocabulary is None or "enum" in field:
        return
    terms = VOCABULARIES[vocabulary].values()
    field["examples"] = [term.code for term in terms if not facts or term.in_facts is None]
    hidden = [term.code for term in terms if term.in_facts is not None]
    if facts and hidden:
        field["not"] = {"enum": hidden}


def _fields(node: Any) -> Iterator[Json]:
    """Every schema below a node, so that a code inside a list or beside null is found too."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _fields(value)
    elif isinstance(node, list):
        for value in node:
            yield from _fields(value)


def _when(condition: Json, then: Json) -> Json:
    stated: Json = {"properties": condition, "required": list(condition)}
    return {"if": stated, "then": {"properties": then, "required": list(then)}}


_CONTRACT: Final = [
    _when({"contract_kind": {"const": "cdd"}}, {"contract_months": {"type": "integer"}}),
    _when({"contract_kind": {"enum": sorted(DURABLE_CONTRACTS)}}, {"durable": {"const": True}}),
    _when({"contract_kind": {"enum": sorted(PASSING_CONTRACTS)}}, {"durable": {"const": False}}),
    _when(
        {"contract_kind": {"const": "cdd"}, "contract_months": {"minimum": DURABLE_CDD_MONTHS + 1}},
        {"durable": {"const": True}},
    ),
    _when(
        {"contract_kind": {"const": "cdd"}, "contract_months": {"maximum": DURABLE_CDD_MONTHS}},
        {"durable": {"const": False}},
    ),
]
_JOB_OR_STEP: Final = {
    "oneOf": [{"properties": {field: {"type": "string"}}, "required": [field]} for field in ("job_id", "step_id")]
}
_FIRST_INTERVIEW: Final = _when({"first_interview": {"const": True}}, {"medium": {"const": "presentiel"}})
_RETENTION: Final = _when(
    {"retained_6_months": {"const": True}}, {"retained_3_months": {"const": True}, "months_followed": {"minimum": 6}}
)
# The rules of events/consistency.py that JSON Schema can say; it cannot compare two dates.
_CONDITIONS: Final[Mapping[str, list[Json]]] = {
    "ContactLogged": [_FIRST_INTERVIEW],
    "ContactCorrected": [_FIRST_INTERVIEW],
    "JobStarted": _CONTRACT,
    "JobCorrected": _CONTRACT,
    "FollowUpStarted": [_JOB_OR_STEP],
    "FollowUpMilestone": [_JOB_OR_STEP],
    "FollowUpEnded": [_JOB_OR_STEP, _RETENTION],
}
