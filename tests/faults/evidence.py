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


DECISIONS = """
    select cast(orientation_id as text) as id, array_agg(decision order by decision_number) as decisions
    from decision group by orientation_id
"""
OUTCOME = {"admit": "admitted", "defer": "deferred", "refuse": "refused"}


async def facts_kept(world: World) -> Counter[tuple[str, str]]:
    """How often the Maison holds each kind of its own facts about each person; it keeps what the commission said as well."""
    rows = await world.fetch("parcours", KEPT)
    return Counter((row["who"], row["name"]) for row in rows if EVENTS[row["name"]].FAMILY == "parcours")


async def decisions(world: World) -> dict[str, list[str]]:
    """What the commission decided of each orientation, in the order of its decisions."""
    rows = await world.fetch("admission", DECISIONS)
    return {row["id"]: [OUTCOME[decision] for decision in row["decisions"]] for row in rows}
