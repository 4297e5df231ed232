"""Changes of Maison that the CLAS decided, in the order it decided them: only the next one can be done.

Invariant: what a Maison has not received it does not hand over, and a change taken back before its day never happens.
"""

from dataclasses import replace
from datetime import date

from plie_parcours.domain.parcours import Parcours
from plie_parcours.domain.records import Elsewhere, Move


def decided(parcours: Parcours, move: Move, *, ahead: bool) -> Parcours:
    """One more change; `ahead`: the CLAS spoke before its day, so that it may be taking back the change before it."""
    if ahead and takes_back(parcours, move):
        stays_there = Elsewhere(move.maison, move.on, handed_over=False) if move.leaves else parcours.elsewhere
        return replace(parcours, moves=parcours.moves[:-1], elsewhere=stays_there)
    after = replace(parcours, moves=(*parcours.moves, move))
    return after if parcours.moves else _expecting(after)


def takes_back(parcours: Parcours, move: Move) -> bool:
    """Between the same two Maisons and for the same day, but the other way round: the person stays where they are."""
    return bool(parcours.moves) and parcours.moves[-1] == replace(move, leaves=not move.leaves)


def handed_over(parcours: Parcours, to: str, on: date) -> Parcours:
    """The file left; the référent of this Maison accompanies no more."""
    referents = tuple(each if each.until else replace(each, until=on) for each in parcours.referents)
    elsewhere = Elsewhere(to, on, handed_over=True)
    return _expecting(replace(parcours, moves=parcours.moves[1:], elsewhere=elsewhere, referents=referents))


def taken_over(parcours: Parcours) -> Parcours:
    """The file arrived; the person had come on the day that the CLAS set."""
    return replace(parcours, moves=parcours.moves[1:], arrived_on=parcours.moves[0].on)


def admitted_again(parcours: Parcours, elsewhere: str | None, on: date) -> Parcours:
    """A later decision admits the person: here, or `elsewhere`. Repeated where they are already, it changes nothing.

    Another Maison goes on with the parcours, which is not this one's to end, unless a change of Maison explains that it
    is the one named.
    """
    if elsewhere is not None and not _explains(parcours, elsewhere, on):
        there = Elsewhere(elsewhere, on, handed_over=False, admitted=True)
        return replace(parcours, revoked_on=None, elsewhere=there)
    away = parcours.elsewhere
    if parcours.revoked_on is not None or (elsewhere is None and away is not None and away.admitted):
        parcours = replace(parcours, revoked_on=None, admitted_on=on)
    if elsewhere is None and away is not None and not away.handed_over:
        return replace(parcours, elsewhere=None)
    return parcours


def _explains(parcours: Parcours, maison: str, on: date) -> bool:
    """Whoever has left, or is there already, or is to leave for that Maison, or came after that day."""
    away = parcours.elsewhere
    if away is not None and (away.maison == maison or not away.admitted):
        return True
    if parcours.leaving is not None and parcours.moves[-1].maison == maison:
        return True
    came_on = parcours.arriving.on if parcours.arriving else parcours.arrived_on
    return came_on is not None and on < came_on


def _expecting(parcours: Parcours) -> Parcours:
    """Where a file comes next, the parcours goes on here, with a référent that this Maison still has to choose."""
    if parcours.arriving is None:
        return parcours
    return replace(parcours, elsewhere=None, referent_id=None, referent_since=None)
