"""A change of Maison on the screen: what happens on which day, and what it means for whoever reads the file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from plie_chassis.calendar import long_date, short_date
from plie_contracts.declaration import Declaration
from plie_parcours.domain import wording
from plie_parcours.domain.parcours import Parcours
from plie_parcours.queries.people import Person


def title_of(declaration: Declaration, organisation: str) -> str:
    """A Maison that is declared no more keeps its short name."""
    instance = declaration.instances.get(f"{organisation}.parcours")
    return instance.title if instance else organisation


@dataclass(frozen=True, slots=True)
class Banner:
    """A change of Maison: what happens when, and what it means for whoever reads the page."""

    title: str
    text: str
    tone: str


def banner(parcours: Parcours, today: date, title: Callable[[str], str]) -> Banner | None:
    """The next change, or the one that took the person elsewhere."""
    leaving, arriving, elsewhere = parcours.leaving, parcours.arriving, parcours.elsewhere
    if leaving is not None:
        return Banner(
            f"Transfert prévu le {long_date(leaving.on)} {wording.to_the(title(leaving.maison))}",
            "Jusque-là, l’accompagnement continue ici. Ce jour-là, le dossier part de lui-même, et ne change plus ici."
            " Les notes des contacts restent dans cette Maison.",
            "soon",
        )
    if elsewhere is not None and elsewhere.handed_over:
        return Banner(
            f"Parcours transmis {wording.to_the(title(elsewhere.maison))} le {long_date(elsewhere.since)}",
            "Ce dossier se lit, il ne change plus. Ce qui reste à noter, même d’avant ce jour, se signale à cette Maison.",
            "",
        )
    if elsewhere is not None and elsewhere.admitted:
        return Banner(
            "Admission rectifiée par la CLAS",
            f"Cette personne est accompagnée {wording.by_the(title(elsewhere.maison))} depuis le {long_date(elsewhere.since)}.",
            "",
        )
    if elsewhere is not None:
        return Banner(
            "Changement de Maison annulé par la CLAS",
            f"Cette personne reste accompagnée {wording.by_the(title(elsewhere.maison))}.",
            "",
        )
    if arriving is None:
        return None
    of_the_other = wording.of_the(title(arriving.maison))
    if today < arriving.on:
        return Banner(
            f"Arrivée prévue le {long_date(arriving.on)}, {of_the_other}",
            "L’autre Maison accompagne jusque-là. Un référent s’affecte à partir de ce jour.",
            "soon",
        )
    return Banner(
        f"Dossier attendu {of_the_other}",
        f"Cette Maison accompagne depuis le {long_date(arriving.on)}. L’historique et les échéances paraîtront dès que"
        " l’autre Maison aura transmis son dossier.",
        "soon",
    )


def may_be_assigned(parcours: Parcours, today: date) -> bool:
    """Whether a référent may be chosen now."""
    return not parcours.is_closed and (parcours.arriving is None or parcours.arriving.on <= today)


def tag(person: Person, today: date) -> tuple[str, str] | None:
    """A change of Maison in a list: « Transfert le 1er juil. 2027 »."""
    if person.leaves_on is not None:
        return f"Transfert le {short_date(person.leaves_on)}", "soon"
    if person.handed_over_on is not None:
        return f"Transmis le {short_date(person.handed_over_on)}", ""
    if person.arrives_on is None:
        return None
    if person.arrives_on > today:
        return f"Arrive le {short_date(person.arrives_on)}", "now"
    return "Dossier attendu", "soon"
