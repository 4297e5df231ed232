"""What a form still lacks: what must be there before it can be sent, and what the commission will ask for otherwise.

Source: the fields the contract requires, and the commission's own list of what makes a file complete.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Values = Callable[[str], str]
"""The text of a field by its name; empty where nothing is typed."""


@dataclass(frozen=True)
class Missing:
    """`field` is where it is filled in; `needed`: without it nothing can be sent."""

    field: str
    text: str
    needed: bool


NEEDED: Mapping[str, str] = {
    "person.last_name": "son nom",
    "person.first_name": "son prénom",
    "person.birth_date": "sa date de naissance",
    "person.commune_insee": "sa commune de résidence",
    "situation.employment": "sa situation d’emploi",
    "adhesion.given": "sa réponse sur l’adhésion",
    "prescriber.kind": "votre qualité de prescripteur",
    "prescriber.structure": "votre structure",
}


def missing(value: Values) -> tuple[Missing, ...]:
    """In the order of the form; the needed first."""
    needed = [Missing(field, text, True) for field, text in NEEDED.items() if not value(field).strip()]
    return (*needed, *_evidence(value))


def _evidence(value: Values) -> list[Missing]:
    rules = (
        no_way_to_reach_the_person,
        no_date_of_unemployment,
        no_education_level,
        no_barrier,
        no_motivation,
        no_date_of_adhesion,
        no_reason_of_continuity,
    )
    return [found for rule in rules if (found := rule(value)) is not None]


def no_way_to_reach_the_person(value: Values) -> Missing | None:
    if value("person.phone").strip() or value("person.email").strip():
        return None
    return Missing("person.phone", "un téléphone ou une adresse électronique", False)


def no_date_of_unemployment(value: Values) -> Missing | None:
    if value("situation.employment") != "unemployed" or value("situation.unemployed_since"):
        return None
    return Missing("situation.unemployed_since", "la date depuis laquelle elle est sans emploi", False)


def no_education_level(value: Values) -> Missing | None:
    return (
        None
        if value("situation.education_level")
        else Missing("situation.education_level", "son niveau d’études", False)
    )


def no_barrier(value: Values) -> Missing | None:
    return None if value("barriers") else Missing("barriers", "ses freins", False)


def no_motivation(value: Values) -> Missing | None:
    return None if value("motivation").strip() else Missing("motivation", "quelques mots pour la commission", False)


def no_date_of_adhesion(value: Values) -> Missing | None:
    if value("adhesion.given") != "true" or value("adhesion.on"):
        return None
    return Missing("adhesion.on", "la date de son accord", False)


def no_reason_of_continuity(value: Values) -> Missing | None:
    if not value("continuity.clas") or value("continuity.reason").strip():
        return None
    return Missing("continuity.reason", "le motif de la continuité", True)
