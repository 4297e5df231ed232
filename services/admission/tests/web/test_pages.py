"""The secretariat's way through the pages, from the inbox to the minutes."""

import re
from dataclasses import replace
from datetime import date, time
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from plie_admission.domain.follow_ups import Opinion, OpinionDraft, Subject
from plie_admission.handlers.recognitions import Recognise, recognise
from plie_admission.handlers.requests import AskPrescriber, ask_prescriber, keep_answer
from plie_admission.handlers.sessions import (
    AddToAgenda,
    CreateSession,
    RemoveFromAgenda,
    add_to_agenda,
    create_session,
    remove_from_agenda,
)
from plie_admission.handlers.transfers import TransferFile, transfer_file
from plie_contracts.events import InformationProvided

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
async def browser(site: Any) -> Any:
    return await site.browser()


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


MEMBERS = {
    "members[0].organisation": "Département",
    "members[0].name": "Hélène Brun",
    "members[0].present": "true",
    "members[1].organisation": "Département",
    "members[1].name": "Paul Roux",
    "members[1].present": "true",
    "members[2].organisation": "Pôle emploi",
    "members[2].name": "Léa Faure",
    "members[2].present": "true",
    "members[3].organisation": "",
    "members[3].name": "",
}


async def test_an_empty_inbox_says_why(browser: Any) -> None:
    assert "Aucun dossier reçu" in await browser.open("/")


async def test_the_secretariat_goes_from_the_inbox_to_the_minutes(browser: Any, site: Any) -> None:
    first, second = await site.commission.receives(), await site.commission.receives(last_name="Zerrouki")
    page = await browser.open("/seances/nouvelle")
    planned = await browser.send(page, "/seances/nouvelle", {"held_on": "2026-03-12", "place": "Voiron", **MEMBERS})
    session = planned.headers["location"]
    assert "Voiron" in await browser.goes_on(planned, session)

    inbox = await browser.open("/")
    assert "2 dossiers" in words(inbox).replace(NBSP, " ")
    listed = await browser.send(
        inbox,
        "/dossiers/inscrire",
        {"session_id": session.split("/")[-1], "orientation_ids": [str(first), str(second)]},
    )
    page = await browser.goes_on(listed, session)
    assert "3 membres présents sur 3" in words(page).replace(NBSP, " ")
    assert "places sur 280" in words(page).replace(NBSP, " ")
    admitted = await browser.send(
        page,
        f"{session}/dossiers/{first}",
        {"decision": "admit", "maison": "centre-isere", "plus_value_code": "levee-freins", "adhesion": "unknown"},
    )
    page = await browser.goes_on(admitted, f"{session}?dossier={second}")
    assert "<dt>admission</dt><dd>1</dd>" in page
    refused = await browser.send(
        page, f"{session}/dossiers/{second}", {"decision": "refuse", "reason_code": "absent", "adhesion": "unknown"}
    )
    await browser.goes_on(refused, session)

    page = await browser.open(f"{session}/cloture")
    assert "2 décisions seront publiées" in words(page).replace(NBSP, " ")
    closed = await browser.send(page, f"{session}/cloture", {})
    minutes = words(await browser.goes_on(closed, session)).replace(NBSP, " ")
    assert "La séance est close. 2 décisions publiées, 1 organisation prévenue." in minutes
    assert "Plus-value : levée des freins." in minutes
    assert (await site.commission.file(first)).status == "admitted"


async def test_a_refused_decision_keeps_what_was_typed(browser: Any, site: Any) -> None:
    orientation_id = await site.commission.receives(commune_insee="38185")
    session = f"/seances/{(await site.commission.plans(orientation_id)).session_id}"
    page = await browser.open(session)
    answer = await browser.send(
        page, f"{session}/dossiers/{orientation_id}", {"decision": "admit", "plus_value_code": "levee-freins"}
    )
    assert answer.status_code == 422
    assert "Choisissez la Maison" in answer.text
    assert "indiquez pourquoi la commission admet tout de même" in answer.text
    assert '<option value="levee-freins" selected>' in answer.text


async def test_another_verb_brings_its_own_fields(browser: Any, site: Any) -> None:
    orientation_id = await site.commission.receives()
    session = f"/seances/{(await site.commission.plans(orientation_id)).session_id}"
    page = await browser.open(session)
    assert "defer_until" not in page
    fields = await browser.send(
        page, f"{session}/dossiers/{orientation_id}/formulaire", {"decision": "defer"}, **{"HX-Request": "true"}
    )
    assert fields.status_code == 200
    assert 'name="defer_until"' in fields.text
    assert re.search(r"type=\"submit\">Ajourner</button>", fields.text)


