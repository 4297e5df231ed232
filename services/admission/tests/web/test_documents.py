"""Minutes and letters as PDF: everybody finds their own, data stays data, no name in an address."""

import re
from datetime import date
from importlib import resources
from typing import Any

import pytest

from plie_admission import store
from plie_admission.domain.follow_ups import Opinion, OpinionDraft, Subject
from plie_admission.domain.sessions import Quorum
from plie_admission.handlers.sessions import AddToAgenda, add_to_agenda
from plie_admission.queries import files, sessions
from plie_admission.web import letters
from plie_admission.web.letters import Letter

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
async def browser(site: Any) -> Any:
    return await site.browser("member")


async def letter(commission: Any, orientation_id: Any, to_person: bool) -> dict[str, Any]:
    async with commission.units.begin(now=commission.now) as work:
        row = await commission.file(orientation_id)
        ((decision, session), *_) = await files.decisions_of(orientation_id, work)
        data = letters.letters([Letter(row, decision, session, to_person)], work)
    found: dict[str, Any] = data["letters"][0]
    return found


async def test_the_minutes_and_letters_of_a_session_are_pdf(browser: Any, site: Any, given: Any) -> None:
    orientation_id = await site.commission.receives(last_name="#panic() *Bérard* $x$ \\")
    session = await site.commission.settles(given.admission(), orientation_id)
    paths = (
        f"/seances/{session.session_id}/proces-verbal.pdf",
        f"/seances/{session.session_id}/lettres.pdf",
        f"/dossiers/{orientation_id}/decisions/1/lettre-personne.pdf",
        f"/dossiers/{orientation_id}/decisions/1/lettre-prescripteur.pdf",
    )
    for path in paths:
        answer = await browser.client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF-")
        assert "rard" not in answer.headers["content-disposition"]


async def test_a_letter_that_was_never_decided_is_not_found(browser: Any, site: Any) -> None:
    orientation_id = await site.commission.receives()
    session = await site.commission.plans(orientation_id)
    for path in (
        f"/dossiers/{orientation_id}/decisions/1/lettre-personne.pdf",
        f"/seances/{session.session_id}/lettres.pdf",
    ):
        assert (await browser.client.get(path)).status_code == 404


async def test_the_person_is_told_what_comes_next_and_never_a_barrier(commission: Any, given: Any) -> None:
    orientation_id = await commission.admits(given.admission(), sex="F")
    told = await letter(commission, orientation_id, to_person=True)
    text = " ".join(told["paragraphs"])
    assert (told["greeting"], told["to"][0]) == ("Madame,", "Noémie Bérard")
    assert told["subject"] == "votre entrée dans le PLIE"
    assert "Maison de l’emploi Centre Isère" in text
    assert "premier entretien" in text
    assert "mobilité" not in text


