"""What reporting must say, counted by SQL of its own from the tables of those who know, beside what its API says."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, NamedTuple

from . import evidence
from .world import World, until

PERIOD = {"from": "2020-01-01", "to": "2035-12-31"}
STATUSES = ("received", "pending", "admitted", "deferred", "refused", "withdrawn")
COUNTED = (
    *(f"orientations.{status}" for status in STATUSES),
    *("parcours.entered", "parcours.active", "parcours.ended"),
    *(f"exits.{kind}" for kind in ("positive", "en-attente", "sans-suite")),
    *(f"contacts.{medium}" for medium in ("total", "presentiel", "telephone", "visio", "courriel", "autre")),
    *(f"jobs.{kind}" for kind in ("started", "durable", "cdi", "cdd", "interim")),
)
DIMENSIONS = ("prescriber_kind", "commune", "sex", "maison")

# From whoever owns what it counts: the prescriber's orientations, the commission's decisions, the Maison's facts.
ORIENTED = """
    select cast(id as text) as id,
           exists (select from jsonb_array_elements(later) entry where entry ->> 'status' = 'withdrawn') as withdrawn,
           draft #>> '{prescriber,kind}' as prescriber_kind,
           draft #>> '{person,commune_insee}' as commune,
           draft #>> '{person,sex}' as sex
    from orientation
"""
ADMITTED = """
    select cast(orientation_id as text) as id, cast(participant_id as text) as participant, maison
    from file where status = 'admitted'
"""
TOLD = "select cast(participant_id as text) as participant, name, data from fact"


class Person(NamedTuple):
    """Whom an orientation is about, as figures are broken down; `maison` once admitted."""

    prescriber_kind: str
    commune: str
    sex: str
    maison: str | None


Tally = Mapping[str, Counter[Person]]
"""How often each figure counts somebody, by who it is."""


async def held(world: World) -> Tally:
    """Each figure of a period without bounds."""
    tally: dict[str, Counter[Person]] = {code: Counter() for code in COUNTED}
    admitted = {row["id"]: row for row in await world.fetch("admission", ADMITTED)}
    decided = {id_: outcomes[-1] for id_, outcomes in (await evidence.decisions(world)).items()}
    participants: dict[str, Person] = {}
    for row in await world.fetch("orientation", ORIENTED):
        admission = admitted.get(row["id"])
        person = Person(row["prescriber_kind"], row["commune"], row["sex"], admission and admission["maison"])
        status = decided.get(row["id"]) or ("withdrawn" if row["withdrawn"] else "pending")
        for code in ("orientations.received", f"orientations.{status}"):
            tally[code][person] += 1
        if admission:
            participants[admission["participant"]] = person
    for row in await world.fetch("parcours", TOLD):
        for code, times in _counted(row["name"], json.loads(row["data"])):
            tally[code][participants[row["participant"]]] += times
    return tally


def _counted(name: str, data: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    """The figures in which a fact of the Maison counts, and how often."""
    match name:
        case "ParcoursOpened":
            return [("parcours.entered", 1), ("parcours.active", 1)]
        case "ParcoursEnded":
            return [("parcours.ended", 1), ("parcours.active", -1), (f"exits.{data['kind']}", 1)]
        case "ContactLogged" if data["outcome"] == "honore":
            return [("contacts.total", 1), (f"contacts.{data['medium']}", 1)]
        case "JobStarted":
            return [("jobs.started", 1), (f"jobs.{data['contract_kind']}", 1), ("jobs.durable", int(data["durable"]))]
        case _:
            return []


def stock(tally: Tally) -> dict[str, dict[str, int]]:
    """Both balances of conservation."""
    counted = {code: people.total() for code, people in tally.items()}
    admitted = counted["orientations.admitted"]
    return {
        "orientations": {status: counted[f"orientations.{status}"] for status in STATUSES},
        "parcours": {
            "admitted": admitted,
            "awaiting_welcome": admitted - counted["parcours.entered"],
            "open": counted["parcours.active"],
            "ended": counted["parcours.ended"],
        },
    }


async def differences(world: World, what: str) -> list[str]:
    """Where reporting's API does not say what the others hold: in all, broken down, with two filters, in conservation."""
    tally = await held(world)
    problems = await _of(world, what, tally, {})
    for dimension in DIMENSIONS:
        problems += await _by(world, what, tally, dimension)
    for person in islice(tally["orientations.received"], 1):
        alike = {"sex": person.sex, "commune": person.commune}
        problems += await _of(world, what, tally, alike)
    return problems + await _conserved(world, what, stock(tally))


async def _of(world: World, what: str, tally: Tally, filters: Mapping[str, str]) -> list[str]:
    """The totals of those who are so; two filters at once are counted person by person, not added up."""
    wanted = {
        code: sum(times for person, times in people.items() if filters.items() <= person._asdict().items())
        for code, people in tally.items()
    }
    shown = {figure["code"]: figure["value"] for figure in await _asked(world, filters)}
    return [
        f"{what} {dict(filters)}: {code} is {shown.get(code)}, the services hold {value}"
        for code, value in wanted.items()
        if shown.get(code) != value
    ]


async def _by(world: World, what: str, tally: Tally, dimension: str) -> list[str]:
    shown = {
        (figure["code"], cell["key"]): cell["value"]
        for figure in await _asked(world, {"group_by": dimension})
        for cell in figure["cells"]
    }
    wanted: Counter[tuple[str, str]] = Counter()
    for code, people in tally.items():
        for person, times in people.items():
            if (key := getattr(person, dimension)) is not None:
                wanted[code, key] += times
    return [
        f"{what} by {dimension}: {code} of {key} is {shown.get((code, key))}, the services hold {value}"
        for (code, key), value in wanted.items()
        if shown.get((code, key), 0) != value
    ]


async def _asked(world: World, question: Mapping[str, str]) -> list[dict[str, Any]]:
    answer = await world["reporting"].read("/api/v1/statistics", {**PERIOD, **question})
    return list(answer["figures"])


async def _conserved(world: World, what: str, stocks: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Reporting says null where it does not know how far Kafka is: asked again until it does, or for 20 seconds."""
    said: dict[str, Any] = {}

    async def is_known() -> bool:
        said.update(await world["reporting"].read("/api/v1/conservation"))
        return all(said[balance]["balanced"] is not None for balance in stocks)

    await until(is_known, 20.0, pause=0.5)
    problems = [
        f"{what}: conservation of {balance} does not balance: {said[balance]}"
        for balance in stocks
        if not said[balance]["balanced"]
    ]
    return problems + [
        f"{what}: conservation says {said[balance][name]} {name}, the services hold {value}"
        for balance, counted in stocks.items()
        for name, value in counted.items()
        if said[balance][name] != value
    ]
