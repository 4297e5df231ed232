"""What an orientation tells whom: everybody a pseudonymous fact, and only its commission who the person is.

Facts hold an age and codes, never what somebody typed; health, disability and what a prescriber's kind would reveal
stay with the commission.
"""

import re
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from plie_chassis.calendar import age_on, completed_months, paris_date
from plie_contracts.events import (
    FilePrescriber,
    FileSituation,
    IdentityProvided,
    OrientationFile,
    OrientationReceived,
    OrientationSubmitted,
    Person,
    Prescriber,
    Situation,
)
from plie_contracts.territory import without_accents
from plie_contracts.vocabulary import SENSITIVE_BARRIERS, in_facts
from plie_orientation.domain.addressing import Address


def fact(
    orientation_id: UUID, draft: OrientationSubmitted, address: Address, at: datetime, *, structure_known: bool
) -> OrientationReceived:
    """The pseudonymous fact of an orientation received at this instant."""
    person, situation, today = draft.person, draft.situation, paris_date(at)
    return OrientationReceived(
        orientation_id=orientation_id,
        addressed_to=address.clas,
        received_at=at,
        prescriber=prescriber_in_facts(
            draft.prescriber.kind, draft.prescriber.structure, structure_known=structure_known
        ),
        person=Person(
            age=age_on(today, person.birth_date),
            sex=person.sex,
            commune_insee=person.commune_insee,
            qpv_resident=situation.qpv_resident,
            education_level=situation.education_level,
        ),
        situation=Situation(
            employment=situation.employment,
            unemployed_months=unemployed_months(situation.unemployed_since, today),
            rsa_recipient=situation.rsa_recipient,
            first_time_jobseeker=situation.first_time_jobseeker,
            entering_iae=situation.entering_iae,
            precarious_jobs=situation.precarious_jobs,
            foreign_diploma=situation.foreign_diploma,
        ),
        barriers=told_in_facts(draft.barriers),
        adhesion=draft.adhesion.given,
        continuity=address.by_continuity,
    )


def identity(
    orientation_id: UUID, draft: OrientationSubmitted, organisation: str, received_on: date
) -> IdentityProvided:
    """The full snapshot for the one CLAS, health and disability included; `organisation` is the prescriber's."""
    person, situation, prescriber = draft.person, draft.situation, draft.prescriber
    return IdentityProvided(
        subject_kind="orientation",
        subject_id=orientation_id,
        last_name=person.last_name,
        first_name=person.first_name,
        birth_date=person.birth_date,
        sex=person.sex,
        commune_insee=person.commune_insee,
        address=person.address,
        phone=person.phone,
        email=person.email,
        disability=situation.disability,
        sensitive_barriers=tuple(code for code in draft.barriers if code in SENSITIVE_BARRIERS) or None,
        motivation=draft.motivation,
        file=OrientationFile(
            orientation_id=orientation_id,
            external_reference=draft.external_reference,
            prescriber=FilePrescriber(
                organisation=organisation,
                kind=prescriber.kind,
                structure=prescriber.structure,
                advisor=prescriber.advisor,
                advisor_email=prescriber.advisor_email,
            ),
            received_on=received_on,
            situation=FileSituation(
                employment=situation.employment,
                unemployed_since=situation.unemployed_since,
                rsa_recipient=situation.rsa_recipient,
                first_time_jobseeker=situation.first_time_jobseeker,
                entering_iae=situation.entering_iae,
                precarious_jobs=situation.precarious_jobs,
                foreign_diploma=situation.foreign_diploma,
                qpv_resident=situation.qpv_resident,
            ),
            education_level=situation.education_level,
            barriers=tuple(code for code in draft.barriers if code not in SENSITIVE_BARRIERS),
            adhesion_on=draft.adhesion.on if draft.adhesion.given else None,
            continuity_reason=draft.continuity.reason if draft.continuity else None,
        ),
    )


def prescriber_in_facts(kind: str, structure: str, *, structure_known: bool) -> Prescriber:
    """A kind that reveals something sensitive is told as AUTRE, and no AUTRE has a structure: one that lacks it tells nothing.

    A structure that is not known to the platform is text, which may hold a name.
    """
    told = in_facts("prescriber-kind", kind) or "AUTRE"
    if told == "AUTRE" or not structure_known:
        return Prescriber(kind=told)
    return Prescriber(kind=told, structure_code=structure_code(structure))


def told_in_facts(barriers: tuple[str, ...]) -> tuple[str, ...]:
    """Barriers without health, each once, in the order given."""
    return tuple(dict.fromkeys(code for code in barriers if code not in SENSITIVE_BARRIERS))


@lru_cache(maxsize=1024)
def structure_code(structure: str) -> str | None:
    """« Maison du Département Voiron » → `maison-du-departement-voiron`; None where no letter or digit is left."""
    return re.sub("[^a-z0-9]+", "-", without_accents(structure)).strip("-")[:64].strip("-") or None


def unemployed_months(since: date | None, today: date) -> int | None:
    """Whole months without employment on that day, counted as the commission counts them."""
    return completed_months(since, today) if since else None
