"""What pages and API list: orientations newest first, narrowed and counted, by those who may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from plie_chassis.web.paging import Paging
from plie_contracts.territory import without_accents
from plie_orientation.domain.authors import Sight
from plie_orientation.store import Stored, read, within
from plie_orientation.tables import Orientation as Row


@dataclass(frozen=True)
class Search:
    """What a list is narrowed to; `text` is looked for in names, commune and reference, whatever the accents."""

    statuses: Sequence[str] = ()
    since: datetime | None = None
    external_reference: str | None = None
    text: str = ""


async def listed(
    session: AsyncSession, search: Search, sight: Sight, paging: Paging
) -> tuple[Sequence[Stored], str | None]:
    """One page, newest first, and the cursor of the next one."""
    query = select(Row).where(within(sight), *_narrowed(search))
    rows = (await session.scalars(paging.cut(query, Row.received_at, Row.id))).all()
    shown, cursor = paging.page(rows, lambda row: (row.received_at, row.id))
    return [read(row) for row in shown], cursor


async def counted(session: AsyncSession, sight: Sight) -> dict[str, int]:
    """How many orientations stand in each status."""
    rows = await session.execute(select(Row.status, func.count()).where(within(sight)).group_by(Row.status))
    return dict(rows.all())


def _narrowed(search: Search) -> list[ColumnElement[bool]]:
    conditions = [Row.searchable.contains(word, autoescape=True) for word in without_accents(search.text).split()]
    if search.statuses:
        conditions.append(Row.status.in_(search.statuses))
    if search.since is not None:
        conditions.append(Row.received_at >= search.since)
    if search.external_reference is not None:
        conditions.append(Row.external_reference == search.external_reference)
    return conditions