async def test_a_known_person_can_come_back(browser: Any, site: Any, given: Any) -> None:
    first = await site.commission.receives()
    await site.commission.settles(given.admission(), first)
    again = await site.commission.receives()
    page = await browser.open(f"/dossiers/{again}")
    assert "peut-être déjà connue" in page
    session = f"/seances/{(await site.commission.plans(again)).session_id}"
    page = await browser.open(session)
    person = str((await site.commission.file(first)).participant_id)
    assert f'<option value="{person}"' in page
    sent = {"decision": "admit", "maison": "centre-isere", "plus_value_code": "levee-freins", "same_person_as": person}
    await browser.send(page, f"{session}/dossiers/{again}", sent)
    await site.commission.run(recognise, Recognise(again, first, same=True))
    page = await browser.open(f"{session}?dossier={again}")
    await browser.send(page, f"{session}/dossiers/{again}", sent)
    assert f'<option value="{person}" selected' in await browser.open(f"{session}?dossier={again}")
    summary = await browser.open(f"{session}/cloture")
    assert "Retour d’une personne déjà accompagnée" in summary
    await browser.send(summary, f"{session}/cloture", {})
    assert (await site.commission.file(again)).parcours_no == 2


async def test_a_closed_session_is_rectified_with_a_reason(browser: Any, site: Any, given: Any) -> None:
    orientation_id, _ = await site.commission.receives(), await site.commission.receives(first_name="Noemie")
    session = f"/seances/{(await site.commission.settles(given.admission(), orientation_id)).session_id}"
    path = f"{session}/dossiers/{orientation_id}/rectification"
    assert path in await browser.open(session)
    page = await browser.open(path)
    answer = await browser.send(page, path, {"decision": "refuse"})
    assert answer.status_code == 422
    answer = await browser.send(page, path, {"decision": "refuse", "reason_code": "deja-accompagne"})
    page = await browser.goes_on(answer, session)
    assert f'href="{session}/proces-verbal.pdf" download' in page
    minutes = words(page).replace(NBSP, " ")
    assert "Décision n° 2, rectification du 12 mars 2026" in minutes


async def test_a_rectification_says_who_the_person_is_and_offers_whom_it_named_before(
    browser: Any, site: Any, given: Any
) -> None:
    known = await site.commission.admits(given.admission())
    again = await site.commission.receives()
    session = f"/seances/{(await site.commission.settles(given.admission(same_person_as=known), again)).session_id}"
    person = str((await site.commission.file(known)).participant_id)
    path = f"{session}/dossiers/{again}/rectification"
    sent = {"decision": "admit", "maison": "centre-isere", "plus_value_code": "levee-freins", "reason_code": "autre"}
    for now, other in ((person, str(again)), (str(again), person)):
        page = await browser.open(path)
        options = re.findall(
            r'<option value="([^"]*)"', page.partition('name="same_person_as"')[2].partition("</select>")[0]
        )
        assert (options[0], set(options)) == (now, {person, str(again)})
        await browser.goes_on(await browser.send(page, path, {**sent, "same_person_as": other}), session)
    assert (await site.commission.file(again)).parcours_no == 2


async def test_the_rectification_of_somebody_merged_since_opens_with_whom_they_are_now(
    browser: Any, site: Any, given: Any
) -> None:
    first, second = await site.commission.receives(), await site.commission.receives()
    sessions = [await site.commission.settles(given.admission(), one) for one in (first, second)]
    merged = await site.commission.run(recognise, Recognise(first, second, same=True))
    for orientation_id, session in zip((first, second), sessions, strict=True):
        page = await browser.open(f"/seances/{session.session_id}/dossiers/{orientation_id}/rectification")
        chosen = page.partition('name="same_person_as"')[2].partition("</select>")[0]
        assert re.findall(r'<option value="([^"]*)"', chosen) == [str(merged.merged_into), str(orientation_id)]


