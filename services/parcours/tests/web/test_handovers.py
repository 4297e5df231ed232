"""What both Maisons see of a change of Maison: before its day, on it, and while the file is on its way."""

import re
from datetime import date

import pytest

from plie_parcours.background import hand_over_what_is_due
from plie_parcours.domain.contacts import ContactDraft
from plie_parcours.handlers.contacts import LogContact, log_contact
from plie_parcours.handlers.referents import AssignReferent, assign_referent
from plie_parcours.web.pages.forms import FORMS

from .test_pages import see, send, words


@pytest.fixture
async def admitted(site_nord, site_sud):
    """Accompanied in the north since March; on 1 June the CLAS decides that they go south on 1 July."""
    nord, sud = site_nord.maison, site_sud.maison
    admission = nord.admission(clas="metropole", maison="mde-grenoble-nord")
    for maison in (nord, sud):
        maison.today = date(2026, 6, 1)
        await maison.receives(admission)
    await nord.receives(nord.identity(admission.participant_id))
    await nord.on("2026-03-19").do(assign_referent, AssignReferent(admission.participant_id, "referent-03"))
    await nord.do(
        log_contact, LogContact(admission.participant_id, ContactDraft(date(2026, 4, 7), "presentiel", "honore"))
    )
    for site in (site_nord, site_sud):
        await site.account("claire", "coordinator")
        await site.maison.receives(nord.reassigned(admission, "2026-07-01"))
    await sud.receives(sud.identity(admission.participant_id))
    return admission


async def handed_over(nord):
    nord.today = date(2026, 7, 1)
    await hand_over_what_is_due(nord.units)


async def test_the_old_maison_is_told_the_day_and_may_write_to_the_next_one(site_nord, admitted):
    here = f"/participants/{admitted.participant_id}"
    async with site_nord.signed_in("claire") as browser:
        text = words(await see(browser, here))
        assert "Transfert prévu le 1er juillet 2026 à la Maison de l’emploi Grenoble Sud" in text
        assert "Noter un contact" in text
        assert "Transfert le 1er juil. 2026" in words(await see(browser, "/participants"))
        await send(browser, f"{here}/transmission", {"text": "Rappeler le bailleur"})
        assert "Relire le mot à la Maison suivante" in words(await see(browser, here))
        assert "Rappeler le bailleur" in await see(browser, f"{here}/transmission")


async def test_what_was_handed_over_is_read_and_changes_no_more(site_nord, admitted):
    await handed_over(site_nord.maison)
    here = f"/participants/{admitted.participant_id}"
    async with site_nord.signed_in("claire") as browser:
        text = words(await see(browser, here))
        assert "Parcours transmis à la Maison de l’emploi Grenoble Sud le 1er juillet 2026" in text
        assert "En présentiel, honoré" in text
        assert not re.search(r"Noter un contact|Affecter un référent|Autres actions|Corriger|Ajouter", text)
        assert "Bérard" not in await see(browser, "/participants")
        assert "Transmis le 1er juil. 2026" in words(await see(browser, "/participants?stage=ended"))
        for form in FORMS:
            if "{" not in form.path:
                assert "Une autre Maison accompagne" in words(await see(browser, f"{here}/{form.path}", 409)), form.path


async def test_a_file_whose_rectified_admission_names_another_maison_says_so(site_nord):
    maison = site_nord.maison
    admission = maison.admission(clas="metropole", maison="mde-grenoble-nord")
    await maison.receives(admission)
    await maison.receives(maison.identity(admission.participant_id))
    await maison.do(assign_referent, AssignReferent(admission.participant_id, "referent-03"))
    await maison.receives(admission.model_copy(update={"decision_number": 2, "maison": "mde-grenoble-sud"}))
    await site_nord.account("claire", "coordinator")
    async with site_nord.signed_in("claire") as browser:
        text = words(await see(browser, f"/participants/{admission.participant_id}"))
    assert "Admission rectifiée par la CLAS" in text
    assert "Cette personne est accompagnée par la Maison de l’emploi Grenoble Sud" in text


async def test_the_new_maison_sees_who_comes_and_from_when(site_sud, admitted):
    here = f"/participants/{admitted.participant_id}"
    async with site_sud.signed_in("claire") as browser:
        text = words(await see(browser, here))
        assert "Arrivée prévue le 1er juillet 2026, de la Maison de l’emploi Grenoble Nord" in text
        assert "Affecter un référent" not in text
        assert "jours depuis l’admission" not in text
        assert "Arrive le 1er juil. 2026" in words(await see(browser, "/participants"))
        assert "arrive d’une autre Maison le 1er juillet 2026" in words(await see(browser, "/"))
    site_sud.maison.today = date(2026, 7, 1)
    async with site_sud.signed_in("claire") as browser:
        text = words(await see(browser, here))
    assert "Dossier attendu de la Maison de l’emploi Grenoble Nord" in text
    assert "Affecter un référent" in text


async def test_the_history_that_came_says_where_it_was_told(site_nord, site_sud, admitted):
    await handed_over(site_nord.maison)
    (file,) = await site_nord.maison.sent("ParcoursFileHandedOver")
    site_sud.maison.today = date(2026, 7, 2)
    await site_sud.maison.receives(file, writer="mde-grenoble-nord.parcours")
    async with site_sud.signed_in("claire") as browser:
        assert "arrivée d’une autre Maison le 1er juillet 2026 · Affecter un référent" in words(await see(browser, "/"))
        text = words(await see(browser, f"/participants/{admitted.participant_id}"))
    assert "En présentiel, honoré, premier entretien Repris de la Maison de l’emploi Grenoble Nord." in text
    assert "Dossier reçu de la Maison précédente" in text
    assert "Référents précédents Référent 03, jusqu’au 1er juillet 2026" in text
    assert "Dossier attendu" not in text
    assert not re.search(r"Noter un contact|Corriger|Annuler", text), "nobody accompanies them here yet"
    assert "Affecter un référent" in text


async def test_the_api_says_where_the_parcours_goes_on(site_nord, admitted):
    here = f"/participants/{admitted.participant_id}"
    async with await site_nord.api() as client:
        shown = (await client.get(here)).json()
        assert (shown["leaving"], shown["elsewhere"]) == ({"maison": "mde-grenoble-sud", "on": "2026-07-01"}, None)
        written = await client.post(f"{here}/handover-note", json={"text": "Rappeler le bailleur"})
        assert (written.status_code, written.json()["text"]) == (201, "Rappeler le bailleur")
        await handed_over(site_nord.maison)
        shown = (await client.get(here)).json()
        assert (shown["leaving"], shown["elsewhere"]) == (None, {"maison": "mde-grenoble-sud", "on": "2026-07-01"})
        refused = await client.post(f"{here}/handover-note", json={"text": "Trop tard"})
        assert (refused.status_code, refused.json()["code"]) == (409, "parcours.handed-over")
