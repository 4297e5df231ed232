"""What the commission decides on a file: admit, defer or refuse; a draft until its session closes.

Decisions of a file are numbered 1..n and never overwritten; the highest counts. Each rule below is one function.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from plie_admission.domain import files, sessions
from plie_admission.domain.criteria import NAMES, PreAssessment
from plie_admission.domain.files import File
from plie_admission.domain.sessions import Session
from plie_chassis.calendar import long_date
from plie_chassis.problems import Conflict, FieldError, Invalid
from plie_contracts.events import (
    AdmissionDeferred,
    AdmissionRefused,
    AdmissionValidated,
    Criteria,
)
from plie_contracts.vocabulary import codes, in_facts

ONLY_TO_DEFER = frozenset({"dossier-incomplet"})


class Kind(StrEnum):
    ADMIT = "admit"
    DEFER = "defer"
    REFUSE = "refuse"


class MaisonMissing(Invalid):
    code = "decision.maison-missing"
    title = "Maison à choisir"


class MaisonNotOurs(Invalid):
    code = "decision.maison-not-ours"
    title = "Maison d’une autre commission"


class MaisonChangedSince(Invalid):
    code = "decision.maison-changed"
    title = "Changement de Maison effectif"


class PlusValueMissing(Invalid):
    code = "decision.plus-value-missing"
    title = "Plus-value à indiquer"


class ReasonMissing(Invalid):
    code = "decision.reason-missing"
    title = "Motif à indiquer"


class ReasonOnlyToDefer(Invalid):
    code = "decision.reason-only-to-defer"
    title = "Motif d’ajournement"


class DeferralDayMissing(Invalid):
    code = "decision.defer-until-missing"
    title = "Date de retour à indiquer"


class DeferralDayPast(Invalid):
    code = "decision.defer-until-past"
    title = "Date de retour passée"


class OverrideReasonMissing(Invalid):
    code = "decision.override-reason-missing"
    title = "Motif de dérogation à indiquer"


class RectificationReasonMissing(Invalid):
    code = "decision.rectification-reason-missing"
    title = "Motif de rectification à indiquer"


class CodeUnknown(Invalid):
    code = "decision.code-unknown"
    title = "Code inconnu"


class FieldNotForDecision(Invalid):
    code = "decision.field-not-meant"
    title = "Champ sans objet pour cette décision"


class SamePersonUnknown(Invalid):
    code = "decision.same-person-unknown"
    title = "Personne inconnue de la commission"


class NothingToRectify(Conflict):
    code = "decision.nothing-to-rectify"
    title = "Aucune décision à rectifier"


class DecisionSuperseded(Conflict):
    code = "decision.superseded"
    title = "Décision remplacée depuis"


@dataclass(frozen=True)
class Draft:
    """A decision as the commission states it; which fields it may hold depends on `decision`.

    `same_person_as` is a participant already admitted (re-entry); `adhesion_confirmed` what the person told the session.
    """

    decision: Kind
    maison: str | None = None
    plus_value_code: str | None = None
    reason_code: str | None = None
    defer_until: date | None = None
    reorientation: str | None = None
    override_reason: str | None = None
    same_person_as: UUID | None = None
    adhesion_confirmed: bool | None = None


STATED = tuple(field.name for field in fields(Draft) if field.name != "decision")
MEANT_FOR = {
    Kind.ADMIT: {"maison", "plus_value_code", "override_reason", "same_person_as", "adhesion_confirmed"},
    Kind.DEFER: {"reason_code", "defer_until", "adhesion_confirmed"},
    Kind.REFUSE: {"reason_code", "reorientation", "adhesion_confirmed"},
}
VERBS = {Kind.ADMIT: "Une admission", Kind.DEFER: "Un ajournement", Kind.REFUSE: "Un refus"}
VOCABULARY = {
    "plus_value_code": "plus-value",
    "reason_code": "decision-reason",
    "reorientation": "reorientation",
}


@dataclass(frozen=True)
class Ground:
    """What the rules weigh a draft against; `clas` is this commission's organisation, `today` the day it is stated.

    `brought_to` is the Maison that a change of Maison led the person to.
    """

    clas: str
    maisons: Set[str]
    assessment: PreAssessment
    held_on: date
    today: date
    brought_to: str | None = None


def draft(file: File, session: Session, stated: Draft, ground: Ground) -> Draft:
    """A draft on a file of the agenda of an open session; a later one replaces it.

    Raises SessionClosed, FileWithdrawn, FileRedirected, FileTransferred, NotOnAgenda, FollowedUp, or the first broken rule with every field in error.
    """
    sessions.is_still_open(session)
    files.is_still_addressed_here(file)
    files.is_on_the_agenda_of(file, session)
    files.is_to_be_decided(file)
    keeps_every_rule(stated, ground, rectifies=False)
    return stated


def rectify(file: File, session: Session, stated: Draft, ground: Ground) -> Draft:
    """A decision that replaces the last one of a closed session, at once and with its reason.

    Raises SessionStillOpen, NothingToRectify, DecisionSuperseded, or the first broken rule with every field in error.
    """
    sessions.is_closed(session, "la décision")
    if file.decisions == 0:
        raise NothingToRectify(f"Le dossier de {file.name} n’a encore aucune décision publiée.")
    if not last_decided_in(file, session.session_id):
        raise DecisionSuperseded(
            f"Le dossier de {file.name} n’a pas sa dernière décision à la séance du {long_date(session.held_on)}, "
            "ou une séance le réexamine. Seule la dernière décision se rectifie."
        )
    keeps_every_rule(stated, ground, rectifies=True)
    return stated


def last_decided_in(file: File, session_id: UUID) -> bool:
    """Only the last decision is rectified, and only while no other session examines the file again."""
    return file.decided_in == session_id and file.session_id is None


def admission_names_a_maison_of_this_commission(stated: Draft, ground: Ground) -> Invalid | None:
    if stated.decision is not Kind.ADMIT:
        return None
    if stated.maison is None:
        return _refusal(MaisonMissing, "maison", "Choisissez la Maison qui accueillera la personne.")
    if stated.maison not in ground.maisons:
        ours = ", ".join(sorted(ground.maisons))
        return _refusal(MaisonNotOurs, "maison", f"{stated.maison} n’est pas une Maison de cette commission ({ours}).")
    return None


def admission_leaves_the_person_where_a_change_of_maison_led_them(stated: Draft, ground: Ground) -> Invalid | None:
    """The Maison they left has handed their file over: only another change brings it back."""
    if stated.maison not in ground.maisons or ground.brought_to in {None, stated.maison}:
        return None
    return _refusal(
        MaisonChangedSince,
        "maison",
        f"Un changement de Maison a confié la personne à {ground.brought_to} : l’admission ne le défait pas. "
        "Gardez cette Maison, ou inscrivez un nouveau changement de Maison à une prochaine séance.",
    )


def admission_states_its_plus_value(stated: Draft, _: Ground) -> Invalid | None:
    """Field text: « après avoir identifié la plus-value de l’accompagnement PLIE pour la personne »."""
    if stated.decision is Kind.ADMIT and stated.plus_value_code is None:
        return _refusal(PlusValueMissing, "plus_value_code", "Indiquez ce que le PLIE apporte à la personne.")
    return None


def admission_against_a_criterion_says_why(stated: Draft, ground: Ground) -> Invalid | None:
    """The criteria are cumulative; the commission may pass over one that is not met, with a reason for the minutes."""
    not_met = with_the_session(stated, ground).not_met()
    if stated.decision is not Kind.ADMIT or not not_met or stated.override_reason is not None:
        return None
    names = ", ".join(NAMES[name].lower() for name in not_met)
    return _refusal(
        OverrideReasonMissing,
        "override_reason",
        f"Pré-examen non rempli ({names}) : indiquez pourquoi la commission admet tout de même.",
    )


def deferral_or_refusal_has_its_reason(stated: Draft, _: Ground) -> Invalid | None:
    if stated.decision is Kind.ADMIT or stated.reason_code is not None:
        return None
    return _refusal(ReasonMissing, "reason_code", f"{VERBS[stated.decision]} a un motif, transmis au prescripteur.")


def an_incomplete_file_is_deferred_not_refused(stated: Draft, _: Ground) -> Invalid | None:
    if stated.decision is not Kind.REFUSE or stated.reason_code not in ONLY_TO_DEFER:
        return None
    return _refusal(
        ReasonOnlyToDefer, "reason_code", "Un dossier incomplet s’ajourne ; un refus demande un autre motif."
    )


def deferral_has_a_day_to_come(stated: Draft, ground: Ground) -> Invalid | None:
    if stated.decision is not Kind.DEFER:
        return None
    if stated.defer_until is None:
        return _refusal(DeferralDayMissing, "defer_until", "Indiquez quand le dossier revient devant la commission.")
    earliest = max(ground.today, ground.held_on)
    if stated.defer_until <= earliest:
        return _refusal(
            DeferralDayPast,
            "defer_until",
            f"Le dossier ne peut revenir le {long_date(stated.defer_until)} : choisissez un jour après le {long_date(earliest)}.",
        )
    return None


def rectification_has_its_reason(stated: Draft) -> Invalid | None:
    if stated.reason_code is not None or stated.override_reason is not None:
        return None
    return _refusal(RectificationReasonMissing, "reason_code", "Une rectification a un motif, gardé au procès-verbal.")


def every_code_is_of_its_vocabulary(stated: Draft) -> Iterator[Invalid]:
    for field, vocabulary in VOCABULARY.items():
        code = getattr(stated, field)
        if code is not None and code not in codes(vocabulary):
            yield _refusal(CodeUnknown, field, f"« {code} » n’est pas un code connu : {', '.join(codes(vocabulary))}.")


def a_decision_holds_only_its_own_fields(stated: Draft, *, rectifies: bool) -> Iterator[Invalid]:
    meant = MEANT_FOR[stated.decision] | ({"reason_code", "override_reason"} if rectifies else set())
    for field in fields(stated)[1:]:
        if getattr(stated, field.name) is not None and field.name not in meant:
            message = f"{VERBS[stated.decision]} n’a pas de champ {field.name}."
            yield _refusal(FieldNotForDecision, field.name, message)


RULES = (
    admission_names_a_maison_of_this_commission,
    admission_leaves_the_person_where_a_change_of_maison_led_them,
    admission_states_its_plus_value,
    admission_against_a_criterion_says_why,
    deferral_or_refusal_has_its_reason,
    an_incomplete_file_is_deferred_not_refused,
    deferral_has_a_day_to_come,
)


def keeps_every_rule(stated: Draft, ground: Ground, *, rectifies: bool) -> None:
    """The first broken rule gives the problem its code; each one marks its field."""
    broken = list(_broken(stated, ground, rectifies=rectifies))
    if broken:
        raise type(broken[0])(broken[0].detail, errors=[error for rule in broken for error in rule.errors])


def _broken(stated: Draft, ground: Ground, *, rectifies: bool) -> Iterator[Invalid]:
    yield from a_decision_holds_only_its_own_fields(stated, rectifies=rectifies)
    yield from every_code_is_of_its_vocabulary(stated)
    for rule in RULES:
        if broken := rule(stated, ground):
            yield broken
    if rectifies and (broken := rectification_has_its_reason(stated)):
        yield broken


def _refusal(problem: type[Invalid], path: str, message: str) -> Invalid:
    return problem(message, errors=[FieldError(path, problem.code, message)])


def with_the_session(stated: Draft, ground: Ground) -> PreAssessment:
    """The pre-assessment, completed by what the person told the session."""
    return ground.assessment.with_adhesion(stated.adhesion_confirmed, ground.held_on)


Decision = AdmissionValidated | AdmissionDeferred | AdmissionRefused


@dataclass(frozen=True)
class Place:
    """A person's participant_id and the number of the parcours that this admission opens."""

    participant_id: UUID
    parcours_no: int