async def test_an_opinion_is_rectified_with_a_reason(browser: Any, site: Any, given: Any) -> None:
    orientation_id = await site.commission.admits(given.admission())
    stated = OpinionDraft(Opinion.FAVOURABLE, "Formation en cours.")
    session = f"/seances/{await site.commission.gives_and_closes(orientation_id, Subject.EXTENSION, stated)}"
    path = f"{session}/dossiers/{orientation_id}/avis/rectification"
    assert path in await browser.open(session)
    page = await browser.open(path)
    assert "Formation en cours." in page
    refused = await browser.send(page, path, {"opinion": "unfavourable"})
    assert (refused.status_code, "Un avis défavorable se motive" in refused.text) == (422, True)
    fields = await browser.send(page, f"{session}/dossiers/{orientation_id}/avis/formulaire", {"opinion": "deferred"})
    assert "Motif de la rectification" in fields.text
    answer = await browser.send(page, path, {"opinion": "unfavourable", "note": "Formation terminée."})
    minutes = words(await browser.goes_on(answer, session)).replace(NBSP, " ")
    assert "Formation terminée. Avis n° 2, rectification du 12 mars 2026." in minutes
    assert "rectification du 12 mars 2026" in words(await browser.open(f"/dossiers/{orientation_id}")).replace(
        NBSP, " "
    )


async def test_a_carried_out_change_of_maison_offers_no_rectification(site_of: Any, grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison="mde-grenoble-nord"))
    today = grenoble.now.date()
    stated = OpinionDraft(Opinion.FAVOURABLE, None, "mde-grenoble-sud", "demenagement", today)
    session_id = await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, stated)
    browser = await (await site_of(grenoble)).browser()
    path = f"/seances/{session_id}/dossiers/{orientation_id}/avis/rectification"
    assert path not in await browser.open(f"/seances/{session_id}")
    answer = await browser.send(await browser.open(path), path, {"opinion": "deferred", "note": "Trop tôt."})
    assert (answer.status_code, "est effectif" in answer.text) == (409, True)
    file = words(await browser.open(f"/dossiers/{orientation_id}")).replace(NBSP, " ")
    assert "Grenoble Sud, depuis le 12 mars 2026 ; le dossier n’est pas encore remis" in file


async def test_what_a_rectification_undid_says_so_where_it_stands(site_of: Any, grenoble: Any, given: Any) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison="mde-grenoble-nord"))
    admitted_in = (await grenoble.file(orientation_id)).decided_in
    stated = OpinionDraft(Opinion.FAVOURABLE, None, "mde-grenoble-sud", "demenagement", date(2026, 4, 1))
    changed_in = await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, stated)
    again = given.admission(maison="mde-grenoble-sud", reason_code="autre")
    await grenoble.decides(orientation_id, admitted_in, again, rectifies=True)
    browser = await (await site_of(grenoble)).browser()
    undone = "Changement rapporté par la décision n° 2 du 12 mars 2026."
    session = await browser.open(f"/seances/{changed_in}")
    assert "avis/rectification" not in session
    for page in (session, await browser.open(f"/dossiers/{orientation_id}")):
        said = words(page).replace(NBSP, " ")
        assert undone in said
        assert "rapporté Avis favorable. Maison de l’emploi Grenoble Sud" in said
    assert "remplacée Admission. Maison de l’emploi Grenoble Nord" in said
    assert "Remplacée par la décision n° 2 du 12 mars 2026." in said
    assert "Le changement de Maison de l’avis n° 1 est rapporté." in said


async def test_a_rectification_opens_with_the_maison_that_accompanies_today(
    site_of: Any, grenoble: Any, given: Any
) -> None:
    orientation_id = await grenoble.admits_at_grenoble(given.admission(maison="mde-grenoble-nord"))
    admitted_in = (await grenoble.file(orientation_id)).decided_in
    stated = OpinionDraft(Opinion.FAVOURABLE, None, "mde-grenoble-sud", "demenagement", grenoble.now.date())
    await grenoble.gives_and_closes(orientation_id, Subject.REASSIGNMENT, stated)
    browser = await (await site_of(grenoble)).browser()
    path = f"/seances/{admitted_in}/dossiers/{orientation_id}/rectification"
    page = await browser.open(path)
    assert re.search(r'value="mde-grenoble-sud"[^>]* (selected|checked)', page)
    sent = {
        "decision": "admit",
        "plus_value_code": "remobilisation",
        "maison": "mde-grenoble-nord",
        "reason_code": "autre",
        "adhesion": "unknown",
    }
    refused = await browser.send(page, path, sent)
    assert refused.status_code == 422
    assert "inscrivez un nouveau changement de Maison" in words(refused.text).replace(NBSP, " ")
    answer = await browser.send(page, path, {**sent, "maison": "mde-grenoble-sud"})
    assert "Décision n° 2" in words(await browser.goes_on(answer, f"/seances/{admitted_in}")).replace(NBSP, " ")


