"""What a prescriber is told while filling the form is what the commission's pre-assessment then says."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from random import Random
from uuid import uuid4

from plie_admission.domain import criteria, orientations
from plie_chassis.calendar import PARIS
from plie_chassis.problems import Problem
from plie_chassis.web import Form
from plie_contracts.declaration import load
from plie_deploy.testing import DECLARATION
from plie_orientation.domain import addressing, eligibility, publication
from plie_orientation.web.bodies import OrientationForm, answers_so_far

NOW = datetime(2026, 3, 10, 9, tzinfo=PARIS)
TODAY = NOW.date()
CHOICES = {
    "person.commune_insee": ["38563", "38185", "38421", "69123"],
    "situation.employment": ["unemployed", "employed", "inactive"],
    "situation.unemployed_since": ["", "2026-01-05", "2025-03-10", "2025-03-11", "2020-02-29"],
    "situation.rsa_recipient": ["false", "false", "true"],
    "situation.first_time_jobseeker": ["false", "false", "false", "true"],
    "situation.entering_iae": ["false", "false", "false", "true"],
    "situation.precarious_jobs": ["", "", "true"],
    "situation.foreign_diploma": ["", "", "", "true"],
    "situation.qpv_resident": ["", "", "", "true"],
    "situation.education_level": ["", "2", "3", "6"],
    "situation.disability": ["", "no", "yes", "prefer-not-to-say"],
}
BARRIERS = [(), (), ("emploi",), ("sante",), ("mobilite", "numerique")]
TOGETHER = [
    [{}, {}, {"continuity.clas": "centre-isere", "continuity.reason": "accompagnement déjà engagé"}],
    [{"adhesion.given": "false"}, {"adhesion.given": "true"}, {"adhesion.given": "true", "adhesion.on": "2026-03-01"}],
]
ALWAYS = {
    "prescriber.kind": "DEPT",
    "prescriber.structure": "Maison du Département Voiron",
    "person.last_name": "Exemple",
    "person.first_name": "Noémie",
    "person.birth_date": "1983-05-04",
    "person.sex": "F",
}


def forms(count: int) -> Iterator[Form]:
    rng = Random(20260310)
    for _ in range(count):
        chosen = {name: rng.choice(values) for name, values in CHOICES.items()}
        for group in TOGETHER:
            chosen |= rng.choice(group)
        yield Form.of({**ALWAYS, **chosen, "barriers": rng.choice(BARRIERS)})


def test_the_prescriber_is_told_the_verdict_that_the_commission_reads() -> None:
    declaration = load(DECLARATION)
    territory = addressing.territory_of(declaration)
    verdicts: Counter[tuple[str, str]] = Counter()
    for form in forms(1000):
        try:
            draft = form.read(OrientationForm).draft()
            address = addressing.accept(draft, territory, TODAY)
        except Problem:
            continue  # it cannot be sent: the commission reads nothing
        told = {hint.criterion: hint.result for hint in eligibility.hints(answers_so_far(form), territory, TODAY)}
        id_ = uuid4()
        facts = publication.fact(id_, draft, address, NOW, structure_known=True)
        identity = publication.identity(id_, draft, "departement-38", TODAY)
        file = orientations.known(id_, facts, identity)
        read = {
            name: criterion.result.value
            for name, criterion in criteria.pre_assessment(file, address.clas, declaration, TODAY)
        }
        assert told == read, (form, told, read)
        verdicts.update(read.items())
    assert {name for name, _ in verdicts} == set(told)
    # Out of the territory nothing can be sent; a box left empty is no answer, so that « no difficulty » is never told.
    impossible = {("territory", "not-met"), ("territory", "unknown"), ("difficulties", "not-met")}
    assert set(verdicts) == {(name, result) for name in told for result in criteria.Result} - impossible
