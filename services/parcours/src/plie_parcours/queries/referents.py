"""The référents of the Maison, and the names that past acts keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from plie_chassis.accounts.tables import Account
from plie_chassis.unit_of_work import UnitOfWork
from plie_parcours.tables import ParticipantRow


async def names_of_referents(work: UnitOfWork) -> Mapping[str, str]:
    """By referent_id, also of those whose account is closed: their past acts keep a name."""
    query = select(Account.referent_id, Account.display_name).where(Account.referent_id.is_not(None))
    return {str(referent_id): name for referent_id, name in await work.session.execute(query)}


@dataclass(frozen=True, slots=True)
class Referent:
    """A référent of this Maison; `active` counts the files they follow now."""

    referent_id: str
    display_name: str
    active: int


async def referents_of_maison(work: UnitOfWork) -> Sequence[Referent]:
    """Accounts that act as a référent and are not closed, by name."""
    active = (
        select(ParticipantRow.referent_id, func.count().label("active"))
        .where(ParticipantRow.stage != "ended")
        .group_by(ParticipantRow.referent_id)
        .subquery()
    )
    query = (
        select(Account.referent_id, func.min(Account.display_name), func.coalesce(func.max(active.c.active), 0))
        .outerjoin(active, active.c.referent_id == Account.referent_id)
        .where(Account.referent_id.is_not(None), Account.disabled_at.is_(None))
        .group_by(Account.referent_id)
        .order_by(func.min(Account.display_name))
    )
    return [Referent(str(referent_id), name, count) for referent_id, name, count in await work.session.execute(query)]