async def test_members_see_what_a_session_was_planned_for(site: Any, browser: Any) -> None:
    planned = await site.commission.plans(await site.commission.receives())
    session = f"/seances/{planned.session_id}"
    path = f"{session}/date"
    sent = {"held_on": "2026-03-19", "starts_at": "14:00", "place": "Moirans"}
    await browser.goes_on(await browser.send(await browser.open(path), path, sent), session)
    seen = words(await (await site.browser("member")).open(session)).replace(NBSP, " ")
    assert "Séance du 19 mars 2026" in seen
    assert "14 h 00, Moirans" in seen
    assert "Changée le 12 mars 2026 par Nadia Ferrand : elle était prévue le 12 mars 2026, Voiron." in seen


async def test_a_decision_sent_to_a_session_that_closed_meanwhile_is_told_on_its_minutes(
    browser: Any, site: Any, given: Any
) -> None:
    first, second = [await site.commission.receives() for _ in "12"]
    planned = await site.commission.plans(first, second)
    session = f"/seances/{planned.session_id}"
    page = await browser.open(f"{session}?dossier={second}")
    await site.commission.decides(first, planned.session_id, given.refusal())
    await site.commission.closes(planned.session_id)
    answer = await browser.send(page, f"{session}/dossiers/{second}", {"decision": "refuse", "reason_code": "absent"})
    assert (answer.status_code, "a changé depuis que" in answer.text) == (409, True)
    assert "proces-verbal.pdf" in answer.text


async def test_a_decision_on_a_file_taken_off_the_agenda_does_not_fill_the_next_one(browser: Any, site: Any) -> None:
    first, second = await site.commission.receives(last_name="Un"), await site.commission.receives(last_name="Deux")
    planned = await site.commission.plans(first, second)
    session = f"/seances/{planned.session_id}"
    page = await browser.open(f"{session}?dossier={first}")
    removal = RemoveFromAgenda(planned.session_id, first)
    await site.commission.run(remove_from_agenda, removal)
    sent = {"decision": "refuse", "reason_code": "absent", "version": "99"}
    answer = await browser.send(page, f"{session}/dossiers/{first}", sent)
    assert answer.status_code == 409
    assert f'action="{session}/dossiers/{second}"' in answer.text
    assert '<option value="absent" selected>' not in answer.text


async def test_a_page_reads_what_a_file_resembles_once(browser: Any, site: Any) -> None:
    orientation_id, *others = [await site.commission.receives() for _ in range(4)]
    session = f"/seances/{(await site.commission.plans(orientation_id)).session_id}"
    for path in (f"/dossiers/{orientation_id}", session):
        with site.commission.statements() as asked:
            await browser.open(path)
        assert sum("FROM resemblance" in one for one in asked) == 1
    with site.commission.statements() as before:
        await browser.open(f"/dossiers/{orientation_id}")
    for other in others:
        await site.commission.run(recognise, Recognise(orientation_id, other, same=False))
    with site.commission.statements() as after:
        await browser.open(f"/dossiers/{orientation_id}")
    assert len(after) == len(before)


async def test_a_request_shows_what_was_answered_and_what_is_not(browser: Any, site: Any) -> None:
    orientation_id = await site.commission.receives(phone=None)
    asked = ["coordonnees", "motivation"]
    request = await site.commission.run(ask_prescriber, AskPrescriber(orientation_id, asked))
    answer = InformationProvided(
        request_id=request.request_id, orientation_id=orientation_id, answered=("coordonnees",)
    )
    await site.commission.hears(keep_answer, answer, "departement-38.orientation")
    page = await browser.open(f"/dossiers/{orientation_id}")
    told = words(page).replace(NBSP, " ")
    assert "Reçu : coordonnées" in told
    assert "Réponse attendue : motivation" in told
    assert "Réponse partielle du prescripteur" in told
    assert re.search(r'value="coordonnees"[^>]* checked', page)  # still lacking: it may be asked again
    assert 'value="motivation"' not in page  # awaited: asking again would be refused


async def test_closing_says_what_stands_in_the_way(browser: Any, site: Any, given: Any) -> None:
    orientation_id = await site.commission.receives()
    planned = await site.commission.plans(orientation_id, members=given.members(present=1))
    page = await browser.open(f"/seances/{planned.session_id}/cloture")
    assert "Le quorum n’est pas atteint" in page
    assert "Aucune décision à publier" in page
    assert "Clore et publier" not in page


