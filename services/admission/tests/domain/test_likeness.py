"""Who may be the same person: what is compared, what each thing weighs, and that the keys find whoever is worth a question."""

from dataclasses import replace
from datetime import date

import pytest

from plie_admission.domain.likeness import THRESHOLD, Bearer, keys, likeness, phone_key, sound

NOEMIE = Bearer("Bérard", "Noémie", date(1983, 5, 4), "+33476000000")
OTHER_PHONE, OTHER_BIRTH = "0600000001", date(1971, 11, 23)


def same(**changes) -> Bearer:
    return replace(NOEMIE, phone=None, **changes)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (same(), "nom et prénom identiques"),
        (same(last_name="BERARD", first_name="Noemie"), "nom et prénom identiques"),
        (same(last_name="Noémie", first_name="Bérard"), "nom et prénom identiques, inversés"),
        (same(last_name="Bérard-Durand"), "nom ou prénom composé, dont une partie manque"),
        (same(last_name="Berrart"), "noms qui se prononcent de même"),
        (same(last_name="Berardi"), "noms écrits à une ou deux lettres près"),
        (same(birth_date=date(1983, 4, 5)), "date de naissance au jour et au mois inversés"),
        (same(birth_date=date(1988, 5, 4)), "date de naissance à un chiffre près"),
        (replace(NOEMIE, birth_date=OTHER_BIRTH, phone="04 76 00 00 00"), "même téléphone"),
        (Bearer("Perrin", "Lucie", NOEMIE.birth_date, NOEMIE.phone), "même date de naissance"),
    ],
)
def test_a_person_typed_otherwise_is_still_worth_a_question(other, why):
    found = likeness(NOEMIE, other)
    assert found.is_worth_a_question, found
    assert why in [one.why for one in found.contributions]


@pytest.mark.parametrize(
    "other",
    [
        same(birth_date=OTHER_BIRTH),
        Bearer("Perrin", "Lucie", NOEMIE.birth_date),
        Bearer("Perrin", "Lucie", OTHER_BIRTH, NOEMIE.phone),
        Bearer("Durand", "Noémie", NOEMIE.birth_date),
    ],
)
def test_one_thing_alone_is_no_likeness(other):
    assert not likeness(NOEMIE, other).is_worth_a_question


def test_the_score_is_the_sum_of_its_contributions_and_never_above_a_hundred():
    assert likeness(NOEMIE, same()).score == 90
    assert likeness(NOEMIE, NOEMIE).score == 100
    assert sum(one.points for one in likeness(NOEMIE, same(birth_date=date(1983, 4, 5))).contributions) == 85


@pytest.mark.parametrize(
    "other",
    [
        same(),
        same(last_name="Noémie", first_name="Bérard"),
        same(last_name="Bérard-Durand"),
        same(last_name="Berardi"),
        same(birth_date=date(1983, 4, 5)),
        same(birth_date=date(1988, 5, 4)),
        same(birth_date=date(1983, 5, 5)),
        replace(NOEMIE, birth_date=OTHER_BIRTH),
        Bearer("Perrin", "Lucie", NOEMIE.birth_date, NOEMIE.phone),
    ],
)
def test_whoever_is_worth_a_question_shares_a_key(other):
    assert likeness(NOEMIE, other).score >= THRESHOLD
    assert set(keys(NOEMIE)) & set(keys(other))


def test_namesakes_of_another_age_share_no_key():
    assert not set(keys(NOEMIE)) & set(keys(same(birth_date=OTHER_BIRTH)))


def test_a_phone_is_one_number_however_it_is_written():
    assert phone_key("+33 4 76 00 00 00") == phone_key("0033476000000") == phone_key("04.76.00.00.00")
    assert phone_key("12 34") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("philippe", "filipe"), ("martineau", "martino"), ("quentin", "kentin"), ("meyer", "meier")],
)
def test_what_is_said_alike_sounds_alike(one, other):
    assert sound(one) == sound(other)
