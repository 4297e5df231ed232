"""Prescribers orient: through the handler that also answers the API, on the day of each life."""

from datetime import timedelta
from random import Random

from plie_chassis.service import Runtime
from plie_contracts.events import OrientationSubmitted
from plie_contracts.vocabulary import codes
from plie_deploy.lives.life import Life
from plie_deploy.lives.seasons import office_hours
from plie_orientation.domain.authors import Author
from plie_orientation.handlers.orientations import (
    ReceiveOrientation,
    WithdrawOrientation,
    receive_orientation,
    withdraw_orientation,
)

ADVISORS = ("C. Arnaud", "P. Lemoine", "S. Vidal", "H. Roux", "M. Gautier", "J. Perret", "N. Colin", "B. Olivier")
IN_ONE_TRANSACTION = 40


async def orient(runtime: Runtime, lives: list[Life]) -> None:
    """Receive the orientations of one instance, in the order of their days; some are withdrawn before the commission."""
    for first in range(0, len(lives), IN_ONE_TRANSACTION):
        async with runtime.units.begin() as work:
            for life in lives[first : first + IN_ONE_TRANSACTION]:
                random = life.random("orientation")
                author = Author(runtime.instance.organisation, None, frozenset(codes("prescriber-kind")))
                work.now = office_hours(random, life.oriented_on)
                stored = await receive_orientation(ReceiveOrientation(submission(life, random), author), work)
                life.orientation_id = stored.orientation.id
                if life.verdict == "withdraw":
                    work.now += timedelta(days=random.randrange(1, 5))
                    reason = random.choice(("emploi-trouve", "refus-personne", "demenagement"))
                    if work.now < runtime.units.clock():
                        await withdraw_orientation(WithdrawOrientation(life.orientation_id, reason, author), work)


def submission(life: Life, random: Random) -> OrientationSubmitted:
    person = life.person
    unemployed_since = life.oriented_on - timedelta(days=30 * person.months_unemployed + random.randrange(28))
    advisor = random.choice(ADVISORS)
    adheres = not (life.verdict == "refuse" and refusal_of(life) == "non-adhesion")
    return OrientationSubmitted.model_validate(
        {
            "external_reference": life.reference,
            "prescriber": {
                "kind": person.prescriber_kind,
                "structure": person.structure,
                "advisor": advisor,
                "advisor_email": f"{advisor.replace('. ', '.').lower()}@prescripteur.example",
            },
            "person": {
                "last_name": person.last_name,
                "first_name": person.first_name,
                "birth_date": person.birth_date,
                "sex": person.sex,
                "commune_insee": person.commune_insee,
                "address": person.address,
                "phone": person.phone,
            },
            "situation": {
                "employment": "unemployed",
                "unemployed_since": max(unemployed_since, person.birth_date + timedelta(days=16 * 366)),
                "rsa_recipient": person.rsa,
                "first_time_jobseeker": person.first_time_jobseeker,
                "entering_iae": random.random() < 0.08,
                "precarious_jobs": person.precarious_jobs,
                "foreign_diploma": person.foreign_diploma,
                "education_level": person.education_level,
                "qpv_resident": person.qpv,
                "disability": person.disability,
            },
            "barriers": person.barriers,
            "adhesion": {"given": adheres, "on": life.oriented_on if adheres else None},
            "motivation": person.motivation,
        }
    )


def refusal_of(life: Life) -> str:
    from plie_deploy.lives.life import REFUSALS, choose

    return choose(life.random("refusal"), REFUSALS)
