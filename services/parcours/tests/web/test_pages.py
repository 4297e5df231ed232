"""What people see and touch: what is late first, a participant from end to end, and forms that come back complete."""

import re
from datetime import date

import pytest

from plie_parcours.domain.contacts import ContactDraft
from plie_parcours.domain.jobs import JobDraft
from plie_parcours.domain.steps import StepDraft
from plie_parcours.handlers.contacts import LogContact, log_contact
from plie_parcours.handlers.jobs import StartJob, start_job
from plie_parcours.handlers.steps import StartStep, start_step
from plie_parcours.web.pages.forms import FORMS

FORM_OF_FILE = [form.path for form in FORMS if "{" not in form.path]


@pytest.fixture
async def coordination(site):
    await site.account("claire", "coordinator")
    async with site.signed_in("claire") as browser:
        yield browser


@pytest.fixture
async def referent(site):
    await site.account("denis", "referent", referent_id="referent-03")
    async with site.signed_in("denis") as browser:
        yield browser


def words(text):
    """The text of a page, with plain spaces."""
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace(" ,", ",")


async def see(browser, path, status=200):
    answer = await browser.get(path)
    assert answer.status_code == status, (path, answer.text[:2000])
    assert len(answer.content) < 100_000
    return answer.text


async def send(browser, path, fields, status=303):
    page = await browser.get(path.partition("?")[0] if not path.startswith("/actions/") else path.rpartition("/")[0])
    token = re.search(r'name="_csrf" value="([^"]+)"', page.text)[1]
    answer = await browser.post(path, data={"_csrf": token, **fields})
    assert answer.status_code == status, (path, answer.status_code, words(answer.text)[:3000])
    return answer


async def test_what_is_late_comes_first_with_how_late_and_why(site, coordination):
    participant_id = await site.maison.on("2026-02-05").opens("2026-02-05")
    await site.maison.receives(site.maison.identity(participant_id, "Aydın"))
    site.maison.today = date(2026, 3, 10)
    text = words(await see(coordination, "/"))
    assert "Mardi 10 mars 2026" in text
    assert "2 échéances dépassées, 0 cette semaine" in text
    contract, interview = text.index("5 j de retard depuis le 5 mars"), text.index("3 j de retard depuis le 7 mars")
    assert contract < interview
    assert "Noémie Aydın, premier entretien" in text
    assert "en présentiel, dans les 30 jours qui suivent l’admission" in text
    assert "admission par la CLAS du 5 février 2026" in text


