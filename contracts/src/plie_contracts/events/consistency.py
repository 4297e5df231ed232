"""Rules that tie fields together: consistency is part of the schema, for readers as for writers.

Each rule is one function named as it reads; it raises a French error that names the field."""

from datetime import date
from typing import Final

from pydantic_core import PydanticCustomError

DURABLE_CONTRACTS: Final = frozenset({"cdi", "creation-entreprise"})
PASSING_CONTRACTS: Final = frozenset({"interim", "saisonnier", "cdi-interimaire", "alternance"})
DURABLE_CDD_MONTHS: Final = 6


def is_durable(contract_kind: str, contract_months: int | None) -> bool | None:
    """Durable = CDI, CDD of more than six months, business creation (field text); None for a kind we do not know."""
    if contract_kind == "cdd":
        return contract_months is not None and contract_months > DURABLE_CDD_MONTHS
    if contract_kind in DURABLE_CONTRACTS:
        return True
    return False if contract_kind in PASSING_CONTRACTS else None


def cdd_states_its_months(contract_kind: str, contract_months: int | None) -> None:
    if contract_kind == "cdd" and contract_months is None:
        raise _broken("cdd_states_its_months", "contract_months", "un CDD indique sa durée en mois")


def durable_agrees_with_contract(contract_kind: str, contract_months: int | None, durable: bool) -> None:
    expected = is_durable(contract_kind, contract_months)
    if expected is not None and durable != expected:
        kind = "durable" if expected else "non durable"
        raise _broken(
            "durable_agrees_with_contract", "durable", f"ce contrat est {kind} : l’indicateur dit le contraire"
        )


def six_months_imply_three(three: bool | None, six: bool | None, months_followed: int) -> None:
    if not six:
        return
    if not three:
        raise _broken(
            "six_months_imply_three", "retained_3_months", "un maintien à six mois suppose le maintien à trois mois"
        )
    if months_followed < 6:
        raise _broken("six_months_imply_three", "months_followed", "un maintien à six mois suppose six mois de suivi")


def exactly_one_of_job_and_step(job_id: object | None, step_id: object | None) -> None:
    if (job_id is None) == (step_id is None):
        raise _broken(
            "exactly_one_of_job_and_step",
            "job_id",
            "un suivi porte sur un emploi ou sur une étape, exactement un des deux",
        )


def contract_ends_after_it_is_signed(signed_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < signed_on:
        raise _broken("contract_ends_after_it_is_signed", "ends_on", "un contrat ne finit pas avant sa signature")


def step_is_planned_to_end_after_its_start(started_on: date, planned_end_on: date | None) -> None:
    if planned_end_on is not None and planned_end_on < started_on:
        raise _broken(
            "step_is_planned_to_end_after_its_start",
            "planned_end_on",
            "la fin prévue d’une étape ne précède pas son début",
        )


def first_interview_is_in_person(first_interview: bool, medium: str) -> None:
    if first_interview and medium != "presentiel":
        raise _broken("first_interview_is_in_person", "first_interview", "le premier entretien a lieu en présentiel")


def _broken(rule: str, path: str, message: str) -> PydanticCustomError:
    return PydanticCustomError("consistency", "{message}", {"rule": rule, "path": path, "message": message})
