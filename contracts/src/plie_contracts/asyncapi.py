"""The AsyncAPI 3 document of the streams, generated from the events and committed.

Channels are written with parameters: which organisations exist is the declaration's business, not the contract's."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from plie_contracts.events import EVENTS
from plie_contracts.streams import MAJOR

__all__ = ["document"]

Json = dict[str, Any]
_ORGANISATION: Final = ("organisation",)
_EDGE: Final = ("writer", "reader")
_ADDRESSES: Final[Mapping[str, tuple[str, tuple[str, ...], str]]] = {
    "orientation": (
        "plie.orientation.v{major}.{{organisation}}",
        _ORGANISATION,
        "Orientation facts: orientation → each CLAS, reporting.",
    ),
    "admission": (
        "plie.admission.v{major}.{{organisation}}",
        _ORGANISATION,
        "Admission facts: admission → its Maisons, the other CLAS, reporting.",
    ),
    "parcours": (
        "plie.parcours.v{major}.{{organisation}}",
        _ORGANISATION,
        "Parcours facts: parcours → its CLAS, reporting.",
    ),
    "submission": (
        "plie.submission.v{major}.{{partner}}",
        ("partner",),
        "Orientations of a partner's own IT → the instance that hosts it.",
    ),
    "identity": (
        "plie.identity.v{major}.{{writer}}.to.{{reader}}",
        _EDGE,
        "Who a person is; compacted, full snapshots; a tombstone takes the copy away.",
    ),
    "fse": (
        "plie.fse.v{major}.{{writer}}.to.{{reader}}",
        _EDGE,
        "ESF+ answers: parcours → reporting; compacted, full snapshots.",
    ),
    "notice": (
        "plie.notice.v{major}.{{writer}}.to.{{reader}}",
        _EDGE,
        "Outcomes, information asked and given, erasure asked and done.",
    ),
    "dead-letter": (
        "plie.dead-letter.v{major}.{{reader}}.to.{{writer}}",
        _EDGE,
        "A reader → the writer whose record it could not take.",
    ),
}
_PARAMETERS: Final = {
    "organisation": "The slug of the organisation that writes.",
    "partner": "The slug of the partner, which is also its principal.",
    "writer": "An instance (`<organisation>.<service>`) or a partner's bare slug.",
    "reader": "An instance (`<organisation>.<service>`) or a partner's bare slug.",
}


def document() -> Json:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "PLIE: what organisations share",
            "version": version("plie-contracts"),
            "description": "CloudEvents 1.0 in Kafka binary mode; key = aggregate id (UTF-8); records of 256 kB at most.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {family: _channel(family) for family in _ADDRESSES},
        "operations": {
            f"{verb}-{family}": _operation(action, family)
            for family in _ADDRESSES
            for verb, action in (("write", "send"), ("read", "receive"))
        },
        "components": {
            "messages": {name: _message(name) for name in EVENTS},
            "messageTraits": {
                "cloudEvent": {"headers": _headers(sequence=True)},
                "cloudEventWithoutSequence": {"headers": _headers(sequence=False)},
            },
        },
    }


def _channel(family: str) -> Json:
    address, parameters, description = _ADDRESSES[family]
    return {
        "address": address.format(major=MAJOR),
        "description": description,
        "parameters": {name: {"description": _PARAMETERS[name]} for name in parameters},
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"} for name, event in EVENTS.items() if family == event.FAMILY
        },
    }


def _operation(action: str, family: str) -> Json:
    return {"action": action, "channel": {"$ref": f"#/channels/{family}"}}


def _message(name: str) -> Json:
    event = EVENTS[name]
    trait = "cloudEventWithoutSequence" if event.FAMILY == "submission" else "cloudEvent"
    summary = (event.__doc__ or "").strip().splitlines()
    return {
        "name": event.ce_type(),
        "title": name,
        **({"summary": summary[0]} if summary else {}),
        "contentType": "application/json",
        "traits": [{"$ref": f"#/components/messageTraits/{trait}"}],
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./schemas/v{MAJOR}/{name}.json"},
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": event.KEY}}},
    }


def _headers(*, sequence: bool) -> Json:
    text: Json = {"type": "string"}
    properties: Json = {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "minLength": 1, "maxLength": 128, "description": "UUIDv7 from our writers."},
        "ce_source": {"type": "string", "pattern": "^/organisations/[a-z0-9-]+(/[a-z]+)?$"},
        "ce_type": {"type": "string", "pattern": r"^fr\.plie\.[A-Za-z]+\.v[0-9]+$"},
        "ce_subject": text | {"description": "The record's key."},
        "ce_time": text | {"format": "date-time"},
        "ce_dataschema": {"type": "string", "pattern": "^urn:plie:[A-Za-z]+:v[0-9]+$"},
        "content-type": {"const": "application/json"},
    }
    if sequence:
        properties["ce_sequence"] = {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "1..n per topic and key.",
        }
    required = list(properties)
    properties["traceparent"] = text | {"description": "W3C trace context."}
    return {"type": "object", "properties": properties, "required": required}
