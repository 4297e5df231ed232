"""The parts of the guided form: their fields, their order, how full each is. The last one reads it all again and sends."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from plie_chassis.problems import FieldError, NotFound
from plie_chassis.web import Form
from plie_orientation.domain.missing import missing

REVIEW: Final = "verification"


@dataclass(frozen=True)
class Section:
    slug: str
    title: str
    fields: tuple[str, ...]
    following: str
    """What the button that goes on says."""


SECTIONS: Final = (
    Section(
        "personne",
        "La personne",
        (
            "person.last_name",
            "person.first_name",
            "person.birth_date",
            "person.sex",
            "person.commune_insee",
            "person.address",
            "person.phone",
            "person.email",
            "continuity.clas",
            "continuity.reason",
        ),
        "Continuer vers sa situation",
    ),
    Section(
        "situation",
        "Sa situation",
        (
            "situation.employment",
            "situation.unemployed_since",
            "situation.rsa_recipient",
            "situation.first_time_jobseeker",
            "situation.entering_iae",
            "situation.precarious_jobs",
            "situation.foreign_diploma",
            "situation.qpv_resident",
            "situation.education_level",
            "situation.disability",
        ),
        "Continuer vers ses freins",
    ),
    Section("freins", "Ses freins", ("barriers", "motivation"), "Continuer vers son accord"),
    Section(
        "accord",
        "Son accord, et vous",
        (
            "adhesion.given",
            "adhesion.on",
            "adhesion.how",
            "prescriber.kind",
            "prescriber.structure",
            "prescriber.advisor",
            "prescriber.advisor_email",
            "external_reference",
        ),
        "Continuer vers la vérification",
    ),
)
BY_SLUG: Final = MappingProxyType({section.slug: section for section in SECTIONS})
SLUGS: Final = (*BY_SLUG, REVIEW)


def section(slug: str) -> Section:
    """Raises NotFound."""
    found = BY_SLUG.get(slug)
    if found is None:
        raise NotFound("Le formulaire n’a pas de partie de ce nom.")
    return found


def section_of(field: str) -> str:
    """Where a field is filled in; what no part has (a whole group) is in the first one that begins so."""
    plain = field.partition("[")[0]
    for one in SECTIONS:
        if any(name == plain or name.startswith(f"{plain}.") for name in one.fields):
            return one.slug
    return SECTIONS[0].slug


def in_order(errors: Sequence[FieldError]) -> Sequence[FieldError]:
    """As the parts ask for them, so that the first to mend is the first that one comes by."""
    places = {name: number for number, name in enumerate(name for one in SECTIONS for name in one.fields)}

    def place(error: FieldError) -> int:
        plain = error.path.partition("[")[0]
        return min((places[name] for name in places if name == plain or name.startswith(f"{plain}.")), default=0)

    return sorted(errors, key=place)


@dataclass(frozen=True)
class Stage:
    """A part as the progress shows it; `state`: done, current, ahead."""

    slug: str
    title: str
    state: str
    note: str


def stages(current: str, form: Form) -> Sequence[Stage]:
    return [_stage(one, current, form) for one in SECTIONS] + [
        Stage(REVIEW, "Vérification", "current" if current == REVIEW else "ahead", "")
    ]


def is_filled(one: Section, form: Form) -> bool:
    """Nothing that is needed lacks."""
    return not any(lack.needed and section_of(lack.field) == one.slug for lack in missing(form.value))


def _stage(one: Section, current: str, form: Form) -> Stage:
    """Done: something is filled in, and nothing that is needed lacks."""
    begun = any(form.value(name) for name in one.fields if not name.startswith("prescriber."))
    if one.slug == current:
        return Stage(one.slug, one.title, "current", "")
    if begun and is_filled(one, form):
        return Stage(one.slug, one.title, "done", "")
    return Stage(one.slug, one.title, "ahead", "à compléter" if begun else "")
