"""Attendance at collective actions."""

from datetime import date

import pytest

from plie_chassis.ids import new_id
from plie_parcours.domain import actions

TODAY = date(2026, 6, 1)
WORKSHOP = actions.Action(new_id(), "atelier-numerique", "Atelier numérique", date(2026, 5, 12), 3.0)


def test_who_was_not_there_has_no_hours(life):
    told = life().opened()
    present = actions.attend(told.parcours, WORKSHOP, present=True, today=TODAY)
    absent = actions.attend(told.parcours, WORKSHOP, present=False, today=TODAY)
    assert (present.hours, absent.hours) == (3.0, 0.0)


def test_an_attendance_is_corrected_by_the_other_answer_only(life):
    told = life().opened()
    told.tells(actions.attend(told.parcours, WORKSHOP, present=True, today=TODAY))
    with pytest.raises(actions.AttendanceKnown):
        actions.attend(told.parcours, WORKSHOP, present=True, today=TODAY)
    assert actions.attend(told.parcours, WORKSHOP, present=False, today=TODAY).present is False
