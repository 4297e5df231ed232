"""What the fields that several organisations show of a person mean, in French, for the documents of their APIs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from plie_contracts.vocabulary import VOCABULARIES

PERSON: Final[Mapping[str, str]] = MappingProxyType(
    {
        "last_name": "Nom.",
        "first_name": "Prénom.",
        "birth_date": "Date de naissance.",
        "address": "Adresse postale.",
        "phone": "Téléphone.",
        "email": "Adresse électronique.",
    }
)
SITUATION: Final[Mapping[str, str]] = MappingProxyType(
    {
        "employment": "Situation d’emploi.",
        "unemployed_since": "Sans emploi depuis ce jour.",
        "rsa_recipient": "Bénéficiaire du RSA.",
        "first_time_jobseeker": "Primo-demandeur d’emploi.",
        "entering_iae": "Sur le point d’entrer en insertion par l’activité économique (IAE).",
        "precarious_jobs": "Emplois précaires successifs.",
        "foreign_diploma": "Diplôme étranger.",
        "qpv_resident": "Habite un quartier prioritaire de la ville (QPV).",
    }
)


def codes(labels: Mapping[str, str]) -> str:
    """Each code with what it stands for, as the end of a sentence."""
    return ", ".join(f"`{code}` ({label})" for code, label in labels.items()) + "."


def terms(vocabulary: str) -> str:
    return codes({term.code: term.label for term in VOCABULARIES[vocabulary].values()})