async def test_closing_says_what_becomes_of_what_is_not_settled(browser: Any, site: Any, given: Any) -> None:
    known = await site.commission.admits(given.admission())
    waits = await site.commission.receives(last_name="Zerrouki", first_name="Mehdi")
    session_id = await site.commission.follows(known, Subject.EXTENSION)
    await site.commission.run(add_to_agenda, AddToAgenda(session_id, (waits,)))
    told = words(await browser.open(f"/seances/{session_id}/cloture")).replace(NBSP, " ")
    assert "1 dossier sans décision Mehdi Zerrouki. Sans décision, un dossier revient parmi ceux à examiner." in told
    assert "1 point de suivi sans avis Noémie Bérard. Sans avis, un point de suivi est à inscrire" in told


async def test_nothing_is_to_be_asked_of_a_file_that_is_decided_or_elsewhere(browser: Any, site: Any) -> None:
    orientation_id = await site.commission.receives(motivation=None)
    assert "1 réponse à demander" in words(await browser.open("/?status=all")).replace(NBSP, " ")
    await site.commission.run(transfer_file, TransferFile(orientation_id, "metropole", "autre-territoire"))
    told = words(await browser.open("/?status=all"))
    assert "incomplet" in told
    assert "à demander" not in told
    assert "Pré-examen" not in await browser.open(f"/dossiers/{orientation_id}")


async def test_attendance_is_noted_on_the_day(browser: Any, site: Any) -> None:
    planned = await site.commission.plans(members=())
    path = f"/seances/{planned.session_id}/presences"
    page = await browser.open(path)
    twice = {**MEMBERS, "members[1].name": "helene brun"}
    answer = await browser.send(page, path, twice)
    assert answer.status_code == 422
    assert "figure deux fois" in answer.text
    noted = await browser.send(page, path, MEMBERS)
    assert "quorum atteint" in await browser.goes_on(noted, f"/seances/{planned.session_id}")


@pytest.mark.parametrize("role", ["member", "admin"])
async def test_members_read_and_do_not_write(site: Any, role: str) -> None:
    orientation_id = await site.commission.receives()
    session = f"/seances/{(await site.commission.plans(orientation_id)).session_id}"
    reader = await site.browser(role)
    for path in ("/", f"/dossiers/{orientation_id}", "/seances", session):
        assert "Clore la séance" not in await reader.open(path)
    assert (await reader.client.get(f"{session}/cloture")).status_code == 403
    assert (await reader.send(await reader.open(session), f"{session}/cloture", {"version": 1})).status_code == 403


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Bérard", "Faure", "Zerrouki"}),
        ("status=all", {"Bérard", "Faure", "Roux", "Zerrouki"}),
        ("status=admitted", {"Roux"}),
        ("status=perhaps", {"Bérard", "Faure", "Zerrouki"}),
        ("complete=yes", {"Bérard", "Zerrouki"}),
        ("complete=no", {"Faure"}),
        ("kind=ML", {"Zerrouki"}),
        ("kind=ML&complete=no", set()),
    ],
)
async def test_the_inbox_narrows(browser: Any, site: Any, given: Any, query: str, names: set[str]) -> None:
    await site.commission.receives()
    await site.commission.receives(last_name="Faure", phone=None)
    await site.commission.settles(given.admission(), await site.commission.receives(last_name="Roux"))
    await site.commission.receives(last_name="Zerrouki", file=given.sent_by("ML"))
    page = await browser.open(f"/?{query}")
    assert {name for name in ("Bérard", "Faure", "Roux", "Zerrouki") if f"Noémie {name}" in words(page)} == names


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"q": "berard"}, {"Bérard"}),
        ({"q": "NOE ber"}, {"Bérard"}),
        ({"q": "roux"}, {"Roux"}),
        ({"q": "roux", "status": "pending"}, set()),
        ({"q": "personne"}, set()),
    ],
)
async def test_names_are_searched_without_accents_and_stand_in_no_address(
    browser: Any, site: Any, given: Any, fields: dict[str, str], names: set[str]
) -> None:
    await site.commission.receives()
    await site.commission.settles(given.admission(), await site.commission.receives(last_name="Roux"))
    answer = await browser.send(await browser.open("/"), "/", fields)
    assert answer.status_code == 200
    assert {name for name in ("Bérard", "Roux") if f"Noémie {name}" in words(answer.text)} == names
    chosen = await browser.send(await browser.open("/"), "/", {"q": "", "status": "admitted"})
    assert chosen.headers["location"] == "/?status=admitted"


