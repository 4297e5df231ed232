"""Which decision of the commission counts."""

from plie_parcours.domain import admissions


def test_the_highest_decision_number_counts_whatever_the_order():
    assert not admissions.counts(2, 1)
    assert not admissions.counts(2, 2)
    assert admissions.counts(2, 3)
    assert admissions.counts(None, 1)


def test_only_our_clas_admits_to_our_maison():
    assert admissions.may_decide("centre-isere.admission", "centre-isere", "centre-isere")
    assert not admissions.may_decide("metropole.admission", "centre-isere", "metropole")
    assert not admissions.may_decide("metropole.admission", "centre-isere", "centre-isere")
