"""Formulas of the figures, and what a period holds."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plie_chassis.typesetting import NBSP
from plie_reporting.domain.figures import FIGURES
from plie_reporting.domain.statistics import Question, Tally, measure, month_key, whole_of_months

# interfaces of the platform: the codes that others rely on
CODES = [
    "orientations.received",
    "orientations.pending",
    "orientations.admitted",
    "orientations.deferred",
    "orientations.refused",
    "orientations.withdrawn",
    "parcours.entered",
    "parcours.active",
    "parcours.ended",
    "exits.positive",
    "exits.en-attente",
    "exits.sans-suite",
    "contacts.total",
    "contacts.presentiel",
    "contacts.telephone",
    "contacts.visio",
    "contacts.courriel",
    "contacts.autre",
    "contacts.collectif",
    "coverage.monthly_contact",
    "actions.attendances",
    "actions.hours",
    "steps.started",
    "steps.bilan",
    "steps.remobilisation",
    "steps.projet",
    "steps.pre-qualifiant",
    "steps.qualifiant",
    "steps.action-collective",
    "steps.siae",
    "steps.geiq",
    "steps.immersion",
    "jobs.started",
    "jobs.durable",
    "jobs.cdi",
    "jobs.cdd",
    "jobs.interim",
    "jobs.saisonnier",
    "jobs.cdi-interimaire",
    "jobs.alternance",
    "jobs.creation-entreprise",
    "retention.month_3",
    "retention.month_6",
    "rate.admission",
    "rate.positive_exit",
    "delay.orientation_decision",
    "delay.decision_first_interview",
    "delay.decision_contract",
    "delay.decision_job",
    "workload.active_per_etp",
    "workload.renewal",
]


def asked(first: str, last: str, today: str = "2026-03-10") -> Question:
    return Question(*(date.fromisoformat(text) for text in (first, last, today)))


def test_every_code_that_others_rely_on_has_its_figure_and_no_other():
    assert sorted(FIGURES) == sorted(CODES)


def test_every_figure_has_a_name_a_unit_and_a_definition():
    for figure in FIGURES.values():
        assert figure.label, figure.code
        assert figure.unit, figure.code
        assert figure.definition.endswith("."), figure.code
        assert f"{NBSP}%" in figure.definition or " %" not in figure.definition, figure.code


def test_a_share_of_nothing_is_no_share():
    assert measure(FIGURES["rate.admission"], {}).value is None
    assert measure(FIGURES["retention.month_3"], {}).value is None
    assert measure(FIGURES["delay.decision_job"], {}).value is None
    assert measure(FIGURES["orientations.received"], {}).value == 0


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_quartiles_are_those_of_the_days_one_by_one(days):
    tally = Tally(len(days), by_days={day: days.count(day) for day in days})

    def by_hand(share):
        ordered, rank = sorted(days), share * (len(days) - 1)
        low, high = ordered[int(rank)], ordered[min(int(rank) + 1, len(days) - 1)]
        return low + (high - low) * (rank - int(rank))

    assert [tally.quantile(share) for share in (0.25, 0.5, 0.75)] == [by_hand(share) for share in (0.25, 0.5, 0.75)]


@pytest.mark.parametrize(
    ("first", "last", "complete"),
    [
        ("2026-01-01", "2026-01-31", ["2026-01"]),
        ("2026-01-02", "2026-02-28", ["2026-02"]),
        ("2026-01-01", "2026-02-27", ["2026-01"]),
        ("2026-02-01", "2026-03-31", ["2026-02"]),
        ("2026-03-01", "2026-03-10", []),
        ("2024-02-01", "2024-02-29", ["2024-02"]),
    ],
)
def test_a_month_is_complete_when_the_period_holds_it_whole_and_it_is_over(first, last, complete):
    assert [month_key(month) for month in asked(first, last).complete_months()] == complete


def test_a_month_is_not_over_on_its_last_day():
    assert asked("2026-02-01", "2026-02-28", today="2026-02-28").complete_months() == []


def test_flows_of_months_add_up_and_the_active_file_is_that_of_the_last():
    tallies = {(name, month): Tally(n, n) for name, month, n in (
        ("contacts.visio", "2026-01", 3), ("contacts.visio", "2026-02", 4), ("parcours.active", "2026-01", 9), ("parcours.active", "2026-02", 7),
    )}  # fmt: skip
    whole = whole_of_months(tallies, "2026-02")
    assert {name: tally.n for (name, _), tally in whole.items()} == {"contacts.visio": 7, "parcours.active": 7}
