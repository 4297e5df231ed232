"""What leaves the Métropole tells nothing of fewer than five people, directly or by subtraction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plie_reporting.domain.figures import FIGURES
from plie_reporting.domain.statistics import Tally, results
from plie_reporting.domain.suppression import SMALLEST, suppress

STATUSES = ("pending", "admitted", "deferred", "refused", "withdrawn")


def published(tallies, group_by=None):
    return {result.figure.code: result for result in suppress(results(FIGURES.values(), tallies), group_by)}


def orientations(**by_status):
    tallies = {(f"orientations.{status}", None): Tally(n) for status, n in by_status.items()}
    return {**tallies, ("orientations.received", None): Tally(sum(by_status.values()))}


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_count_of_1_to_4_is_masked(n):
    assert published({("contacts.collectif", None): Tally(n)})["contacts.collectif"].total.suppressed


@pytest.mark.parametrize("n", [0, 5, 100])
def test_nothing_and_five_or_more_are_shown(n):
    shown = published({("contacts.collectif", None): Tally(n)})["contacts.collectif"].total
    assert (shown.value, shown.suppressed) == (n, False)


def test_a_masked_value_carries_no_number_at_all():
    masked = published({("delay.decision_job", None): Tally(4, by_days={100: 4})})["delay.decision_job"].total
    assert (masked.value, masked.n, masked.q1, masked.q3, masked.suppressed) == (None, None, None, None, True)


def test_a_part_is_not_given_away_by_the_whole_and_the_other_parts():
    shown = published(orientations(admitted=50, refused=20, withdrawn=3))

    masked = {status for status in STATUSES if shown[f"orientations.{status}"].total.suppressed}
    assert masked == {"withdrawn", "refused"}  # the smallest other one goes with it
    assert shown["orientations.received"].total.value == 73


def test_two_small_parts_are_not_given_away_by_their_small_sum():
    shown = published(orientations(admitted=50, refused=1, withdrawn=1))

    masked = {status for status in STATUSES if shown[f"orientations.{status}"].total.suppressed}
    assert masked == {"refused", "withdrawn", "admitted"}


def test_a_rate_is_masked_with_what_it_is_made_of():
    assert published(orientations(admitted=50, refused=3, pending=30))["rate.admission"].total.suppressed
    assert published(orientations(admitted=50, refused=30))["rate.admission"].total.value == 62.5


def test_a_rate_does_not_tell_of_the_few_who_are_not_in_it():
    tallies = {("retention.month_3", None): Tally(40, 38)}
    assert published(tallies)["retention.month_3"].total.suppressed


def test_a_cell_is_not_given_away_by_the_total_and_the_other_cells():
    counts = {"38563": 40, "38416": 12, "38001": 2}
    tallies = {("contacts.collectif", commune): Tally(n) for commune, n in counts.items()}
    cells = published({**tallies, ("contacts.collectif", None): Tally(54)}, "commune")["contacts.collectif"].cells

    assert {commune for commune, cell in cells.items() if cell.suppressed} == {"38001", "38416"}


def test_overlapping_cells_have_no_total_to_subtract_from():
    counts = {"mobilite": 40, "logement": 12, "formation": 2}
    tallies = {("contacts.collectif", barrier): Tally(n) for barrier, n in counts.items()}
    cells = published({**tallies, ("contacts.collectif", None): Tally(41)}, "barrier")["contacts.collectif"].cells

    assert {barrier for barrier, cell in cells.items() if cell.suppressed} == {"formation"}


@given(st.dictionaries(st.sampled_from("abcd"), st.dictionaries(st.sampled_from(STATUSES), st.integers(0, 12))))
def test_no_published_sum_lets_a_masked_count_be_worked_out(worlds):
    tallies = {}
    for key, by_status in worlds.items():
        for status, n in by_status.items():
            for code in (f"orientations.{status}", "orientations.received"):
                for cell in (key, None):
                    tallies[code, cell] = Tally(tallies.get((code, cell), Tally()).n + n)
    truth = {spot: tally.n for spot, tally in tallies.items()}
    shown = published(tallies, "clas")

    def hidden(code, key):
        result = shown[code]
        return (result.total if key is None else result.cells[key]).suppressed

    assert all(hidden(*spot) for spot, n in truth.items() if 0 < n < SMALLEST)
    sums = [
        [("orientations.received", key), *[(f"orientations.{s}", key) for s in STATUSES]] for key in (None, *worlds)
    ]
    sums += [[(code, None), *[(code, key) for key in worlds]] for code in {code for code, _ in truth}]
    for whole, *parts in sums:
        members = [spot for spot in parts if spot in truth]
        masked = [spot for spot in members if hidden(*spot)]
        if whole not in truth or not masked or hidden(*whole):
            continue
        assert len(masked) > 1 or not masked
        assert sum(truth[spot] for spot in masked) >= SMALLEST or all(hidden(*s) for s in members if truth[s])
