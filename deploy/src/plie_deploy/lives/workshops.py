"""« Ateliers numériques et linguistiques à visée professionnelle »: 78 hours, 12 people in Voiron and 6 in Saint-Marcellin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from plie_chassis.calendar import next_working_day
from plie_chassis.unit_of_work import UnitOfWork
from plie_deploy.lives.life import Life
from plie_deploy.lives.seasons import office_hours
from plie_parcours.handlers.actions import PlanAction, plan_action

SESSIONS, HOURS = 26, 3.0
PLACES = {"Voiron": 12, "Saint-Marcellin": 6}
TITLE = "Atelier numérique et linguistique"
WEEKS_AGO = 40
SETTLED_IN = timedelta(days=60)


@dataclass(frozen=True)
class Session:
    action_id: UUID
    held_on: date


async def plan_workshops(work: UnitOfWork, today: date) -> Mapping[str, Sequence[Session]]:
    """One session a week in each place, by place."""
    random = Random("workshops")
    planned: dict[str, list[Session]] = {}
    for place in PLACES:
        for week in range(SESSIONS):
            day = next_working_day(today - timedelta(weeks=WEEKS_AGO - week))
            work.now = office_hours(random, day - timedelta(days=14))
            title = f"{TITLE}, séance {week + 1}"
            action = await plan_action(PlanAction("atelier-numerique-linguistique", title, day, HOURS, place), work)
            planned.setdefault(place, []).append(Session(action.action_id, day))
    return planned


def enrolled(lives: Sequence[Life], workshops: Mapping[str, Sequence[Session]]) -> dict[int, Sequence[Session]]:
    """By number of a life, the sessions it comes to: the latest arrived of those who have settled in, and never came back."""
    first = min((session.held_on for sessions in workshops.values() for session in sessions), default=date.max)
    ready = [
        life for life in lives if life.earlier is None and life.admitted_on and life.admitted_on + SETTLED_IN < first
    ]
    ready.sort(key=lambda life: life.admitted_on or first, reverse=True)
    coming: dict[int, Sequence[Session]] = {}
    for place, seats in PLACES.items():
        for life in ready[:seats]:
            coming[life.number] = workshops.get(place, ())
        ready = ready[seats:]
    return coming
