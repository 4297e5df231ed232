"""Drafts of a Département's orientation of an invented person, varied by each test."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from plie_contracts.events import OrientationSubmitted

Body = Callable[..., dict[str, Any]]
Draft = Callable[..., OrientationSubmitted]

BODY: dict[str, Any] = {
    "external_reference": "RSA-2026-000123",
    "prescriber": {"kind": "DEPT", "structure": "Maison du Département Voiron", "advisor": "Conseillère 12"},
    "person": {
        "last_name": "Bérard",
        "first_name": "Noémie",
        "birth_date": "1983-05-04",
        "sex": "F",
        "commune_insee": "38563",
        "phone": "+33476000000",
    },
    "situation": {
        "employment": "unemployed",
        "unemployed_since": "2024-05-01",
        "rsa_recipient": True,
        "first_time_jobseeker": False,
        "entering_iae": False,
        "education_level": 2,
        "qpv_resident": False,
        "disability": "prefer-not-to-say",
    },
    "barriers": ["mobilite", "sante", "numerique"],
    "adhesion": {"given": True, "on": "2026-03-01"},
    "motivation": "Souhaite reprendre une activité à temps partiel.",
    "continuity": None,
}


@pytest.fixture(scope="session")
def body() -> Body:
    """The JSON of `POST /api/v1/orientations`; `person__birth_date="…"` changes a nested field."""

    def varied(**changes: Any) -> dict[str, Any]:
        told = deepcopy(BODY)
        for path, value in changes.items():
            *parents, field = path.split("__")
            part = told
            for parent in parents:
                part = part[parent]
            part[field] = value
        return told

    return varied


@pytest.fixture(scope="session")
def draft(body: Body) -> Draft:
    def varied(**changes: Any) -> OrientationSubmitted:
        return OrientationSubmitted.model_validate_json(json.dumps(body(**changes)))

    return varied
