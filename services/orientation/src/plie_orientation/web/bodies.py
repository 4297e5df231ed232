"""What people send: the body of the API as a form, with a commune by its name, and a withdrawal."""

from contextlib import suppress
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import field_validator
from pydantic_core import PydanticCustomError

from plie_chassis.calendar import NBSP
from plie_chassis.web import Form
from plie_contracts.events import OrientationSubmitted, Part, SubmittedPerson
from plie_contracts.events.fields import In
from plie_orientation.domain import communes
from plie_orientation.domain.communes import NotOneCommune
from plie_orientation.domain.eligibility import Answers

SUGGESTIONS = 6


class PersonForm(SubmittedPerson):
    @field_validator("commune_insee", mode="before")
    @classmethod
    def meant(cls, typed: str) -> str:
        try:
            return communes.insee_of(typed)
        except NotOneCommune as unsure:
            raise PydanticCustomError("format", "{which}", {"which": which(unsure)}) from unsure


class OrientationForm(OrientationSubmitted):
    """`form_id` is drawn with the form, so that sending it twice makes one orientation."""

    form_id: UUID
    person: PersonForm

    def draft(self) -> OrientationSubmitted:
        return OrientationSubmitted.model_validate(self.model_dump(exclude={"form_id"}))


class Withdrawal(Part):
    """`version`, where it is given, is the one that was read."""

    reason_code: Annotated[str, In("withdrawal-reason", closed=True)]
    version: int | None = None


def which(unsure: NotOneCommune) -> str:
    if not unsure.candidates:
        return "aucune commune du PLIE ne porte ce nom. Vérifiez-le, ou indiquez le code INSEE d’une commune hors territoire"
    names = [communes.shown(commune.insee) for commune in unsure.candidates[:SUGGESTIONS]]
    more = "…" if len(unsure.candidates) > SUGGESTIONS else ""
    return f"plusieurs communes correspondent{NBSP}: {', '.join(names)}{more} Écrivez le nom complet"


def answers_so_far(form: Form) -> Answers:
    """What can already be read of a form that is being filled, as it would be sent now.

    A box left empty sends no answer where the contract admits none; the agreement may still be asked for.
    """

    def ticked(name: str) -> bool:
        return form.value(name) == "true"

    level = form.value("situation.education_level")
    return Answers(
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
        adhesion_given=ticked("adhesion.given") or None,
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
