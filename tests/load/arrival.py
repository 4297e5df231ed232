"""Orientations and contacts as partners and référents send them: open loop, each at its own time, whatever is slow."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle
from secrets import choice, randbelow, token_hex
from string import ascii_lowercase
from typing import Any
from uuid import UUID

import httpx

from .platform import Instance, Platform

PRESCRIBERS = ("departement-38.orientation", "pole-emploi-38.orientation")
MAISONS = ("mde-grenoble-nord.parcours", "mde-grenoble-sud.parcours", "centre-isere.parcours")
KINDS = {"departement-38.orientation": "DEPT", "pole-emploi-38.orientation": "FT"}
COMMUNES = ("38185", "38563")
CONTACTS_PER_ORIENTATION = 3
TODAY = date.today().isoformat()  # noqa: DTZ011 (the platform's own day)


@dataclass
class Told:
    """What was accepted, and when; what was answered otherwise, by status (0: no answer)."""

    orientations: dict[UUID, float] = field(default_factory=dict)
    contacts: dict[UUID, float] = field(default_factory=dict)
    errors: Counter[int] = field(default_factory=Counter)
    sent: int = 0

    @property
    def accepted(self) -> int:
        return len(self.orientations) + len(self.contacts)


class Partners:
    """The clients of all instances that are spoken to."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Partners":
        names = (*PRESCRIBERS, *MAISONS)
        self._clients = {name: await self._stack.enter_async_context(_client(self._platform[name])) for name in names}
        accompanied = [
            (maison, item["participant_id"]) for maison in MAISONS for item in await self._participants(maison)
        ]
        assert accompanied, "nobody is accompanied here: start the platform with its demo data"
        self._accompanied, self._prescribers, self._number = cycle(accompanied), cycle(PRESCRIBERS), 0
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def act(self, told: Told) -> None:
        """Send the next orientation or contact."""
        self._number += 1
        told.sent += 1
        if self._number % (CONTACTS_PER_ORIENTATION + 1):
            maison, participant = next(self._accompanied)
            await self._send(maison, f"/api/v1/participants/{participant}/contacts", contact(), told, "contact_id")
        else:
            prescriber = next(self._prescribers)
            body = orientation(KINDS[prescriber], COMMUNES[self._number // 4 % 2])
            await self._send(prescriber, "/api/v1/orientations", body, told, "orientation_id")

    async def batch(self, count: int, told: Told) -> None:
        """So many orientations in one request, as a partner that was away sends them."""
        prescriber = PRESCRIBERS[0]
        lines = "\n".join(json.dumps(orientation(KINDS[prescriber], COMMUNES[n % 2])) for n in range(count))
        answer = await self._clients[prescriber].post(
            "/api/v1/orientations/batch",
            content=lines,
            headers={"Content-Type": "application/x-ndjson"},
            timeout=300,
        )
        now = time.time()
        told.sent += count
        for line in answer.text.splitlines():
            result = json.loads(line)
            if "orientation_id" in result:
                told.orientations[UUID(result["orientation_id"])] = now
            else:
                told.errors[int(result.get("status", 0))] += 1

    async def _send(self, name: str, path: str, body: dict[str, Any], told: Told, id_: str) -> None:
        try:
            answer = await self._clients[name].post(path, json=body)
        except httpx.HTTPError:
            told.errors[0] += 1
            return
        if answer.status_code != 201:
            told.errors[answer.status_code] += 1
            return
        kept = told.orientations if id_ == "orientation_id" else told.contacts
        kept[UUID(answer.json()[id_])] = time.time()

    async def _participants(self, maison: str) -> Sequence[dict[str, Any]]:
        given = {"stage": "accompaniment", "limit": "200"}
        answer = await self._clients[maison].get("/api/v1/participants", params=given)
        answer.raise_for_status()
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def _client(instance: Instance) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=instance.url,
        headers={"Authorization": f"Bearer {instance.token}"},
        timeout=30,
        limits=httpx.Limits(max_connections=50),
    )


def contact() -> dict[str, Any]:
    return {
        "occurred_on": TODAY,
        "medium": "telephone",
        "format": "individuel",
        "with_referent": True,
        "outcome": "honore",
        "duration_minutes": 20,
        "note": None,
    }


def orientation(kind: str, commune: str) -> dict[str, Any]:
    """Of somebody new, who looks like nobody else: a CLAS compares everyone with everyone."""
    name, born = "".join(choice(ascii_lowercase) for _ in range(8)).capitalize(), date(1965, 1, 1)
    return {
        "external_reference": token_hex(12),
        "prescriber": {"kind": kind, "structure": "Essai de charge", "advisor": None, "advisor_email": None},
        "person": {
            "last_name": name, "first_name": "Essai", "sex": "F",
            "birth_date": str(born + timedelta(days=randbelow(14_000))),
            "commune_insee": commune, "address": None, "phone": None, "email": None,
        },
        "situation": {
            "employment": "unemployed", "unemployed_since": "2024-05-01", "rsa_recipient": True, "first_time_jobseeker": False,
            "entering_iae": False, "precarious_jobs": True, "foreign_diploma": False, "education_level": 2,
            "qpv_resident": False, "disability": "prefer-not-to-say",
        },
        "barriers": ["mobilite"],
        "adhesion": {"given": True, "on": TODAY},
        "motivation": "Essai de charge, à oublier.",
        "continuity": None,
    }  # fmt: skip
