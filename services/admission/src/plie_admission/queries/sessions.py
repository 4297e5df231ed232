"""Reading sessions: the list with what each decided, and one session with its agenda."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from plie_admission.domain.decisions import Kind
from plie_admission.domain.follow_ups import Opinion
from plie_admission.tables import AgendaItemRow, DecisionRow, FileRow, OpinionRow, SessionRow
from plie_chassis.paging import Paging
from plie_chassis.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Tally:
    """Files of an agenda, and how they are decided so far."""

    listed: int = 0
    admitted: int = 0
    deferred: int = 0
    refused: int = 0
    opinions: int = 0

    @property
    def decided(self) -> int:
        return self.admitted + self.deferred + self.refused + self.opinions

    @property
    def undecided(self) -> int:
        return self.listed - self.decided


@dataclass(frozen=True)
class Item:
    """A place on the agenda, with the decision or the opinion that counts for it: published, else drafted."""

    agenda: AgendaItemRow
    file: FileRow
    published: DecisionRow | None
    given: OpinionRow | None = None

    @property
    def decision(self) -> Kind | None:
        stated = self.published.decision if self.published else self.agenda.decision
        return Kind(stated) if stated else None

    @property
    def opinion(self) -> Opinion | None:
        stated = self.given.opinion if self.given else self.agenda.opinion
        return Opinion(stated) if stated else None

    @property
    def is_settled(self) -> bool:
        return self.decision is not None or self.opinion is not None


async def listed(paging: Paging, work: UnitOfWork) -> tuple[Sequence[SessionRow], str | None]:
    """Newest first, by the moment each was planned."""
    wanted = paging.cut(select(SessionRow), SessionRow.created_at, SessionRow.session_id)
    rows = (await work.session.scalars(wanted)).all()
    return paging.page(rows, lambda row: (row.created_at, row.session_id))


async def tallies(session_ids: Sequence[UUID], work: UnitOfWork) -> Mapping[UUID, Tally]:
    def of(kind: Kind) -> ColumnElement[int]:
        return func.count().filter(AgendaItemRow.decision == kind)

    given = func.count().filter(AgendaItemRow.opinion.is_not(None))
    rows = await work.session.execute(
        select(AgendaItemRow.session_id, func.count(), of(Kind.ADMIT), of(Kind.DEFER), of(Kind.REFUSE), given)
        .where(
            AgendaItemRow.session_id.in_(session_ids),
            AgendaItemRow.left_because.is_(None) | (AgendaItemRow.left_because == "decided"),
        )
        .group_by(AgendaItemRow.session_id)
    )
    return {session_id: Tally(*numbers) for session_id, *numbers in rows}


async def agenda(session_id: UUID, work: UnitOfWork) -> Sequence[Item]:
    """In the order of the agenda, with what left it; the last decision of this session on each file."""
    decided = await work.session.scalars(
        select(DecisionRow).where(DecisionRow.session_id == session_id).order_by(DecisionRow.decision_number)
    )
    published = {decision.orientation_id: decision for decision in decided}
    rows = await work.session.execute(
        select(AgendaItemRow, FileRow)
        .join(FileRow, FileRow.orientation_id == AgendaItemRow.orientation_id)
        .where(AgendaItemRow.session_id == session_id)
        .order_by(AgendaItemRow.rank)
    )
    opinions = await work.session.scalars(select(OpinionRow).where(OpinionRow.session_id == session_id))
    given = {opinion.orientation_id: opinion for opinion in opinions}
    return [Item(item, file, published.get(file.orientation_id), given.get(file.orientation_id)) for item, file in rows]


async def decisions_of(session_id: UUID, work: UnitOfWork) -> Sequence[DecisionRow]:
    """Every decision of a session, rectifications after what they rectify."""
    wanted = select(DecisionRow).where(DecisionRow.session_id == session_id)
    return (await work.session.scalars(wanted.order_by(DecisionRow.published_at, DecisionRow.decision_number))).all()


async def between(first: date, last: date, work: UnitOfWork) -> Sequence[SessionRow]:
    """Both days included, in the order of the calendar; a commission meets a few times a month."""
    wanted = select(SessionRow).where(SessionRow.held_on.between(first, last))
    return (await work.session.scalars(wanted.order_by(SessionRow.held_on, SessionRow.session_id).limit(200))).all()


async def open_ones(work: UnitOfWork) -> Sequence[SessionRow]:
    """Sessions that still take files, the next one first."""
    wanted = select(SessionRow).where(SessionRow.closed_on.is_(None)).order_by(SessionRow.held_on).limit(50)
    return (await work.session.scalars(wanted)).all()


async def last_planned(work: UnitOfWork) -> SessionRow | None:
    return await work.session.scalar(select(SessionRow).order_by(SessionRow.created_at.desc()).limit(1))
