"""What makes an orientation acceptable: one function a rule, answering its refusal or None.

The form's field errors, the API's problem and a direct producer's RecordRefused all quote these.
"""

from datetime import date

from plie_chassis.calendar import age_on, long_date
from plie_chassis.problems import FieldError, Invalid
from plie_chassis.typesetting import NBSP
from plie_contracts.events import OrientationSubmitted

YOUNGEST, OLDEST = 14, 99


class BirthDateInFuture(Invalid):
    code = "person.birth-date-in-future"
    title = "Date de naissance dans le futur"


class AgeOutOfRange(Invalid):
    code = "person.age-out-of-range"
    title = "Âge hors limites"


class UnemployedSinceInFuture(Invalid):
    code = "situation.unemployed-since-in-future"
    title = "Date sans emploi dans le futur"


class UnemployedBeforeBirth(Invalid):
    code = "situation.unemployed-before-birth"
    title = "Sans emploi avant la naissance"


class AdhesionInFuture(Invalid):
    code = "adhesion.in-future"
    title = "Adhésion datée dans le futur"


def born_in_the_past(birth_date: date, today: date) -> Invalid | None:
    if birth_date <= today:
        return None
    return at_field(
        "person.birth_date",
        BirthDateInFuture,
        f"La date de naissance ({long_date(birth_date)}) est dans le futur. Vérifiez le jour, le mois et l’année.",
    )


def of_an_age_to_be_oriented(birth_date: date, today: date) -> Invalid | None:
    """14 to 99, both included; a birth in the future is refused as such by `born_in_the_past`."""
    age = age_on(today, birth_date)
    if birth_date > today or YOUNGEST <= age <= OLDEST:
        return None
    years = f"{age}{NBSP}an" if age < 2 else f"{age}{NBSP}ans"
    return at_field(
        "person.birth_date",
        AgeOutOfRange,
        f"La personne aurait {years}. Une orientation concerne une personne de {YOUNGEST} à {OLDEST}{NBSP}ans"
        " : vérifiez la date de naissance.",
    )


def unemployed_since_a_past_day(since: date | None, today: date) -> Invalid | None:
    if since is None or since <= today:
        return None
    return at_field(
        "situation.unemployed_since",
        UnemployedSinceInFuture,
        f"Le début de la période sans emploi ({long_date(since)}) est dans le futur."
        " Indiquez une date passée. Une date approchée suffit.",
    )


def unemployed_since_birth_at_most(since: date | None, birth_date: date) -> Invalid | None:
    if since is None or since >= birth_date:
        return None
    return at_field(
        "situation.unemployed_since",
        UnemployedBeforeBirth,
        f"Le début de la période sans emploi ({long_date(since)}) précède la naissance ({long_date(birth_date)})."
        " Corrigez l’une des deux dates.",
    )


def adhered_by_today(on: date | None, today: date) -> Invalid | None:
    if on is None or on <= today:
        return None
    return at_field(
        "adhesion.on",
        AdhesionInFuture,
        f"L’adhésion est datée du {long_date(on)}, dans le futur. Indiquez le jour où la personne a donné son accord.",
    )


def at_field(path: str, refusal: type[Invalid], message: str) -> Invalid:
    return refusal(message, errors=[FieldError(path, refusal.code, message)])


def broken_by(draft: OrientationSubmitted, today: date) -> list[Invalid]:
    """What this draft breaks, in the order of the form."""
    person, situation = draft.person, draft.situation
    judged = (
        born_in_the_past(person.birth_date, today),
        of_an_age_to_be_oriented(person.birth_date, today),
        unemployed_since_a_past_day(situation.unemployed_since, today),
        unemployed_since_birth_at_most(situation.unemployed_since, person.birth_date),
        adhered_by_today(draft.adhesion.on, today),
    )
    return [refusal for refusal in judged if refusal is not None]


def together(first: Invalid, *others: Invalid) -> Invalid:
    """One refusal that tells all; the first one gives its code and its sentence."""
    return type(first)(first.detail, errors=[error for refusal in (first, *others) for error in refusal.errors])
