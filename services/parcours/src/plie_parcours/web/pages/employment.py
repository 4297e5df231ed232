"""A followed job on the screen: its milestones on a line, from its first day to its sixth month."""

from dataclasses import dataclass
from datetime import date

from plie_chassis.calendar import long_date, months_inclusive, short_date
from plie_chassis.typesetting import NBSP, typeset
from plie_parcours.domain.records import FollowUp

START, MIDDLE, END = 2.0, 50.0, 97.0


@dataclass(frozen=True, slots=True)
class Track:
    """Positions are percentages of the width; `now` None once the follow-up has ended."""

    done: str
    now: str | None
    dates: tuple[str, str, str]
    attested: tuple[bool, bool]
    words: str


def track(follow_up: FollowUp, today: date) -> Track:
    three, six = follow_up.reached_on(3), follow_up.reached_on(6)
    until = follow_up.ended_on or today
    attested = tuple(_in_employment(follow_up, month) for month in (3, 6))
    words = (
        f"Suivi dans l’emploi : début le {long_date(follow_up.started_on)}, "
        f"3 mois le {long_date(three)}{', attestés' if attested[0] else ''}, "
        f"6 mois le {long_date(six)}{', attestés' if attested[1] else ''}."
    )
    place = _place(follow_up.started_on, three, six, until)
    return Track(
        done=f"{place:.1f}%",
        now=f"{place:.1f}%" if follow_up.ended_on is None and place < END else None,
        dates=(_short(follow_up.started_on), _short(three), _short(six)),
        attested=(attested[0], attested[1]),
        words=typeset(words),
    )


def current_month(follow_up: FollowUp, today: date) -> int:
    """The month under way, from 1 to 6."""
    return min(months_inclusive(follow_up.started_on, today) + 1, 6)


def _in_employment(follow_up: FollowUp, month: int) -> bool:
    return month in follow_up.milestones and follow_up.milestones[month].in_employment


def _place(start: date, three: date, six: date, day: date) -> float:
    if day <= three:
        return START + (MIDDLE - START) * max((day - start).days, 0) / max((three - start).days, 1)
    return MIDDLE + (END - MIDDLE) * min((day - three).days / max((six - three).days, 1), 1.0)


def _short(day: date) -> str:
    return short_date(day).rsplit(NBSP, 1)[0]
