"""Giving an opinion on a parcours under way: a draft while the session is open, sent to the Maison when it closes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from plie_admission.domain import files, follow_ups
from plie_admission.domain.follow_ups import NoParcours, OpinionDraft, Parcours, ParcoursOver, Subject
from plie_admission.domain.interests import Aside
from plie_admission.domain.sessions import Session
from plie_admission.handlers.files import hand_over
from plie_admission.store import file_for_update, session_for_update
from plie_admission.tables import AgendaItemRow, FileRow, OpinionRow
from plie_chassis.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class GiveOpinion:
    """`version` is the one of the file that was read, None when it does not matter."""

    session_id: UUID
    orientation_id: UUID
    stated: OpinionDraft
    version: int | None = None


async def give_opinion(command: GiveOpinion, work: UnitOfWork) -> AgendaItemRow:
    """A later one replaces it until the session closes.

    Raises UnknownSession, UnknownFile, StaleVersion, NotOnAgenda, NoParcours, and what `follow_ups.draft` raises.
    """
    row = await session_for_update(command.session_id, None, work)
    file = await file_for_update(command.orientation_id, command.version, work)
    files.is_on_the_agenda_of(file.state, row.state)
    item = await work.session.get_one(AgendaItemRow, (row.session_id, file.orientation_id))
    if item.follows is None:
        raise NoParcours(f"{file.name} est à l’ordre du jour pour une admission : décidez, sans donner d’avis.")
    item.opinion_draft = follow_ups.draft(
        file.state, row.state, item.follows, command.stated, _parcours(file), _maisons(work), work.today
    )
    item.drafted_by = work.actor.display_name if work.actor else None
    row.version += 1
    file.version += 1
    await work.session.flush()
    return item


def publish(
    subject: Subject, stated: OpinionDraft, file: FileRow, session: Session, aside: Sequence[Aside], work: UnitOfWork
) -> None:
    """The opinion to the Maison; a favourable one on a change of Maison moves the person, with who they are.

    Raises the first broken rule, as the parcours may have changed since the draft.
    """
    parcours = _parcours(file)
    follow_ups.keeps_every_rule(subject, stated, parcours, _maisons(work), min(work.today, session.held_on))
    given = follow_ups.give(file.state, session, subject, stated, parcours, work.today)
    work.session.add(
        OpinionRow(
            session_id=session.session_id,
            orientation_id=file.orientation_id,
            participant_id=parcours.participant_id,
            subject=subject,
            maison_before=parcours.maison,
            aside=[asdict(one) for one in aside],
            given_on=given.given_on,
            published_at=work.now,
            published_by=work.actor.display_name if work.actor else None,
            **asdict(stated),
        )
    )
    work.emit(given)
    moved = follow_ups.reassign(file.state, subject, stated, parcours)
    if moved is not None:
        work.emit(moved)
        file.maison, file.referent_id = moved.to, None
        hand_over(file, work)


def _parcours(file: FileRow) -> Parcours:
    """Raises NoParcours, ParcoursOver."""
    if file.parcours is None:
        raise NoParcours(f"{file.name} n’a pas de parcours ouvert par cette commission.")
    if file.parcours.ended_on is not None:
        raise ParcoursOver(f"Le parcours de {file.name} est terminé : il n’y a plus d’avis à donner.")
    return file.parcours


def _maisons(work: UnitOfWork) -> frozenset[str]:
    return frozenset(work.declaration.maisons_of(work.instance.organisation))
