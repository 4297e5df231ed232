"""Giving an opinion on a parcours under way: a draft while the session is open, sent to the Maison when it closes.

Afterwards a reasoned rectification gives it again, under the next number.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from sqlalchemy import select

from plie_admission.domain import files, follow_ups, sessions
from plie_admission.domain.follow_ups import Given, NoParcours, OpinionDraft, Parcours, ParcoursOver, Subject
from plie_admission.domain.interests import Aside
from plie_admission.domain.sessions import Session
from plie_admission.handlers.files import hand_over
from plie_admission.store import file_for_update, session_for_update
from plie_admission.tables import AgendaItemRow, DecisionRow, FileRow, OpinionRow
from plie_chassis.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class GiveOpinion:
    """`version` is the one of the file that was read, None when it does not matter."""

    session_id: UUID
    orientation_id: UUID
    stated: OpinionDraft
    version: int | None = None
    rectifies: bool = False


async def give_opinion(command: GiveOpinion, work: UnitOfWork) -> Given:
    """Keep a draft, which a later one replaces, or publish a rectification at once.

    Raises UnknownSession, UnknownFile, StaleVersion, NoParcours, ParcoursOver, and what `follow_ups.draft` or
    `follow_ups.rectify` raise.
    """
    row = await session_for_update(command.session_id, None, work)
    file = await file_for_update(command.orientation_id, command.version, work)
    if command.rectifies:
        return await _rectify(command.stated, file, row.state, work)
    sessions.is_still_open(row.state)
    files.is_on_the_agenda_of(file.state, row.state)
    item = await work.session.get_one(AgendaItemRow, (row.session_id, file.orientation_id))
    if item.follows is None:
        raise NoParcours(f"{file.name} est à l’ordre du jour pour une admission : décidez, sans donner d’avis.")
    item.opinion_draft = follow_ups.draft(
        file.state, row.state, item.follows, command.stated, _parcours(file, work), _maisons(work), work.today
    )
    item.drafted_by = work.author
    row.version += 1
    file.version += 1
    await work.session.flush()
    return Given(file.opinions + 1, row.session_id, item.follows, command.stated)


def publish(
    subject: Subject, stated: OpinionDraft, file: FileRow, session: Session, aside: Sequence[Aside], work: UnitOfWork
) -> None:
    """Make an opinion known when its session closes.

    Raises the first broken rule, as the parcours may have changed since the draft.
    """
    parcours = _parcours(file, work)
    follow_ups.keeps_every_rule(subject, stated, parcours, _maisons(work), min(work.today, session.held_on))
    given = Given(file.opinions + 1, session.session_id, subject, stated)
    _make_known(given, file, session, parcours, work, aside=aside)


async def _rectify(stated: OpinionDraft, file: FileRow, session: Session, work: UnitOfWork) -> Given:
    """The Maison is told again; a change that nobody carried out yet is taken back first."""
    last = await work.session.get(OpinionRow, (file.orientation_id, file.opinions))
    before = replace(last.given, taken_back_by=await _taken_back_by(last, work)) if last else None
    parcours = _parcours(file, work)
    given = follow_ups.rectify(file.state, session, before, stated, parcours, _maisons(work), work.today)
    stays = follow_ups.stay(file.state, before, parcours) if before else None
    if stays is not None:
        work.emit(stays)
        file.moves_to = file.moves_on = None
    _make_known(given, file, session, parcours, work, rectifies=True)
    await work.session.flush()
    return given


async def _taken_back_by(last: OpinionRow, work: UnitOfWork) -> int | None:
    return await work.session.scalar(
        select(DecisionRow.decision_number).where(
            DecisionRow.orientation_id == last.orientation_id, DecisionRow.takes_back == last.opinion_number
        )
    )


def _make_known(
    given: Given,
    file: FileRow,
    session: Session,
    parcours: Parcours,
    work: UnitOfWork,
    *,
    aside: Sequence[Aside] = (),
    rectifies: bool = False,
) -> None:
    """The opinion to the Maison; a favourable one on a change of Maison moves the person, with who they are."""
    given_on = work.today if rectifies else sessions.decision_day(session, work.today)
    work.session.add(
        OpinionRow(
            orientation_id=file.orientation_id,
            opinion_number=given.number,
            session_id=session.session_id,
            participant_id=parcours.participant_id,
            subject=given.subject,
            rectifies=rectifies,
            maison_before=parcours.maison,
            aside=[asdict(one) for one in aside],
            given_on=given_on,
            published_at=work.now,
            published_by=work.author,
            **asdict(given.stated),
        )
    )
    file.opinions = given.number
    work.emit(follow_ups.give(file.state, session, given.subject, given.stated, parcours, given_on))
    moved = follow_ups.reassign(file.state, given.subject, given.stated, parcours)
    if moved is not None:
        work.emit(moved)
        file.moved_on = file.moved_on if file.maison == parcours.maison else file.moves_on
        file.maison, file.moves_to, file.moves_on = parcours.maison, moved.to, moved.effective_on
        hand_over(file, moved.to, work)


def _parcours(file: FileRow, work: UnitOfWork) -> Parcours:
    """As it stands today. Raises NoParcours, ParcoursOver."""
    if file.parcours is None:
        raise NoParcours(f"{file.name} n’a pas de parcours ouvert par cette commission.")
    if file.parcours.ended_on is not None:
        raise ParcoursOver(f"Le parcours de {file.name} est terminé : il n’y a plus d’avis à donner.")
    return file.parcours.as_of(work.today)


def _maisons(work: UnitOfWork) -> frozenset[str]:
    return frozenset(work.declaration.maisons_of(work.instance.organisation))