async def test_a_letter_bears_its_day_and_offers_another_way_by_its_name(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    await commission.settles(given.refusal(reorientation="ft"), orientation_id)
    told = await letter(commission, orientation_id, to_person=True)
    assert told["day"] == f"le 12{NBSP}mars{NBSP}2026"
    assert told["subject"] == "votre orientation vers le PLIE"
    assert "Elle vous propose une autre orientation : Pôle emploi / France Travail." in told["paragraphs"][-1]


def test_the_text_of_a_template_keeps_its_double_punctuation_with_the_word_before() -> None:
    for template in resources.files("plie_admission").joinpath("documents").iterdir():
        assert not re.search(r"[^\W\d_] (?:[:;?»]|!(?!=))", template.read_text(encoding="utf-8"))


async def test_the_prescriber_is_told_the_reason_and_the_proposed_service(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    await commission.settles(given.refusal(reorientation="ft"), orientation_id)
    told = await letter(commission, orientation_id, to_person=False)
    assert told["to"] == ["Maison du Département Voiron", "À l’attention de C. 12"]
    assert "Motif : déjà accompagné par ailleurs." in " ".join(told["paragraphs"])
    assert told["paragraphs"][-1].startswith("Réorientation proposée")


async def test_the_minutes_keep_a_decision_and_its_rectification(commission: Any, given: Any) -> None:
    orientation_id, other = await commission.receives(), await commission.receives(last_name="Zerrouki")
    session = await commission.settles(given.admission(), orientation_id, other)
    await commission.decides(orientation_id, session.session_id, given.refusal(), rectifies=True)
    async with commission.units.begin() as work:
        items = await sessions.agenda(session.session_id, work)
        minutes = letters.minutes(session, items, Quorum(), work)
    assert [one["decision"] for one in minutes["decisions"]] == ["admission", "admission"]
    assert minutes["tally"] == f"2{NBSP}admissions, 0{NBSP}ajournement, 0{NBSP}refus."
    (rectified,) = minutes["rectifications"]
    assert "décision n° 2, Noémie Bérard : refus" in rectified
    replaced, standing = [one["why"].replace(NBSP, " ") for one in minutes["decisions"]]
    assert replaced.endswith("Remplacée par la décision n° 2 du 12 mars 2026.")
    assert "Remplacée" not in standing


async def test_the_minutes_say_what_a_point_that_was_left_was_about(commission: Any, given: Any) -> None:
    known = await commission.admits(given.admission())
    decided = await commission.receives(last_name="Zerrouki")
    session_id = await commission.follows(known, Subject.EXTENSION)
    await commission.run(add_to_agenda, AddToAgenda(session_id, (decided,)))
    await commission.decides(decided, session_id, given.refusal())
    row = (await commission.closes(session_id)).session
    async with commission.units.begin() as work:
        minutes = letters.minutes(row, await sessions.agenda(session_id, work), Quorum(), work)
    assert minutes["left"] == ["Noémie Bérard, prolongation : non examiné."]


async def test_the_minutes_keep_an_opinion_and_its_rectification(commission: Any, given: Any) -> None:
    orientation_id = await commission.admits(given.admission())
    stated = OpinionDraft(Opinion.FAVOURABLE, "Formation en cours.")
    session_id = await commission.gives_and_closes(orientation_id, Subject.EXTENSION, stated)
    corrected = OpinionDraft(Opinion.UNFAVOURABLE, "La formation est terminée.")
    await commission.gives(orientation_id, session_id, corrected, rectifies=True)
    async with commission.units.begin() as work:
        row = await store.session(session_id, work)
        minutes = letters.minutes(row, await sessions.agenda(session_id, work), Quorum(), work)
    assert [(one["decision"], one["why"].replace(NBSP, " ")) for one in minutes["opinions"]] == [
        ("avis favorable", "Formation en cours. Remplacé par l’avis n° 2 du 12 mars 2026.")
    ]
    (rectified,) = minutes["rectifications"]
    assert "avis n° 2, Noémie Bérard, prolongation" in rectified
    assert rectified.endswith("avis défavorable. La formation est terminée.")


async def test_the_minutes_say_of_a_change_of_maison_that_a_rectified_admission_took_it_back(
    grenoble: Any, given: Any
) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison="mde-grenoble-nord"))
    admitted_in = (await grenoble.file(orientation_id)).decided_in
    stated = OpinionDraft(Opinion.FAVOURABLE, None, "mde-grenoble-sud", "demenagement", date(2026, 4, 1))
    changed_in = await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, stated)
    again = given.admission(maison="mde-grenoble-sud", reason_code="autre")
    await grenoble.later(2).decides(orientation_id, admitted_in, again, rectifies=True)
    async with grenoble.units.begin() as work:
        admitted, changed = [
            letters.minutes(
                await store.session(session_id, work), await sessions.agenda(session_id, work), Quorum(), work
            )
            for session_id in (admitted_in, changed_in)
        ]
    (opinion,) = changed["opinions"]
    assert opinion["why"].replace(NBSP, " ").endswith("Changement rapporté par la décision n° 2 du 14 mars 2026.")
    (rectified,) = admitted["rectifications"]
    assert "Le changement de Maison de l’avis n° 1 est rapporté." in rectified.replace(NBSP, " ")
    assert "Motif de la rectification : autre motif." in rectified.replace(NBSP, " ")


async def test_a_word_of_a_rectification_is_no_override_where_every_criterion_is_met(
    commission: Any, given: Any
) -> None:
    orientation_id = await commission.receives()
    session = await commission.settles(given.admission(), orientation_id)
    again = given.admission(reason_code="autre", override_reason="Erreur de saisie.")
    await commission.decides(orientation_id, session.session_id, again, rectifies=True)
    async with commission.units.begin() as work:
        minutes = letters.minutes(session, await sessions.agenda(session.session_id, work), Quorum(), work)
    (rectified,) = minutes["rectifications"]
    assert "Précision : Erreur de saisie. Motif de la rectification" in rectified.replace(NBSP, " ")
