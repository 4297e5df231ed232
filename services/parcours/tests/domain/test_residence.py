"""A participant moves, on the territory or off it."""

from datetime import date

import pytest

from plie_parcours.domain import residence

TODAY = date(2026, 6, 1)


def test_moving_off_the_territory_needs_a_reason(life):
    told = life().opened()

    def move(on_territory, reason):
        return residence.move(
            told.parcours, "73065", TODAY, on_territory=on_territory, continuity_reason_code=reason, today=TODAY
        )

    with pytest.raises(residence.OffTerritory):
        move(on_territory=False, reason=None)
    assert move(on_territory=False, reason="proximite").continuity_reason_code == "proximite"
    assert move(on_territory=True, reason="proximite").continuity_reason_code is None
