"""What people and partners' systems send: the body of the API as a form, an answer, a withdrawal, a webhook."""

from contextlib import suppress
from datetime import date
from typing import Annotated

from pydantic import Field, Strict, field_validator
from pydantic_core import PydanticCustomError

from plie_chassis.web import Form
from plie_contracts.events import OrientationSubmitted, Part, SubmittedPerson
from plie_contracts.events.addressed import Address, ClosedBarriers, Phone
from plie_contracts.events.fields import Day, EducationLevel, Email, Id, In
from plie_orientation.domain import communes
from plie_orientation.domain.adhesion import WAYS
from plie_orientation.domain.communes import NotOneCommune
from plie_orientation.domain.eligibility import Answers
from plie_orientation.domain.information import PROOFS, Answer

SUGGESTIONS = 6


class PersonForm(SubmittedPerson):
    @field_validator("commune_insee", mode="before")
    @classmethod
    def meant(cls, typed: str) -> str:
        try:
            return communes.insee_of(typed)
        except NotOneCommune as unsure:
            raise PydanticCustomError("format", "{which}", {"which": which(unsure)}) from unsure


class AdhesionForm(Part):
    """Neither yes nor no is no answer, and the question has to have one."""

    given: bool | None = Field(default=None, validate_default=True)
    on: Day | None = None
    how: Annotated[str, Field(pattern=f"^({'|'.join(WAYS)})$")] | None = None

    @field_validator("given")
    @classmethod
    def answered(cls, given: bool | None) -> bool:
        if given is None:
            raise PydanticCustomError("format", "dites si la personne adhère à la démarche, ou pas encore")
        return given


class OrientationForm(OrientationSubmitted):
    person: PersonForm
    adhesion: AdhesionForm = Field(default_factory=AdhesionForm)  # type: ignore[assignment]  # more than the contract's

    def draft(self) -> OrientationSubmitted:
        return OrientationSubmitted.model_validate(self.model_dump(exclude={"adhesion": {"how"}}))


class AnswerForm(Part):
    """An answer to the commission. `text_answers` are the codes that `text` answers; without any, the motivation or the only one left."""

    text: Annotated[str, Field(max_length=5000)] | None = None
    text_answers: Annotated[tuple[Annotated[str, In("information", closed=True)], ...], Strict(False)] = ()
    address: Address | None = None
    phone: Phone | None = None
    email: Email | None = None
    employment: Annotated[str, In("employment", closed=True)] | None = None
    unemployed_since: Day | None = None
    barriers: ClosedBarriers | None = None
    education_level: EducationLevel | None = None
    adhesion_given: bool | None = None
    adhesion_on: Day | None = None
    proof_of_address: Annotated[str, Field(pattern=f"^({'|'.join(PROOFS)})$")] | None = None

    def answer(self) -> Answer:
        given = {name: getattr(self, name) for name in AnswerForm.model_fields}
        return Answer(**{**given, "barriers": self.barriers or None})


class InformationAnswer(AnswerForm):
    """The same from a partner's system."""

    request_id: Id


class WebhookBody(Part):
    url: Annotated[str, Field(max_length=2000)]


class Withdrawal(Part):
    """`version`, where it is given, is the one that was read."""

    reason_code: Annotated[str, In("withdrawal-reason", closed=True)]
    version: int | None = None


def which(unsure: NotOneCommune) -> str:
    if not unsure.candidates:
        return "aucune commune du PLIE ne porte ce nom. Vérifiez-le, ou indiquez le code INSEE d’une commune hors territoire"
    names = [communes.shown(commune.insee) for commune in unsure.candidates[:SUGGESTIONS]]
    more = "…" if len(unsure.candidates) > SUGGESTIONS else ""
    return f"plusieurs communes correspondent : {', '.join(names)}{more} Écrivez le nom complet"


def answers_so_far(form: Form) -> Answers:
    """What can already be read of a form that is being filled, as it would be sent now.

    A box left empty sends no answer where the contract admits none.
    """

    def ticked(name: str) -> bool:
        return form.value(name) == "true"

    level = form.value("situation.education_level")
    return Answers(
        birth_date=_day(form.value("person.birth_date")),
        commune_insee=_commune(form.value("person.commune_insee")),
        continuity_clas=form.value("continuity.clas") or None,
        continuity_reason=form.value("continuity.reason").strip() or None,
        employment=form.value("situation.employment") or None,
        unemployed_since=_day(form.value("situation.unemployed_since")),
        rsa_recipient=ticked("situation.rsa_recipient"),
        first_time_jobseeker=ticked("situation.first_time_jobseeker"),
        entering_iae=ticked("situation.entering_iae"),
        precarious_jobs=ticked("situation.precarious_jobs") or None,
        foreign_diploma=ticked("situation.foreign_diploma") or None,
        qpv_resident=ticked("situation.qpv_resident") or None,
        education_level=int(level) if level.isdecimal() else None,
        disability=form.value("situation.disability") or None,
        barriers=tuple(form.values("barriers")),
        adhesion_given={"true": True, "false": False}.get(form.value("adhesion.given")),
        adhesion_on=_day(form.value("adhesion.on")),
    )


def _commune(typed: str) -> str | None:
    with suppress(NotOneCommune):
        return communes.insee_of(typed) if typed.strip() else None
    return None


def _day(typed: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(typed)
    return None