async def test_a_file_with_nothing_but_facts_is_shown(browser: Any, site: Any) -> None:
    from plie_chassis.ids import new_id

    orientation_id = new_id()
    await site.commission.is_told_facts(orientation_id)
    page = await browser.open(f"/dossiers/{orientation_id}")
    assert "Identité à recevoir" in page


async def test_pages_stay_light(browser: Any, site: Any) -> None:
    orientation_ids = [await site.commission.receives() for _ in range(12)]
    planned = await site.commission.plans(*orientation_ids)
    for path in ("/?status=all", f"/seances/{planned.session_id}", f"/dossiers/{orientation_ids[0]}"):
        assert len((await browser.open(path)).encode()) < 100_000


async def test_each_day_of_the_calendar_has_its_name(browser: Any) -> None:
    page = await browser.open("/seances/calendrier?mois=2026-03")
    assert re.findall(r'class="day-name">(\w+)', page)[:8] == [
        "dimanche",
        "lundi",
        "mardi",
        "mercredi",
        "jeudi",
        "vendredi",
        "samedi",
        "dimanche",
    ]


async def test_who_set_two_people_apart_and_when_is_told(browser: Any, site: Any) -> None:
    first, other = await site.commission.receives(), await site.commission.receives()
    await site.commission.run(recognise, Recognise(other, first, same=False))
    page = words(await browser.open(f"/dossiers/{other}")).replace(NBSP, " ")
    assert "une autre personne, réponse du 12 mars 2026, de Nadia Ferrand." in page


async def test_two_sessions_of_one_day_and_place_are_told_apart_wherever_one_is_chosen(browser: Any, site: Any) -> None:
    orientation_id = await site.commission.receives()
    morning = CreateSession(site.commission.now.date(), "Voiron", (), time(9, 30))
    for planned in (morning, replace(morning, starts_at=None), replace(morning, starts_at=None)):
        await site.commission.run(create_session, planned)
    for path in ("/", f"/dossiers/{orientation_id}"):
        chosen = (await browser.open(path)).partition('name="session_id"')[2].partition("</select>")[0]
        shown = [
            unescape(text).replace(NBSP, " ") for text in re.findall(r'<option value="[^"]+"[^>]*>([^<]+)<', chosen)
        ]
        assert shown == [
            "12 mars 2026, 9 h 30, Voiron",
            "12 mars 2026, 2e séance, Voiron",
            "12 mars 2026, 3e séance, Voiron",
        ]


async def test_a_session_that_looks_for_files_is_the_one_they_are_put_on(browser: Any, site: Any) -> None:
    await site.commission.receives()
    _, session = await site.commission.plans(), await site.commission.plans()
    assert f'href="/?seance={session.session_id}"' in await browser.open(f"/seances/{session.session_id}")
    page = await browser.open(f"/?seance={session.session_id}")
    assert f'value="{session.session_id}" selected' in page
    filtered = await browser.send(page, "/", {"status": "all", "seance": str(session.session_id)})
    again = await browser.goes_on(filtered, f"/?status=all&seance={session.session_id}")
    assert f'value="{session.session_id}" selected' in again


async def test_a_session_with_nothing_left_to_decide_leads_to_its_closing(browser: Any, site: Any, given: Any) -> None:
    orientation_id = await site.commission.receives()
    session = f"/seances/{(await site.commission.plans(orientation_id)).session_id}"
    assert "Tout est décidé" not in await browser.open(session)
    await site.commission.decides(orientation_id, UUID(session.rpartition("/")[2]), given.refusal())
    assert "Tout est décidé" in await browser.open(session)


async def test_a_closed_session_offers_no_attendance_to_note(browser: Any, site: Any, given: Any) -> None:
    session = await site.commission.settles(given.refusal(), await site.commission.receives())
    page = await browser.open(f"/seances/{session.session_id}/presences")
    assert "Ses présences ne changent plus." in page
    assert "members[0]" not in page


async def test_a_member_without_organisation_is_told_beside_that_field(browser: Any) -> None:
    page = await browser.open("/seances/nouvelle")
    sent = {"held_on": "2026-03-12", "place": "Voiron", "members[0].name": "Hélène Brun"}
    refused = await browser.send(page, "/seances/nouvelle", sent)
    wrong = re.findall(r'<input class="form-control is-invalid" id="([^"]+)"', refused.text)
    assert (refused.status_code, wrong) == (422, ["c-members-0-organisation"])
