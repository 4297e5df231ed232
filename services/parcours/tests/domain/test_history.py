"""How facts make a parcours."""

from datetime import date

import pytest

from plie_parcours.domain import barriers, history
from plie_parcours.domain.records import Fact

TODAY = date(2026, 6, 1)


def test_a_parcours_begins_with_its_admission(life):
    told = life().opened()
    event = barriers.review(told.parcours, TODAY, {"mobilite": 2}, TODAY).event
    with pytest.raises(TypeError):
        history.told_by([Fact(event)])
