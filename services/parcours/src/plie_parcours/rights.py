"""Who may write in a file, and who assigns its référent; whoever acts, by a page, the API or a command line."""

from plie_chassis.problems import Forbidden
from plie_chassis.unit_of_work import Actor, UnitOfWork
from plie_parcours.domain.parcours import Parcours


class NotYourFile(Forbidden):
    code = "participant.not-yours"
    title = "Dossier d’un autre référent"


class CoordinatorsOnly(Forbidden):
    code = "participant.coordinators-only"
    title = "Réservé à la coordination"


def refuse_other_referents(actor: Actor | None, parcours: Parcours) -> None:
    """A référent writes in their own files and reads the others. Raises NotYourFile."""
    if actor is None or coordinates(actor) or (actor.referent_id and actor.referent_id == parcours.referent_id):
        return
    raise NotYourFile(
        "Ce dossier est suivi par un autre référent : vous pouvez le lire, pas y écrire."
        " La coordination peut vous l’affecter."
    )


def coordinates(actor: Actor) -> bool:
    """A coordinator, or a system of the Maison that acts for no référent in particular."""
    return "coordinator" in actor.roles or (actor.kind == "token" and actor.referent_id is None)


def coordinators_only(work: UnitOfWork) -> None:
    if work.actor is not None and not coordinates(work.actor):
        raise CoordinatorsOnly("L’affectation d’un référent revient à la coordination de la Maison.")
