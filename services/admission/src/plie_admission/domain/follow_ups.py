"""The « et de Suivi » of the CLAS: an opinion on a parcours under way, sent to the Maison when the session closes.

A favourable opinion on a change of Maison is the change itself (MaisonReassigned): the commission decides it.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from plie_admission.domain import files, sessions
from plie_admission.domain.files import AlreadyOnAgenda, File, OnAnotherAgenda, Status
from plie_admission.domain.sessions import Session
from plie_chassis.calendar import long_date
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


class ChangePending(Conflict):
    code = "follow-up.change-pending"
    title = "Changement de Maison déjà décidé"


class NothingToRectify(Conflict):
    code = "follow-up.nothing-to-rectify"
    title = "Aucun avis à rectifier"


class OpinionSuperseded(Conflict):
    code = "follow-up.superseded"
    title = "Avis remplacé depuis"


class ChangeCarriedOut(Conflict):
    code = "follow-up.change-carried-out"
    title = "Changement de Maison déjà effectif"


class ChangeTakenBack(Conflict):
    code = "follow-up.change-taken-back"
    title = "Changement de Maison déjà rapporté"


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


class RectificationReasonMissing(Invalid):
    code = "follow-up.rectification-reason-missing"
    title = "Motif de rectification à indiquer"


@dataclass(frozen=True)
class OpinionDraft:
    """`maison`, `reason_code` and `effective_on` are for a favourable opinion on a change of Maison."""

    opinion: Opinion
    note: str | None = None
    maison: str | None = None
    reason_code: str | None = None
    effective_on: date | None = None


@dataclass(frozen=True)
class Given:
    """A published opinion: `number` is 1..n of its file, the highest counts.

    `taken_back_by` is the number of the rectified admission because of which its change of Maison does not happen.
    """

    number: int
    session_id: UUID
    subject: Subject
    stated: OpinionDraft
    taken_back_by: int | None = None


@dataclass(frozen=True)
class Change:
    """A change of Maison that was decided and that nobody has carried out yet."""

    to: str
    on: date


@dataclass(frozen=True)
class Parcours:
    """A person whom this commission admitted, at the Maison that accompanies them."""

    participant_id: UUID
    maison: str
    ended_on: date | None = None
    change: Change | None = None

    def as_of(self, today: date) -> "Parcours":
        """A change is effective from its day, or from the day that the old Maison handed over."""
        if self.change is None or self.change.on > today:
            return self
        return replace(self, maison=self.change.to, change=None)


def brought_to(maison: str | None, change: Change | None, moved_on: date | None, today: date) -> str | None:
    """The Maison that a change of Maison led the person to, whatever is decided on their admission.

    `maison` accompanies them; `moved_on` is the last day that one took over from another.
    """
    if change is not None and change.on <= today:
        return change.to
    return maison if moved_on else None


def may_be_followed(
    file: File, parcours: Parcours | None, session: Session, subject: Subject, maisons: Set[str]
) -> Parcours:
    """What a session may give an opinion on: a parcours under way, once at a time.

    Raises SessionClosed, NoParcours, ParcoursOver, NowhereToGo, ChangePending, AlreadyOnAgenda, OnAnotherAgenda.
    """
    sessions.is_still_open(session)
    if file.status is not Status.ADMITTED or parcours is None:
        raise NoParcours(f"{file.name} n’a pas de parcours ouvert par cette commission : il n’y a rien à suivre.")
    if parcours.ended_on is not None:
        raise ParcoursOver(f"Le parcours de {file.name} est terminé : une nouvelle orientation en ouvrirait un autre.")
    if subject is Subject.REASSIGNMENT and len(maisons) < 2:
        raise NowhereToGo("Cette commission n’a qu’une Maison : il n’y en a pas d’autre où accompagner la personne.")
    if subject is Subject.REASSIGNMENT and parcours.change is not None:
        raise ChangePending(
            f"Un changement de Maison est déjà décidé pour {file.name}, à compter du {long_date(parcours.change.on)}. "
            "Rectifiez cet avis, ou attendez ce jour."
        )
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


def rectify(
    file: File,
    session: Session,
    last: Given | None,
    stated: OpinionDraft,
    parcours: Parcours,
    maisons: Set[str],
    today: date,
) -> Given:
    """An opinion that replaces the last one of a closed session, at once and with its reason.

    Raises SessionStillOpen, NothingToRectify, OpinionSuperseded, ChangeTakenBack, ChangeCarriedOut, or the first broken
    rule with every field in error.
    """
    sessions.is_closed(session, "l’avis")
    if last is None:
        raise NothingToRectify(f"La commission n’a encore donné aucun avis sur le parcours de {file.name}.")
    if not is_last(file, session.session_id, last):
        raise OpinionSuperseded(
            f"Le dernier avis sur le parcours de {file.name} n’est pas de la séance du {long_date(session.held_on)}, "
            "ou une séance l’examine à nouveau. Seul le dernier avis se rectifie."
        )
    if last.taken_back_by is not None:
        raise ChangeTakenBack(
            f"Le changement de Maison de {file.name} a été rapporté par la décision n° {last.taken_back_by} : il n’y a "
            "plus rien à rectifier. Inscrivez un nouveau changement de Maison à une prochaine séance."
        )
    if is_carried_out(last, parcours):
        raise ChangeCarriedOut(
            f"Le changement de Maison de {file.name} est effectif : il ne se défait pas par une rectification. "
            "Inscrivez un nouveau changement de Maison à une prochaine séance."
        )
    keeps_every_rule(last.subject, stated, parcours, maisons, today, rectifies=True)
    return Given(last.number + 1, session.session_id, last.subject, stated)


def is_last(file: File, session_id: UUID, given: Given) -> bool:
    """Only the last opinion is rectified, and only while no other session examines the parcours again."""
    return given.session_id == session_id and given.number == file.opinions and file.session_id is None


def may_be_rectified(file: File, session_id: UUID, given: Given, parcours: Parcours) -> bool:
    """Whether `rectify` has something to change."""
    done = given.taken_back_by is not None or is_carried_out(given, parcours)
    return parcours.ended_on is None and is_last(file, session_id, given) and not done


def is_carried_out(given: Given, parcours: Parcours) -> bool:
    """Whether the opinion moved the person, and it is too late to stop it."""
    return changes(given.subject, given.stated) and given.taken_back_by is None and parcours.change is None


def keeps_every_rule(
    subject: Subject,
    stated: OpinionDraft,
    parcours: Parcours,
    maisons: Set[str],
    today: date,
    *,
    rectifies: bool = False,
) -> None:
    """The first broken rule gives the problem its code; each one marks its field."""
    broken = [
        *a_change_names_another_maison(subject, stated, parcours, maisons),
        *a_change_has_its_reason(subject, stated),
        *a_change_has_a_day_to_come(subject, stated, today),
        *an_unfavourable_opinion_says_why(stated),
        *(a_rectification_says_why(stated) if rectifies else ()),
    ]
    if broken:
        raise type(broken[0])(broken[0].detail, errors=[error for rule in broken for error in rule.errors])


def a_change_names_another_maison(
    subject: Subject, stated: OpinionDraft, parcours: Parcours, maisons: Set[str]
) -> Iterator[Invalid]:
    if not changes(subject, stated):
        return
    if stated.maison not in maisons:
        yield _refusal(NewMaisonMissing, "maison", "Choisissez la Maison qui accompagnera la personne.")
    elif stated.maison == parcours.maison:
        yield _refusal(
            SameMaison, "maison", "La personne est déjà accompagnée par cette Maison : choisissez-en une autre."
        )


def a_change_has_its_reason(subject: Subject, stated: OpinionDraft) -> Iterator[Invalid]:
    if changes(subject, stated) and (stated.reason_code or "") not in codes("assignment-reason"):
        yield _refusal(ChangeReasonMissing, "reason_code", "Indiquez pourquoi la personne change de Maison.")


def a_change_has_a_day_to_come(subject: Subject, stated: OpinionDraft, today: date) -> Iterator[Invalid]:
    """The Maisons hand over from a day they both still know ahead of them, or today."""
    if not changes(subject, stated):
        return
    if stated.effective_on is None:
        yield _refusal(ChangeDayMissing, "effective_on", "Indiquez à partir de quand la nouvelle Maison accompagne.")
    elif stated.effective_on < today:
        yield _refusal(ChangeDayPast, "effective_on", "La date d’effet est passée : choisissez aujourd’hui ou après.")


def an_unfavourable_opinion_says_why(stated: OpinionDraft) -> Iterator[Invalid]:
    """The note stays in the minutes: the Maison's fact carries codes only."""
    if stated.opinion is Opinion.UNFAVOURABLE and not stated.note:
        yield _refusal(OpinionReasonMissing, "note", "Un avis défavorable se motive : dites pourquoi au procès-verbal.")


