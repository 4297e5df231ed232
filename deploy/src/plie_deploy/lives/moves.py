"""Two people change Maison within a commission: one has come to the other Maison, one leaves on a day to come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from plie_admission.domain.follow_ups import Opinion, OpinionDraft, Subject
from plie_admission.domain.sessions import QUORUM
from plie_admission.handlers.closing import CloseSession, close_session
from plie_admission.handlers.follow_ups import GiveOpinion, give_opinion
from plie_admission.handlers.sessions import AddFollowUp, CreateSession, add_follow_up, create_session
from plie_chassis.calendar import PARIS, is_working_day, next_working_day
from plie_chassis.ids import new_id
from plie_chassis.service import Runtime
from plie_chassis.unit_of_work import Actor
from plie_deploy.lives.deciding import FOLLOWED_UP_NEXT, PLACES, members, secretary, settled
from plie_deploy.lives.life import Life
from plie_deploy.lives.seasons import office_hours
from plie_parcours.handlers.handovers import WriteNote, write_note
from plie_parcours.handlers.referents import AssignReferent, assign_referent

BEGINS = time(14)
"""In the afternoon of a day on which the commission admitted in the morning."""
DECIDED_BEFORE = timedelta(days=7)
LEAVES_IN = timedelta(days=10)
CAME = ("demande-personne", "Se rapproche de la garde de son enfant ; accord des deux Maisons.")
LEAVES = ("charge", "Rééquilibre la charge des deux Maisons ; la personne est d’accord.")
NOTE = (
    "Très ponctuelle, préfère être appelée l’après-midi. Promis : relancer le bailleur avant la fin du mois. "
    "Le dossier de permis est complet, il ne manque que la date d’examen."
)


@dataclass(frozen=True)
class Moves:
    """`came` is accompanied by the other Maison since yesterday, `leaves` will be in some days."""

    came: Life
    leaves: Life


def who_moves(lives: Sequence[Life], desks: Mapping[str, str], today: date) -> Moves:
    """None of those whom the next session speaks of; rather somebody accompanied by a référent who signs in (`desks`)."""
    free = settled(lives, today)[:-FOLLOWED_UP_NEXT]
    *_, came, leaves = sorted(free, key=lambda life: life.referent_id == desks.get(life.maison or ""))
    return Moves(came, leaves)


async def decide_moves(runtime: Runtime, moves: Moves, lives: Sequence[Life], today: date) -> None:
    """A session of its own, closed with a favourable opinion on each."""
    clas = runtime.instance.organisation
    held_on = max(life.admitted_on for life in lives if life.admitted_on and life.admitted_on <= today - DECIDED_BEFORE)
    since = next(day for day in (today - timedelta(days=days) for days in range(1, 10)) if is_working_day(day))
    random = Random(f"{clas}/{held_on}/moves")
    async with runtime.units.begin(actor=secretary(clas)) as work:
        work.now = office_hours(random, held_on - timedelta(days=5))
        planned = CreateSession(held_on, PLACES[clas], members(runtime, random), BEGINS)
        session = await create_session(planned, work)
        work.now = datetime.combine(held_on, BEGINS, PARIS)
        stated = ((moves.came, CAME, since), (moves.leaves, LEAVES, next_working_day(today + LEAVES_IN)))
        for life, (reason, note), on in stated:
            if life.orientation_id is None:
                raise LookupError("not oriented")
            await add_follow_up(AddFollowUp(session.session_id, life.orientation_id, Subject.REASSIGNMENT), work)
            work.now += timedelta(minutes=10)
            opinion = OpinionDraft(Opinion.FAVOURABLE, note, _the_other(life, runtime), reason, on)
            await give_opinion(GiveOpinion(session.session_id, life.orientation_id, opinion), work)
        work.now += timedelta(minutes=10)
        await close_session(CloseSession(session.session_id, QUORUM), work)


async def welcome_and_part(runtime: Runtime, moves: Moves, desks: Mapping[str, str]) -> None:
    """The new Maison's coordination gives who came to the référent who signs in; who leaves is written about."""
    maison, came, leaves = runtime.instance.organisation, moves.came, moves.leaves
    async with runtime.units.begin(actor=coordination_of(runtime)) as work:
        if came.participant_id and maison == _the_other(came, runtime):
            await assign_referent(AssignReferent(came.participant_id, desks[maison]), work)
        if leaves.participant_id and maison == leaves.maison:
            await write_note(WriteNote(leaves.participant_id, NOTE), work)


def coordination_of(maison: Runtime) -> Actor:
    return Actor("account", new_id(), "Coordination", maison.instance.organisation, roles=frozenset({"coordinator"}))


def _the_other(life: Life, runtime: Runtime) -> str:
    """The Maison of the same commission that did not admit them."""
    return next(one for one in runtime.declaration.maisons_of(life.clas) if one != life.maison)
