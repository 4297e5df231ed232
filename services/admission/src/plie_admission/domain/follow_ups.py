"""The « et de Suivi » of the CLAS: an opinion on a parcours under way, sent to the Maison when the session closes.

A favourable opinion on a change of Maison is the change itself (MaisonReassigned): the commission decides it.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from plie_admission.domain import files, sessions
from plie_admission.domain.files import AlreadyOnAgenda, File, OnAnotherAgenda, Status
from plie_admission.domain.sessions import Session
from plie_chassis.problems import Conflict, FieldError, Invalid
from plie_contracts.events import MaisonReassigned, OpinionGiven
from plie_contracts.vocabulary import codes


class Subject(StrEnum):
    EXTENSION = "extension"
    EXIT = "exit"
    STANDBY = "standby"
    REASSIGNMENT = "reassignment"


class Opinion(StrEnum):
    FAVOURABLE = "favourable"
    UNFAVOURABLE = "unfavourable"
    DEFERRED = "deferred"


class NoParcours(Conflict):
    code = "follow-up.no-parcours"
    title = "Aucun parcours en cours"


class ParcoursOver(Conflict):
    code = "follow-up.parcours-ended"
    title = "Parcours terminé"


class NowhereToGo(Conflict):
    code = "follow-up.only-maison"
    title = "Une seule Maison"


class NewMaisonMissing(Invalid):
    code = "follow-up.maison-missing"
    title = "Nouvelle Maison à choisir"


class SameMaison(Invalid):
    code = "follow-up.same-maison"
    title = "Même Maison"


class ChangeReasonMissing(Invalid):
    code = "follow-up.reason-missing"
    title = "Motif du changement à indiquer"


class ChangeDayMissing(Invalid):
    code = "follow-up.effective-on-missing"
    title = "Date d’effet à indiquer"


class ChangeDayPast(Invalid):
    code = "follow-up.effective-on-past"
    title = "Date d’effet passée"


class OpinionReasonMissing(Invalid):
    code = "follow-up.note-missing"
    title = "Avis à motiver"


@dataclass(frozen=True)
class OpinionDraft:
    """`maison`, `reason_code` and `effective_on` are for a favourable opinion on a change of Maison."""

    opinion: Opinion
    note: str | None = None
    maison: str | None = None
    reason_code: str | None = None
    effective_on: date | None = None


@dataclass(frozen=True)
class Parcours:
    """A person whom this commission admitted, at the Maison that accompanies them."""

    participant_id: UUID
    maison: str
    ended_on: date | None = None


def may_be_followed(
    file: File, parcours: Parcours | None, session: Session, subject: Subject, maisons: Set[str]
) -> Parcours:
    """What a session may give an opinion on: a parcours under way, once at a time.

    Raises SessionClosed, NoParcours, ParcoursOver, NowhereToGo, AlreadyOnAgenda, OnAnotherAgenda.
    """
    sessions.is_still_open(session)
    if file.status is not Status.ADMITTED or parcours is None:
        raise NoParcours(f"{file.name} n’a pas de parcours ouvert par cette commission : il n’y a rien à suivre.")
    if parcours.ended_on is not None:
        raise ParcoursOver(f"Le parcours de {file.name} est terminé : une nouvelle orientation en ouvrirait un autre.")
    if subject is Subject.REASSIGNMENT and len(maisons) < 2:
        raise NowhereToGo("Cette commission n’a qu’une Maison : il n’y en a pas d’autre où accompagner la personne.")
    if file.session_id == session.session_id:
        raise AlreadyOnAgenda(f"{file.name} est déjà à l’ordre du jour de cette séance.")
    if file.session_id is not None:
        raise OnAnotherAgenda(f"{file.name} est à l’ordre du jour d’une autre séance : retirez-le d’abord.")
    return parcours


def draft(
    file: File,
    session: Session,
    subject: Subject,
    stated: OpinionDraft,
    parcours: Parcours,
    maisons: Set[str],
    today: date,
) -> OpinionDraft:
    """Raises SessionClosed, NotOnAgenda, or the first broken rule with every field in error."""
    sessions.is_still_open(session)
    files.is_on_the_agenda_of(file, session)
    keeps_every_rule(subject, stated, parcours, maisons, today)
    return stated


def keeps_every_rule(
    subject: Subject, stated: OpinionDraft, parcours: Parcours, maisons: Set[str], today: date
) -> None:
    broken = [
        *a_change_names_another_maison(subject, stated, parcours, maisons),
        *a_change_has_its_reason(subject, stated),
        *a_change_has_a_day_to_come(subject, stated, today),
        *an_unfavourable_opinion_says_why(stated),
    ]
    if broken:
        raise type(broken[0])(broken[0].detail, errors=[error for rule in broken for error in rule.errors])


def a_change_names_another_maison(
    subject: Subject, stated: OpinionDraft, parcours: Parcours, maisons: Set[str]
) -> Iterator[Invalid]:
    if not _changes(subject, stated):
        return
    if stated.maison not in maisons:
        yield _refusal(NewMaisonMissing, "maison", "Choisissez la Maison qui accompagnera la personne.")
    elif stated.maison == parcours.maison:
        yield _refusal(
            SameMaison, "maison", "La personne est déjà accompagnée par cette Maison : choisissez-en une autre."
        )


def a_change_has_its_reason(subject: Subject, stated: OpinionDraft) -> Iterator[Invalid]:
    if _changes(subject, stated) and (stated.reason_code or "") not in codes("assignment-reason"):
        yield _refusal(ChangeReasonMissing, "reason_code", "Indiquez pourquoi la personne change de Maison.")


def a_change_has_a_day_to_come(subject: Subject, stated: OpinionDraft, today: date) -> Iterator[Invalid]:
    """The Maisons hand over from a day they both still know ahead of them, or today."""
    if not _changes(subject, stated):
        return
    if stated.effective_on is None:
        yield _refusal(ChangeDayMissing, "effective_on", "Indiquez à partir de quand la nouvelle Maison accompagne.")
    elif stated.effective_on < today:
        yield _refusal(ChangeDayPast, "effective_on", "La date d’effet est passée : choisissez aujourd’hui ou après.")


def an_unfavourable_opinion_says_why(stated: OpinionDraft) -> Iterator[Invalid]:
    """The note stays in the minutes: the Maison's fact carries codes only."""
    if stated.opinion is Opinion.UNFAVOURABLE and not stated.note:
        yield _refusal(OpinionReasonMissing, "note", "Un avis défavorable se motive : dites pourquoi au procès-verbal.")


def give(
    file: File, session: Session, subject: Subject, stated: OpinionDraft, parcours: Parcours, today: date
) -> OpinionGiven:
    return OpinionGiven(
        orientation_id=file.orientation_id,
        participant_id=parcours.participant_id,
        session_id=session.session_id,
        subject=subject.value,
        opinion=stated.opinion.value,
        given_on=sessions.decision_day(session, today),
    )


def reassign(file: File, subject: Subject, stated: OpinionDraft, parcours: Parcours) -> MaisonReassigned | None:
    """The change itself, where the opinion is favourable to one."""
    if not _changes(subject, stated):
        return None
    return MaisonReassigned.model_validate(
        {
            "orientation_id": file.orientation_id,
            "participant_id": parcours.participant_id,
            "from": parcours.maison,
            "to": stated.maison,
            "effective_on": stated.effective_on,
            "reason_code": stated.reason_code,
        }
    )


def _changes(subject: Subject, stated: OpinionDraft) -> bool:
    return subject is Subject.REASSIGNMENT and stated.opinion is Opinion.FAVOURABLE


def _refusal(problem: type[Invalid], path: str, message: str) -> Invalid:
    return problem(message, errors=[FieldError(path, problem.code, message)])