def publish(
    stated: Draft, file: File, session: Session, ground: Ground, *, place: Place | None, rectifies: bool = False
) -> Decision:
    """The decision as a fact, under the file's next number. An admission needs the `place` of the person.

    A rectification bears the day it is made, any other decision the day of its session.
    """
    common: dict[str, Any] = {
        "orientation_id": file.orientation_id,
        "decision_number": file.decisions + 1,
        "decided_on": ground.today if rectifies else sessions.decision_day(session, ground.today),
        "session_id": session.session_id,
        "rectifies": True if rectifies else None,
    }
    if stated.decision is Kind.DEFER:
        return AdmissionDeferred.model_validate(
            common | {"reason_code": stated.reason_code, "defer_until": stated.defer_until}
        )
    if stated.decision is Kind.REFUSE:
        told = in_facts("reorientation", stated.reorientation) if stated.reorientation else None
        return AdmissionRefused.model_validate(common | {"reason_code": stated.reason_code, "reorientation": told})
    if place is None:
        raise ValueError("an admission needs the person's place")
    assessment = with_the_session(stated, ground)
    return AdmissionValidated.model_validate(
        common
        | {
            "participant_id": place.participant_id,
            "parcours_no": place.parcours_no,
            "clas": ground.clas,
            "maison": stated.maison,
            "criteria": Criteria(**{name: criterion.result.value for name, criterion in assessment}),
            "overridden": bool(assessment.not_met()),
            "plus_value_code": stated.plus_value_code,
        }
    )
