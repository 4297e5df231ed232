"""Keeps journeys and what is counted in step with the facts, for the people whose facts have changed.

Invariant: after `settle` says 0, what is derived equals a derivation from all facts at once.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.territory import COMMUNES
from sqlalchemy import text

from plie_reporting.queries.derivation import STORE

PLACES = {
    "communes": list(COMMUNES),
    "territories": [commune.territory for commune in COMMUNES.values()],
}
BATCHES_AT_A_TIME = 20

# One settles at a time. What another transaction touches meanwhile has a row of its own, for the next time.
LOCK = text("select pg_try_advisory_xact_lock(1347438918)")
TAKE = text("""
    with taken as (
        delete from touched where number in (select number from touched order by number limit :limit)
        returning orientations, participants
    )
    select array(select distinct unnest(orientations) from taken),
           array(select distinct unnest(participants) from taken),
           (select count(*) from taken)
""")
LINKED = text("""
    select orientation_id, participant_id, merged_into from admission_fact
    where orientation_id = any(cast(:orientations as uuid[]))
    union
    select orientation_id, participant_id, merged_into from admission_fact
    where participant_id = any(cast(:participants as uuid[])) or merged_into = any(cast(:participants as uuid[]))
""")
CLEAR = (
    text("delete from journey where orientation_id = any(cast(:orientations as uuid[]))"),
    text("delete from counted where orientation_id = any(cast(:orientations as uuid[]))"),
    text(
        "delete from unattached where subject_id = any(cast(:orientations as uuid[]) || cast(:participants as uuid[]))"
    ),
)


async def settle(work: UnitOfWork) -> int:
    """Derive anew the journeys whose facts have changed; answers how many batches of changes were taken up.

    0 when there is nothing to do, or when another process is at it.
    """
    if not await work.session.scalar(LOCK):
        return 0
    orientations, participants, batches = (await work.session.execute(TAKE, {"limit": BATCHES_AT_A_TIME})).one()
    if batches:
        await _derive(work, *await _everyone_linked(work, set(orientations), set(participants)))
    return int(batches)


async def _everyone_linked(
    work: UnitOfWork, orientations: set[UUID], participants: set[UUID]
) -> tuple[Sequence[UUID], Sequence[UUID]]:
    """The keys with all those they depend on: re-entries and merges bind several orientations to one person."""
    new_orientations, new_participants = orientations, participants
    while new_orientations or new_participants:
        rows = await work.session.execute(
            LINKED, {"orientations": list(new_orientations), "participants": list(new_participants)}
        )
        links = rows.all()
        new_orientations = {link.orientation_id for link in links} - orientations
        new_participants = (
            _known({link.participant_id for link in links} | {link.merged_into for link in links}) - participants
        )
        orientations, participants = orientations | new_orientations, participants | new_participants
    return list(orientations), list(participants)


def _known(ids: Iterable[UUID | None]) -> set[UUID]:
    return {id_ for id_ in ids if id_ is not None}


async def _derive(work: UnitOfWork, orientations: Sequence[UUID], participants: Sequence[UUID]) -> None:
    keys = {"orientations": orientations, "participants": participants}
    for clear in CLEAR:
        await work.session.execute(clear, keys)
    await work.session.execute(text(STORE), {**keys, **PLACES})
