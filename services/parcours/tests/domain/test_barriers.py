"""Reviews of barriers to work."""

from datetime import date

import pytest

from plie_parcours.domain import barriers

TODAY = date(2026, 6, 1)


def test_the_health_barrier_never_leaves_the_maison(life):
    told = life().opened()
    review = barriers.review(told.parcours, TODAY, {"mobilite": 2, "sante": 3}, TODAY)
    assert [barrier.code for barrier in review.event.barriers] == ["mobilite"]
    told.tells(review.event, levels=review.withheld_levels)
    assert told.parcours.reviews[-1].levels == {"mobilite": 2, "sante": 3}


def test_a_review_rates_at_least_one_barrier(life):
    with pytest.raises(barriers.ReviewIsEmpty):
        barriers.review(life().opened().parcours, TODAY, {}, TODAY)


def test_a_second_review_of_a_day_replaces_the_first(life):
    told = life().opened().reviewed("2026-05-04", mobilite=3).reviewed("2026-05-04", mobilite=1)
    assert [review.levels for review in told.parcours.reviews] == [{"mobilite": 1}]
