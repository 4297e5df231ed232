"""French spaces do not break, wherever text comes from."""

import pytest

from plie_chassis.problems import Conflict, FieldError
from plie_chassis.typesetting import NBSP, phone, typeset
from plie_chassis.web.pages import environment

PLAIN, SET = "Motif n° 3 : « absent » ? 12 %", f"Motif n°{NBSP}3{NBSP}: «{NBSP}absent{NBSP}»{NBSP}? 12{NBSP}%"


def test_text_does_not_break_where_french_forbids_it() -> None:
    assert typeset(PLAIN) == SET
    assert typeset(SET) == SET


def test_a_refusal_is_set() -> None:
    refusal = Conflict(PLAIN, errors=[FieldError("reason", "reason.missing", PLAIN)])
    assert (refusal.detail, str(refusal), refusal.errors[0].message) == (SET, SET, SET)


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("<p>Motif : « {{ reason }} » ?</p>", f"<p>Motif{NBSP}: «{NBSP}absent{NBSP}»{NBSP}?</p>"),
        ("{{ 'Motif : ' ~ reason }}", f"Motif{NBSP}: absent"),
        ("{{ 'sortie du PLIE vers un CDI'|capitalize }}", "Sortie du PLIE vers un CDI"),
        ("{% if reason != 'x' %}{{ 7 % 4 }}{% endif %}", "3"),
    ],
)
def test_what_a_template_says_is_set_and_what_it_computes_is_not(template: str, written: str) -> None:
    assert environment("plie_chassis").from_string(template).render(reason="absent") == written


@pytest.mark.parametrize("given", ["+33 6 39 98 83 77", "+33639988377", "06.39.98.83.77", "0639988377"])
def test_a_french_number_is_written_by_pairs(given: str) -> None:
    assert phone(given) == NBSP.join(["06", "39", "98", "83", "77"])


@pytest.mark.parametrize("given", ["+41 22 730 61 11", "poste 12", ""])
def test_any_other_number_stays_as_it_was_given(given: str) -> None:
    assert phone(given) == given