def a_rectification_says_why(stated: OpinionDraft) -> Iterator[Invalid]:
    if not stated.note and stated.opinion is not Opinion.UNFAVOURABLE:
        yield _refusal(RectificationReasonMissing, "note", "Une rectification a un motif, gardé au procès-verbal.")


def give(
    file: File, session: Session, subject: Subject, stated: OpinionDraft, parcours: Parcours, given_on: date
) -> OpinionGiven:
    """The opinion as a fact; for the Maison, the last one of a session on a subject counts."""
    return OpinionGiven(
        orientation_id=file.orientation_id,
        participant_id=parcours.participant_id,
        session_id=session.session_id,
        subject=subject.value,
        opinion=stated.opinion.value,
        given_on=given_on,
    )


def reassign(file: File, subject: Subject, stated: OpinionDraft, parcours: Parcours) -> MaisonReassigned | None:
    """The change itself, where the opinion is favourable to one."""
    if not changes(subject, stated):
        return None
    return _moved(file, parcours, parcours.maison, stated.maison, stated.effective_on, stated.reason_code)


def stay(file: File, given: Given, parcours: Parcours) -> MaisonReassigned | None:
    """Where the opinion given was a change, it is taken back."""
    return take_back(file, parcours) if changes(given.subject, given.stated) else None


def take_back(file: File, parcours: Parcours) -> MaisonReassigned | None:
    """A change still to come does not happen: on its day the person is where they were."""
    if parcours.change is None:
        return None
    return _moved(file, parcours, parcours.change.to, parcours.maison, parcours.change.on, "autre")


def changes(subject: Subject, stated: OpinionDraft) -> bool:
    """Whether the opinion is itself a change of Maison."""
    return subject is Subject.REASSIGNMENT and stated.opinion is Opinion.FAVOURABLE


def _moved(
    file: File, parcours: Parcours, source: str, target: str | None, on: date | None, reason_code: str | None
) -> MaisonReassigned:
    return MaisonReassigned.model_validate(
        {
            "orientation_id": file.orientation_id,
            "participant_id": parcours.participant_id,
            "from": source,
            "to": target,
            "effective_on": on,
            "reason_code": reason_code,
        }
    )


def _refusal(problem: type[Invalid], path: str, message: str) -> Invalid:
    return problem(message, errors=[FieldError(path, problem.code, message)])
