"""What pages and API read: one orientation, or many newest first, narrowed and counted, by those who may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web.paging import Paging
from plie_contracts.territory import without_accents
from plie_orientation import store
from plie_orientation.domain import authors
from plie_orientation.domain.authors import Author, Sight
from plie_orientation.store import Stored, UnknownOrientation, read, within
from plie_orientation.tables import Orientation as Row


@dataclass(frozen=True)
class Search:
    """What a list is narrowed to; `text` is looked for in names, commune and reference, whatever the accents."""

    author: Author
    paging: Paging
    statuses: Sequence[str] = ()
    since: datetime | None = None
    external_reference: str | None = None
    text: str = ""


async def one(orientation_id: UUID, author: Author, work: UnitOfWork) -> Stored:
    """Raises UnknownOrientation for one that is not there and for one that is not theirs."""
    found = await store.find(work.session, orientation_id, _sight(author, work))
    if found is None:
        raise UnknownOrientation
    return found


async def listed(search: Search, work: UnitOfWork) -> tuple[Sequence[Stored], str | None]:
    """One page, newest first, and the cursor of the next one."""
    query = select(Row).where(within(_sight(search.author, work)), *_narrowed(search))
    rows = (await work.session.scalars(search.paging.cut(query, Row.received_at, Row.id))).all()
    shown, cursor = search.paging.page(rows, lambda row: (row.received_at, row.id))
    return [read(row) for row in shown], cursor


async def counted(author: Author, work: UnitOfWork) -> dict[str, int]:
    """How many orientations stand in each status."""
    query = select(Row.status, func.count()).where(within(_sight(author, work))).group_by(Row.status)
    return dict((await work.session.execute(query)).all())


def _sight(author: Author, work: UnitOfWork) -> Sight:
    return authors.sight(author, work.instance.organisation)


def _narrowed(search: Search) -> list[ColumnElement[bool]]:
    conditions = [Row.searchable.contains(word, autoescape=True) for word in without_accents(search.text).split()]
    if search.statuses:
        conditions.append(Row.status.in_(search.statuses))
    if search.since is not None:
        conditions.append(Row.received_at >= search.since)
    if search.external_reference is not None:
        conditions.append(Row.external_reference == search.external_reference)
    return conditions