async def test_one_click_notes_the_contact_of_today(site, referent):
    participant_id = await site.maison.on("2026-01-05").opens("2026-01-05")
    interview = ContactDraft(date(2026, 1, 22), "presentiel", "honore")
    await site.maison.on("2026-01-22").do(log_contact, LogContact(participant_id, interview))
    site.maison.today = date(2026, 3, 10)
    page = await see(referent, "/")
    fields = dict(re.findall(r'<input type="hidden" name="(occurred_on|version|_csrf)" value="([^"]+)"', page))
    action = re.search(r'action="(/participants/[^"]+retour=aujourdhui)"', page)[1]
    answer = await referent.post(
        action, data={**fields, "medium": "telephone", "outcome": "honore", "note": "Reprend jeudi"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Le contact est noté." in await see(referent, "/")
    logged = (await site.maison.parcours(participant_id)).contacts_by_date[-1]
    assert (logged.occurred_on, logged.medium, logged.note) == (date(2026, 3, 10), "telephone", "Reprend jeudi")


async def test_a_referent_sees_their_own_file_first_and_the_whole_maison_on_request(site, referent, coordination):
    own, other = await site.maison.opens(), await site.maison.admits()
    await site.maison.receives(site.maison.identity(own, "Propre"))
    await site.maison.receives(site.maison.identity(other, "Autre"))
    mine, everyone = await see(referent, "/participants"), await see(referent, "/participants?referent=tous")
    assert ("Propre" in mine, "Autre" in mine) == (True, False)
    assert ("Propre" in everyone, "Autre" in everyone) == (True, True)
    assert "Autre" in await see(coordination, "/participants")


async def test_a_name_is_found_without_its_accents_and_never_stands_in_an_address(site, coordination):
    participant_id = await site.maison.opens()
    await site.maison.receives(site.maison.identity(participant_id, "Kovačević"))
    found = await send(coordination, "/participants", {"q": "kovacevic noe"}, 200)
    assert "Noémie Kovačević" in found.text
    nobody = await send(coordination, "/participants", {"q": "kovacs"}, 200)
    assert "Personne ne correspond à « kovacs »" in words(nobody.text)
    filtered = await send(coordination, "/participants", {"q": "", "stage": "welcome"})
    assert filtered.headers["location"].startswith("/participants?stage=welcome")


async def test_the_active_file_is_cut_into_pages_by_name(site, coordination):
    for number in range(53):
        participant_id = await site.maison.admits()
        await site.maison.receives(site.maison.identity(participant_id, f"Nom{number:02}"))
    first = await see(coordination, "/participants")
    following = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = await see(coordination, f"/participants{following}")
    assert [("Nom00" in page, "Nom52" in page) for page in (first, second)] == [(True, False), (False, True)]


async def test_a_participant_shows_facts_corrections_and_the_computed_exit(site, referent):
    participant_id = await site.maison.welcomes()
    await site.maison.receives(site.maison.identity(participant_id))
    await site.maison.do(
        start_job, StartJob(participant_id, JobDraft(date(2027, 3, 1), "cdi", weekly_hours=28), "Cuisine")
    )
    await site.maison.do(log_contact, LogContact(participant_id, ContactDraft(date(2027, 5, 3), "telephone", "honore")))
    contact_id = (await site.maison.parcours(participant_id)).contacts_by_date[-1].contact_id
    here = f"/participants/{participant_id}"
    corrected = {"occurred_on": "2027-05-03", "medium": "courriel", "outcome": "honore", "reason_code": "erreur-saisie"}
    await send(referent, f"{here}/contacts/{contact_id}/correction", corrected)
    text = words(await see(referent, here))
    for expected in (
        "Noémie Bérard",
        "44 ans · Voiron",
        "Courriel, honoré",
        "Corrigé le 15 juin 2027 par Denis : téléphone, honoré auparavant.",
        "CDI, 28 h par semaine",
        "Sortie positive provisoire",
        "attestation à 6 mois, à demander à partir du 31 août 2027",
        "Attester à 3 mois",
    ):
        assert expected in text, expected
    await send(referent, f"{here}/contacts/{contact_id}/annulation", {"reason_code": "doublon"})
    page = await see(referent, here)
    assert "is-struck" in page
    assert "Annulé le 15 juin 2027 par Denis : doublon." in words(page)
    assert "Courriel, honoré" not in words(await see(referent, f"{here}?fil=etapes"))


async def test_before_the_identity_arrives_the_page_shows_what_it_has(site, coordination):
    participant_id = await site.maison.admits()
    text = words(await see(coordination, f"/participants/{participant_id}"))
    assert "Identité à venir" in text
    assert "Affecter un référent" in text


async def test_every_form_of_a_file_opens(site, coordination):
    participant_id = await site.maison.welcomes()
    job = await site.maison.do(start_job, StartJob(participant_id, JobDraft(date(2026, 7, 1), "cdi")))
    step = await site.maison.do(start_step, StartStep(participant_id, StepDraft("qualifiant", date(2026, 7, 1))))
    contact = (await site.maison.parcours(participant_id)).contacts_by_date[-1]
    parts = {
        "contacts": contact.contact_id,
        "emplois": job.resource.job_id,
        "suivis": job.resource.job_id,
        "etapes": step.resource.step_id,
    }
    # One writes to the next Maison while a change of Maison is to come (test_handovers.py).
    for form in (form for form in FORMS if form.path != "transmission"):
        path = form.path.replace("{subject_id:uuid}", str(parts.get(form.path.partition("/")[0])))
        assert form.verb in await see(coordination, f"/participants/{participant_id}/{path}"), path


async def test_the_pages_tell_a_whole_life(site, coordination):
    participant_id = await site.maison.admits()
    here = f"/participants/{participant_id}"
    await send(coordination, f"{here}/referent", {"referent_id": "referent-03"})
    await send(
        coordination,
        f"{here}/contact",
        {
            "occurred_on": "2026-04-07",
            "medium": "presentiel",
            "outcome": "honore",
            "with_referent": "true",
            "duration_minutes": "60",
        },
    )
    await send(coordination, f"{here}/contrat", {"kind": "contrat-plie", "signed_on": "2026-04-07", "ends_on": ""})
    levels = {
        "barriers[0].code": "logement",
        "barriers[0].level": "",
        "barriers[1].code": "sante",
        "barriers[1].level": "3",
    }
    await send(coordination, f"{here}/freins", {"reviewed_on": "2026-04-08", **levels})
    await send(
        coordination,
        f"{here}/etape",
        {"kind": "siae", "siae_kind": "ACI", "title": "Aide-cuisinière", "started_on": "2026-04-20"},
    )
    step_id = next(iter((await site.maison.parcours(participant_id)).steps))
    await send(
        coordination, f"{here}/etapes/{step_id}/fin", {"ended_on": "2026-06-30", "status": "done", "hours": "260,5"}
    )
    await send(
        coordination,
        f"{here}/emploi",
        {
            "started_on": "2026-07-01",
            "contract_kind": "cdd",
            "contract_months": "8",
            "weekly_hours": "28",
            "chosen_part_time": "true",
        },
    )
    job_id = next(iter((await site.maison.parcours(participant_id)).jobs))
    milestone = {"month": "6", "in_employment": "true", "evidence": "payslip", "attested_on": "2027-01-04"}
    await send(coordination, f"{here}/suivis/{job_id}/attestation", milestone)
    await send(
        coordination,
        f"{here}/suivis/{job_id}/fin",
        {"ended_on": "2027-01-04", "outcome": "in-employment", "evidence": ""},
    )
    await send(coordination, f"{here}/commune", {"commune_insee": "38563", "changed_on": "2027-01-10"})
    await send(
        coordination, f"{here}/sortie", {"ended_on": "2027-01-31", "kind": "positive", "reason_code": "emploi-durable"}
    )
    parcours = await site.maison.parcours(participant_id)
    assert parcours.exit.positive_rule == "cdd-6-mois"
    assert parcours.reviews[-1].levels == {"sante": 3}
    text = words(await see(coordination, here))
    assert "Sortie positive acquise" in text
    assert "Noter un contact" not in text


async def test_a_refused_form_comes_back_complete_with_the_rule(site, coordination):
    participant_id = await site.maison.opens()
    sent = {"occurred_on": "2027-06-16", "medium": "telephone", "outcome": "honore", "note": "à garder"}
    answer = await send(coordination, f"/participants/{participant_id}/contact", sent, 422)
    assert "Le 16 juin 2027 n’est pas encore passé." in words(answer.text)
    assert "à garder" in answer.text
    assert 'value="2027-06-16"' in answer.text
    conflict = await send(
        coordination,
        f"/participants/{participant_id}/contrat",
        {"kind": "contrat-plie", "signed_on": "2026-04-07"},
        409,
    )
    assert "aucun n’est noté" in words(conflict.text)


async def test_a_stale_form_offers_to_read_the_file_again(site, coordination):
    participant_id = await site.maison.opens()
    await site.maison.do(log_contact, LogContact(participant_id, ContactDraft(date(2026, 5, 5), "telephone", "honore")))
    sent = {"occurred_on": "2026-05-05", "medium": "telephone", "outcome": "honore", "version": "2"}
    answer = await send(coordination, f"/participants/{participant_id}/contact", sent, 409)
    assert "Relire le dossier" in answer.text


async def test_a_referent_reads_the_files_of_others_and_writes_in_none(site, referent):
    participant_id = await site.maison.admits()
    text = words(await see(referent, f"/participants/{participant_id}"))
    assert "Noter un contact" not in text
    await see(referent, f"/participants/{participant_id}/contact", 403)
    await see(referent, f"/participants/{participant_id}/referent", 403)


async def test_an_administrator_writes_nothing(site):
    await site.account("admin", "admin")
    participant_id = await site.maison.opens()
    async with site.signed_in("admin") as browser:
        for path in FORM_OF_FILE:
            await see(browser, f"/participants/{participant_id}/{path}", 403)


async def test_a_workshop_with_its_attendance(site, coordination):
    participant_id = await site.maison.welcomes()
    await site.maison.receives(site.maison.identity(participant_id))
    sent = {
        "title": "Atelier 4",
        "kind": "atelier-numerique",
        "held_on": "2026-09-10",
        "hours": "3,5",
        "place": "Voiron",
    }
    here = (await send(coordination, "/actions/nouvelle", sent)).headers["location"]
    found = await send(coordination, f"{here}/chercher", {"q": "berard"}, 200)
    assert "Noémie Bérard" in found.text
    await send(coordination, f"{here}/presence", {"participant_id": str(participant_id), "present": "true"})
    assert "1 sur 1 personne notée" in words(await see(coordination, here))
    assert "Atelier 4" in await see(coordination, "/actions")
    assert "Atelier numérique, présent, 3,5 h" in words(await see(coordination, f"/participants/{participant_id}"))


async def test_an_empty_maison_says_what_to_do_next(site, coordination, referent):
    assert "Les personnes admises par la CLAS arrivent d’elles-mêmes." in words(await see(coordination, "/"))
    assert "Voir toute la Maison" in words(await see(referent, "/participants"))
    assert "Créer une première action" in words(await see(coordination, "/actions"))


async def test_somebody_nobody_follows_yet_is_first_given_a_referent(site, coordination):
    participant_id = await site.maison.on("2026-02-05").admits("2026-02-05")
    site.maison.today = date(2026, 3, 10)
    page = await see(coordination, "/")
    assert f'href="/participants/{participant_id}/referent"' in page
    assert "Noter le contact d’aujourd’hui" not in page


async def test_the_summary_of_a_refused_form_names_its_fields(site, coordination):
    participant_id = await site.maison.opens()
    answer = await send(coordination, f"/participants/{participant_id}/contact", {"occurred_on": "2026-05-05"}, 422)
    assert "Comment : Ce champ est obligatoire." in words(answer.text)
