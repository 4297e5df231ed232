"""What the services hold, asked straight from their own tables: no code of theirs, only SQL written here."""

from collections import Counter
from collections.abc import Mapping

from plie_contracts.events import EVENTS

from .history import Effect
from .world import World

ORIENTATIONS = "select external_reference, id, later from orientation"
RECTIFIED = "select cast(orientation_id as text) as id, count(*) as times from decision where rectifies group by 1"
SESSIONS = "select session_id, place, closed_on from commission_session"
AGENDA = """
    select place, orientation_id, decision, left_because from agenda_item join commission_session using (session_id)
"""
WITHDRAWALS = """
    select cast(id as text) as id, count(*) as times
    from orientation, jsonb_array_elements(later) entry where entry ->> 'status' = 'withdrawn' group by id
"""
PARCOURS_FACTS = """
    select cast(participant_id as text) as participant, name,
           coalesce(withheld ->> 'note', withheld ->> 'employer') as mark
    from fact where name in ('ParcoursOpened', 'ContactLogged', 'ContractSigned', 'JobStarted', 'JobEnded',
                             'FollowUpEnded', 'ParcoursEnded')
"""
KEPT = "select cast(participant_id as text) as who, name from fact"
MARKED = {"ContactLogged", "JobStarted"}


async def effects(world: World) -> Mapping[Effect, int]:
    """How often each effect of a command is there."""
    found: Counter[Effect] = Counter()
    for row in await world.fetch("orientation", ORIENTATIONS):
        found[Effect("orientation", row["external_reference"])] += 1
    for row in await world.fetch("orientation", WITHDRAWALS):
        found[Effect("withdrawal", row["id"])] += row["times"]
    for row in await world.fetch("admission", SESSIONS):
        found[Effect("session", row["place"])] += 1
        found[Effect("close", row["place"])] += row["closed_on"] is not None
    for row in await world.fetch("admission", AGENDA):
        found[Effect("agenda", f"{row['place']} {row['orientation_id']}")] += 1
        found[Effect("draft", f"{row['place']} {row['orientation_id']}")] += row["decision"] is not None
    for row in await world.fetch("admission", RECTIFIED):
        found[Effect("rectification", row["id"])] += row["times"]
    for row in await world.fetch("parcours", PARCOURS_FACTS):
        found[Effect(row["name"], row["mark"] if row["name"] in MARKED else row["participant"])] += 1
    return {effect: times for effect, times in found.items() if times}


# Each figure of a period without bounds, from whoever owns what it counts: the prescriber's orientations, the commission's
# decisions, the Maison's facts.
DECISIONS = """
    select cast(orientation_id as text) as id, array_agg(decision order by decision_number) as decisions
    from decision group by orientation_id
"""
ALL_ORIENTATIONS = """
    select cast(id as text) as id,
           exists (select from jsonb_array_elements(later) entry where entry ->> 'status' = 'withdrawn') as withdrawn
    from orientation
"""
CONTACTS = """
    select data ->> 'medium' as medium, count(*) as n from fact
    where name = 'ContactLogged' and data ->> 'outcome' = 'honore' group by 1
"""
JOBS = """
    select data ->> 'contract_kind' as kind, cast(data ->> 'durable' as boolean) as durable, count(*) as n
    from fact where name = 'JobStarted' group by 1, 2
"""
NAMED = "select name, count(*) as n from fact group by name"
EXITS = "select data ->> 'kind' as kind, count(*) as n from fact where name = 'ParcoursEnded' group by 1"
OUTCOME = {"admit": "admitted", "defer": "deferred", "refuse": "refused"}
COUNTED = (
    *(f"orientations.{status}" for status in ("received", "pending", "admitted", "deferred", "refused", "withdrawn")),
    *("parcours.entered", "parcours.active", "parcours.ended"),
    *(f"exits.{kind}" for kind in ("positive", "en-attente", "sans-suite")),
    *(f"contacts.{medium}" for medium in ("total", "presentiel", "telephone", "visio", "courriel", "autre")),
    *(f"jobs.{kind}" for kind in ("started", "durable", "cdi", "cdd", "interim")),
)


async def facts_kept(world: World) -> Counter[tuple[str, str]]:
    """How often the Maison holds each kind of its own facts about each person; it keeps what the commission said as well."""
    rows = await world.fetch("parcours", KEPT)
    return Counter((row["who"], row["name"]) for row in rows if EVENTS[row["name"]].FAMILY == "parcours")


async def decisions(world: World) -> dict[str, list[str]]:
    """What the commission decided of each orientation, in the order of its decisions."""
    rows = await world.fetch("admission", DECISIONS)
    return {row["id"]: [OUTCOME[decision] for decision in row["decisions"]] for row in rows}


async def figures(world: World) -> dict[str, int]:
    """What reporting must say, computed from the tables of those who know."""
    counted = dict.fromkeys(COUNTED, 0)
    decided = {id_: outcomes[-1] for id_, outcomes in (await decisions(world)).items()}
    for row in await world.fetch("orientation", ALL_ORIENTATIONS):
        counted["orientations.received"] += 1
        status = decided.get(row["id"]) or ("withdrawn" if row["withdrawn"] else "pending")
        counted[f"orientations.{status}"] += 1
    for row in await world.fetch("parcours", CONTACTS):
        counted[f"contacts.{row['medium']}"] += row["n"]
        counted["contacts.total"] += row["n"]
    for row in await world.fetch("parcours", JOBS):
        counted["jobs.started"] += row["n"]
        counted[f"jobs.{row['kind']}"] += row["n"]
        counted["jobs.durable"] += row["n"] if row["durable"] else 0
    named = {row["name"]: row["n"] for row in await world.fetch("parcours", NAMED)}
    counted["parcours.entered"] = named.get("ParcoursOpened", 0)
    counted["parcours.ended"] = named.get("ParcoursEnded", 0)
    counted["parcours.active"] = counted["parcours.entered"] - counted["parcours.ended"]
    for row in await world.fetch("parcours", EXITS):
        counted[f"exits.{row['kind']}"] += row["n"]
    return counted


async def stock(world: World) -> dict[str, dict[str, int]]:
    """Both balances of conservation, from the same tables."""
    counted = await figures(world)
    statuses = ("received", "pending", "admitted", "deferred", "refused", "withdrawn")
    admitted = counted["orientations.admitted"]
    return {
        "orientations": {status: counted[f"orientations.{status}"] for status in statuses},
        "parcours": {
            "admitted": admitted,
            "awaiting_welcome": admitted - counted["parcours.entered"],
            "open": counted["parcours.active"],
            "ended": counted["parcours.ended"],
        },
    }
