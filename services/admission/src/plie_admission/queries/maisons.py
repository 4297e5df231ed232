"""The Maisons of this commission with the room each has, and the load of each of its référents."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select

from plie_admission.domain.capacity import PARTICIPANTS_PER_ETP, Capacity, capacity
from plie_admission.domain.files import Status
from plie_admission.tables import FileRow
from plie_chassis.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Referent:
    """As the Maison's facts name them; their capacity is one full-time référent's."""

    referent_id: str
    capacity: Capacity


@dataclass(frozen=True)
class Maison:
    """`welcome` are the people admitted who have no référent yet."""

    slug: str
    title: str
    capacity: Capacity
    referents: Sequence[Referent]
    welcome: int


async def maisons(work: UnitOfWork) -> Sequence[Maison]:
    """In the order of the declaration; a parcours that ended has given its place back.

    Whoever is to change Maison has their place at the new one, where they wait for a référent.
    """
    maison = func.coalesce(FileRow.moves_to, FileRow.maison).label("maison")
    referent = case((FileRow.moves_to.is_(None), FileRow.referent_id)).label("referent")
    active = await work.session.execute(
        select(maison, referent, func.count())
        .where(FileRow.status == Status.ADMITTED, FileRow.ended_on.is_(None))
        .group_by(maison, referent)
        .order_by(referent)
    )
    loads: dict[str | None, list[tuple[str | None, int]]] = {}
    for slug, referent_id, number in active:
        loads.setdefault(slug, []).append((referent_id, number))
    return [
        _maison(slug, loads.get(slug, []), work) for slug in work.declaration.maisons_of(work.instance.organisation)
    ]


def _maison(slug: str, loads: Sequence[tuple[str | None, int]], work: UnitOfWork) -> Maison:
    return Maison(
        slug=slug,
        title=work.declaration.title_of(slug),
        capacity=capacity(work.declaration.etp(slug), sum(number for _, number in loads)),
        referents=[
            Referent(referent_id, Capacity(PARTICIPANTS_PER_ETP, number))
            for referent_id, number in loads
            if referent_id
        ],
        welcome=sum(number for referent_id, number in loads if referent_id is None),
    )
