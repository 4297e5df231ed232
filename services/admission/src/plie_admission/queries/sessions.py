"""Reading sessions: the list with what each decided, and one session with its agenda."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from plie_admission.domain.decisions import Kind
from plie_admission.domain.follow_ups import Opinion
from plie_admission.tables import AgendaItemRow, DecisionRow, FileRow, OpinionRow, SessionRow
from plie_chassis.paging import Paging
from plie_chassis.unit_of_work import UnitOfWork

Published = TypeVar("Published", DecisionRow, OpinionRow)


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
    """A place on the agenda, with what its session published on it: each rectification after what it rectifies.

    `taking_back` are the decisions, of any session, that took a change of Maison back.
    """

    agenda: AgendaItemRow
    file: FileRow
    decisions: Sequence[DecisionRow] = ()
    opinions: Sequence[OpinionRow] = ()
    taking_back: Sequence[DecisionRow] = ()

    @property
    def published(self) -> DecisionRow | None:
        """The decision that counts."""
        return self.decisions[-1] if self.decisions else None

    @property
    def given(self) -> OpinionRow | None:
        """The opinion that counts."""
        return self.opinions[-1] if self.opinions else None

    @property
    def aside(self) -> Sequence[dict[str, Any]]:
        """Who did not take part at the session; a rectification asks nobody again."""
        at_the_session = [one.aside for one in self.decisions if not one.rectifies]
        at_the_session += [one.aside for one in self.opinions if not one.rectifies]
        return at_the_session[0] if at_the_session else ()

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
    """In the order of the agenda, with what left it."""
    decided = select(DecisionRow).where(DecisionRow.session_id == session_id).order_by(DecisionRow.decision_number)
    given = select(OpinionRow).where(OpinionRow.session_id == session_id).order_by(OpinionRow.opinion_number)
    decisions = _by_file(await work.session.scalars(decided))
    opinions = _by_file(await work.session.scalars(given))
    undone = select(DecisionRow).where(DecisionRow.orientation_id.in_(opinions), DecisionRow.takes_back.is_not(None))
    taking_back = _by_file(await work.session.scalars(undone)) if opinions else {}
    rows = await work.session.execute(
        select(AgendaItemRow, FileRow)
        .join(FileRow, FileRow.orientation_id == AgendaItemRow.orientation_id)
        .where(AgendaItemRow.session_id == session_id)
        .order_by(AgendaItemRow.rank)
    )
    return [
        Item(
            item,
            file,
            decisions.get(file.orientation_id, ()),
            opinions.get(file.orientation_id, ()),
            taking_back.get(file.orientation_id, ()),
        )
        for item, file in rows
    ]


def _by_file(rows: Iterable[Published]) -> Mapping[UUID, Sequence[Published]]:
    found: dict[UUID, list[Published]] = {}
    for row in rows:
        found.setdefault(row.orientation_id, []).append(row)
    return found


async def between(first: date, last: date, work: UnitOfWork) -> Sequence[SessionRow]:
    """Both days included, in the order of the calendar; a commission meets a few times a month."""
    wanted = select(SessionRow).where(SessionRow.held_on.between(first, last))
    return (await work.session.scalars(wanted.order_by(SessionRow.held_on, SessionRow.session_id).limit(200))).all()


async def open_ones(work: UnitOfWork) -> Sequence[tuple[SessionRow, int]]:
    """Sessions that still take files, the next one first, each with its number among all of its day."""
    in_a_day = (SessionRow.starts_at.nulls_last(), SessionRow.session_id)
    days = select(SessionRow.held_on).where(SessionRow.closed_on.is_(None)).distinct()
    number = func.row_number().over(partition_by=SessionRow.held_on, order_by=in_a_day).label("number")
    numbered = select(SessionRow.session_id, number).where(SessionRow.held_on.in_(days)).subquery()
    rows = await work.session.execute(
        select(SessionRow, numbered.c.number)
        .join(numbered, numbered.c.session_id == SessionRow.session_id)
        .where(SessionRow.closed_on.is_(None))
        .order_by(SessionRow.held_on, numbered.c.number)
        .limit(50)
    )
    return [(row, rank) for row, rank in rows]


async def last_planned(work: UnitOfWork) -> SessionRow | None:
    return await work.session.scalar(select(SessionRow).order_by(SessionRow.created_at.desc()).limit(1))
