import html
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from plie_orientation.handlers.drafts import DRAFTS_ARE_KEPT, forget_old_drafts

NEW = "/orientations/nouvelle"
DRAFTS = "/orientations/brouillons"
VOIRON = "Maison du Département Voiron"

PARTS: dict[str, dict[str, Any]] = {
    "personne": {
        "person.last_name": "Bérard",
        "person.first_name": "Noémie",
        "person.birth_date": "1983-05-04",
        "person.sex": "F",
        "person.commune_insee": "Voiron (38500)",
        "person.address": "",
        "person.phone": "0476000000",
        "continuity.clas": "",
        "continuity.reason": "",
    },
    "situation": {
        "situation.employment": "unemployed",
        "situation.unemployed_since": "2024-05-01",
        "situation.rsa_recipient": "true",
        "situation.education_level": "2",
        "situation.disability": "yes",
    },
    "freins": {"barriers": ["mobilite", "sante"], "motivation": "Souhaite reprendre une activité."},
    "accord": {
        "adhesion.given": "true",
        "adhesion.on": "2026-03-01",
        "adhesion.how": "entretien",
        "prescriber.kind": "DEPT",
        "prescriber.structure": VOIRON,
        "prescriber.advisor": "Hélène Brun-Picard",
        "external_reference": "",
    },
}


@pytest.fixture
async def helene(site: Any) -> Any:
    return await site.browser()


def plain(page: str) -> str:
    return html.unescape(page).replace("\N{NO-BREAK SPACE}", " ")


async def fill(browser: Any, **changes: Any) -> str:
    """All parts in order; answers the path of the draft."""
    page = await browser.open(NEW)
    action = re.search(r'action="(/orientations/brouillons/[^"/]+)/personne"', page)
    assert action
    for part, fields in PARTS.items():
        changed = {name: changes.get(name, value) for name, value in fields.items()}
        kept = await browser.send(page, f"{action[1]}/{part}", changed)
        assert kept.status_code == 303, kept.text
    assert kept.headers["location"] == f"{action[1]}/verification"
    return action[1]


async def send(browser: Any, draft: str) -> Any:
    return await browser.send(await browser.open(f"{draft}/verification"), f"{draft}/envoi", {})


async def test_the_form_orients_like_the_api(site: Any, helene: Any) -> None:
    draft = await fill(helene)
    assert await site.side.stored() == 0
    answer = await send(helene, draft)
    page = plain(await helene.open(answer.headers["location"]))
    assert "L’orientation est envoyée à la commission" in page
    assert "Noémie Bérard" in page
    assert "donnée le 1er mars 2026, de vive voix, en entretien" in page
    fact, identity = await site.side.emitted()
    assert fact.data["prescriber"] == {"kind": "DEPT", "structure_code": "maison-du-departement-voiron"}
    assert fact.data["barriers"] == ["mobilite"]
    assert identity.data["sensitive_barriers"] == ["sante"]
    assert identity.data["commune_insee"] == "38563"
    assert identity.data["file"]["adhesion_on"] == "2026-03-01"
    assert answer.headers["location"] == f"/orientations/{fact.data['orientation_id']}"


async def test_a_double_click_orients_once(site: Any, helene: Any) -> None:
    draft = await fill(helene)
    review = await helene.open(f"{draft}/verification")
    first = await helene.send(review, f"{draft}/envoi", {})
    second = await helene.send(review, f"{draft}/envoi", {})
    assert first.headers["location"] == second.headers["location"]
    assert len(await site.side.emitted("OrientationReceived")) == 1


async def test_what_is_still_saved_after_the_sending_brings_no_draft_back(site: Any, helene: Any) -> None:
    draft = await fill(helene)
    page = await helene.open(f"{draft}/personne")
    await send(helene, draft)
    late = await helene.send(page, f"{draft}/personne/reperes", {"person.first_name": "Ana"})
    assert late.status_code == 404
    assert "Aucun brouillon" in await helene.open(DRAFTS)


async def test_nothing_is_kept_before_something_is_typed(site: Any, helene: Any) -> None:
    await helene.open(NEW)
    assert "Aucun brouillon" in await helene.open(DRAFTS)


async def test_a_draft_is_listed_taken_up_and_deleted_and_nothing_leaves(site: Any, helene: Any) -> None:
    draft = await fill(helene)
    assert "Noémie Bérard" in await helene.open("/")
    listed = await helene.open(DRAFTS)
    assert "prêt à envoyer" in listed
    taken_up = plain(await helene.open(f"{draft}/personne"))
    assert 'value="Bérard"' in taken_up
    assert "Brouillon enregistré à 9 h 14" in taken_up
    gone = await helene.send(listed, f"{draft}/suppression", {})
    assert gone.headers["location"] == DRAFTS
    assert "Aucun brouillon" in await helene.open(DRAFTS)
    assert (await helene.client.get(f"{draft}/personne")).status_code == 404
    assert await site.side.stored() == 0


async def test_a_draft_is_its_author_s_alone(site: Any, helene: Any) -> None:
    draft = await fill(helene)
    colleague = await site.browser("paul")
    assert (await colleague.client.get(f"{draft}/personne")).status_code == 404
    page = await colleague.open(NEW)
    stolen = await colleague.send(page, f"{draft}/personne", {"person.last_name": "Autre"})
    assert stolen.status_code == 404
    assert (await colleague.send(page, f"{draft}/personne/reperes", {})).status_code == 404
    assert (await colleague.send(page, f"{draft}/envoi", {})).status_code == 404
    await colleague.send(page, f"{draft}/suppression", {})
    assert 'value="Bérard"' in await helene.open(f"{draft}/personne")


async def test_a_draft_is_forgotten_thirty_days_after_its_last_change(site: Any, helene: Any) -> None:
    draft = await fill(helene)
    for left, days in ((1, -1), (0, 0)):
        now = site.side.now + DRAFTS_ARE_KEPT + timedelta(days=days)
        async with site.side.units.begin(now=now) as work:
            await forget_old_drafts(work)
            assert await work.session.scalar(text("select count(*) from form_draft")) == left
    assert (await helene.client.get(f"{draft}/personne")).status_code == 404


async def test_a_draft_that_is_nearly_forgotten_says_so(site: Any, helene: Any) -> None:
    await fill(helene)
    assert "si vous n’y revenez pas" not in await helene.open(DRAFTS)
    async with site.side.units.begin() as work:
        await work.session.execute(text("update form_draft set saved_at = saved_at - interval '27 days'"))
    assert "Effacé le 5 mars 2026 si vous n’y revenez pas." in plain(await helene.open(DRAFTS))


async def test_an_adhesion_left_open_is_no_refusal_but_has_to_be_answered(site: Any, helene: Any) -> None:
    draft = await fill(helene, **{"adhesion.given": ""})
    review = plain(await helene.open(f"{draft}/verification"))
    assert "Dites si la personne adhère" in review
    refused = await helene.send(review, f"{draft}/envoi", {})
    assert refused.status_code == 422
    assert await site.side.stored() == 0


async def test_not_yet_adhering_is_sent_as_such(site: Any, helene: Any) -> None:
    draft = await fill(helene, **{"adhesion.given": "false", "adhesion.on": "", "adhesion.how": ""})
    assert (await send(helene, draft)).status_code == 303
    fact, _ = await site.side.emitted()
    assert fact.data["adhesion"] is False


async def test_what_is_wrong_is_named_with_the_way_to_its_field_and_nothing_is_lost(site: Any, helene: Any) -> None:
    wrong = {"person.birth_date": "2030-01-01", "person.commune_insee": "Crolles", "person.last_name": "D’Été <b>"}
    draft = await fill(helene, **wrong)
    answer = await helene.send(await helene.open(f"{draft}/verification"), f"{draft}/envoi", {})
    assert answer.status_code == 422
    assert f'href="{draft}/personne?corriger=oui#c-person-birth_date"' in answer.text
    assert "D’Été <b>" not in answer.text
    page = plain(await helene.open(f"{draft}/personne?corriger=oui"))
    assert 'value="D’Été <b>"' in page
    assert 'value="Crolles"' in page
    assert 'value="2030-01-01"' in page
    assert 'aria-describedby="c-person-commune_insee-t c-person-commune_insee-e"' in page
    assert "ne relève d’aucune commission" in page
    assert await site.side.stored() == 0


async def test_an_empty_form_names_each_field_that_is_missing(helene: Any) -> None:
    page = await helene.open(NEW)
    draft = f"{DRAFTS}/{uuid4()}"
    await helene.send(page, f"{draft}/personne", {})
    review = await helene.open(f"{draft}/verification")
    for field in ("last_name", "first_name", "birth_date", "commune_insee"):
        assert f"#c-person-{field}" in review
    assert "#c-situation-employment" in review


async def test_what_is_to_mend_comes_in_the_order_of_the_form(site: Any) -> None:
    sophie = await site.browser(
        "sophie", "Sophie Noir", structure=None, prescriber_kinds=("DEPT", "TRAVAILLEUR_SOCIAL")
    )
    page = await sophie.open(NEW)
    draft = f"{DRAFTS}/{uuid4()}"
    await sophie.send(page, f"{draft}/personne", {})
    review = await sophie.open(f"{draft}/verification")
    fields = re.findall(r"<li><a href=\"[^\"]+#c-([^\"]+)\"", review)
    assert fields[:2] == ["person-last_name", "person-first_name"]
    assert fields[-2:] == ["prescriber-kind", "prescriber-structure"]
    assert f'{draft}/personne?corriger=oui#c-person-last_name">Corriger la première réponse' in review


async def test_a_part_that_is_mended_leads_back_to_the_verification(helene: Any) -> None:
    draft = await fill(helene)
    page = await helene.open(f"{draft}/situation")
    assert "Continuer vers la vérification" in page
    fields = {**PARTS["situation"], "vers": "verification"}
    assert (await helene.send(page, f"{draft}/situation", fields)).headers["location"] == f"{draft}/verification"


async def test_what_the_account_does_not_say_of_the_prescriber_is_as_they_oriented_last(site: Any) -> None:
    sophie = await site.browser(
        "sophie", "Sophie Noir", structure=None, prescriber_kinds=("DEPT", "TRAVAILLEUR_SOCIAL")
    )
    signed = {
        "prescriber.kind": "TRAVAILLEUR_SOCIAL",
        "prescriber.structure": "MDM",
        "prescriber.advisor": "Sophie Noir",
    }
    first = await fill(sophie, **signed)
    await sophie.send(
        await sophie.open(f"{first}/accord"),
        f"{first}/accord",
        {**PARTS["accord"], **signed, "prescriber.advisor_email": "s.noir@isere.example"},
    )
    await send(sophie, first)
    page = await sophie.open(NEW)
    second = f"{DRAFTS}/{uuid4()}"
    await sophie.send(page, f"{second}/personne", PARTS["personne"])
    accord = await sophie.open(f"{second}/accord")
    assert '<option value="TRAVAILLEUR_SOCIAL" selected>' in accord
    assert 'value="MDM"' in accord
    assert 'value="s.noir@isere.example"' in accord
    emptied = {**PARTS["accord"], **signed, "prescriber.advisor_email": ""}
    await sophie.send(accord, f"{second}/accord", emptied)
    assert "s.noir@isere.example" not in await sophie.open(f"{second}/accord")


async def test_a_commune_that_is_several_asks_which_one(helene: Any) -> None:
    draft = await fill(helene, **{"person.commune_insee": "38500"})
    assert "plusieurs communes correspondent" in plain(await helene.open(f"{draft}/verification")).lower()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("38210", "Plusieurs communes"),
        ("st laurent du pont", "Relève de"),
        ("VOIRON", "Voiron (38500)"),
        ("voir", "Voiron (38500)"),
        ("Crolles", "aucune commission ne la couvre"),
        ("zzz", "Aucune commune du PLIE"),
        ("", ""),
    ],
)
async def test_a_commune_is_found_by_name_or_postal_code_with_its_commission(
    helene: Any, typed: str, told: str
) -> None:
    page = await helene.open(NEW)
    found = await helene.send(page, "/orientations/communes", {"person.commune_insee": typed})
    assert found.status_code == 200
    assert told in plain(found.text)


async def test_a_commune_chosen_among_several_comes_back_in_its_field(helene: Any) -> None:
    page = await helene.open(NEW)
    chosen = await helene.send(page, "/orientations/communes", {"choisie": "38563"})
    assert 'value="Voiron (38500)"' in chosen.text
    assert chosen.headers["hx-trigger"] == "commune-choisie"


async def test_a_reference_used_before_leads_to_the_orientation_that_has_it(helene: Any) -> None:
    first = await send(helene, await fill(helene, external_reference="RSA-1"))
    again = await send(helene, await fill(helene, external_reference="RSA-1", motivation="autre"))
    assert again.status_code == 409
    assert f'href="{first.headers["location"]}"' in again.text


async def test_options_begin_with_a_capital_and_keep_their_acronyms(helene: Any) -> None:
    draft = await fill(helene)
    assert ">Maîtrise de la langue</label>" in await helene.open(f"{draft}/freins")
    assert ">CAP, BEP, baccalauréat (CITE 3)</option>" in await helene.open(f"{draft}/situation")


async def test_the_hints_follow_what_is_typed_and_keep_it(helene: Any) -> None:
    page = await helene.open(NEW)
    assert "0 critère rempli sur 4" in plain(page)
    draft = await fill(helene)
    here = f"{draft}/situation/reperes"
    answer = await helene.send(page, here, {**PARTS["situation"], "situation.unemployed_since": "2025-01-15"})
    told = plain(answer.text)
    assert answer.status_code == 200
    assert "4 critères remplis sur 4" in told
    assert "13 mois : chômage de longue durée" in told
    assert "Brouillon enregistré à 9 h 14" in told
    assert 'value="2025-01-15"' in await helene.open(f"{draft}/situation")
    told = plain((await helene.send(page, f"{draft}/personne/reperes", PARTS["personne"])).text)
    assert "42 ans." in told
    assert "Relève de" not in told, "only the commune's own field asks for it: its suggestions stay under the finger"


async def test_what_the_commission_will_miss_is_told_while_filling(helene: Any) -> None:
    draft = await fill(helene, **{"person.phone": "", "motivation": ""})
    page = plain(await helene.open(f"{draft}/verification"))
    assert "un téléphone ou une adresse électronique" in page
    assert "quelques mots pour la commission" in page
    assert "Envoyer l’orientation à la commission" in page


async def test_a_form_of_another_site_is_refused(site: Any, helene: Any) -> None:
    draft = await fill(helene)
    answer = await helene.client.post(f"{draft}/envoi", data={})
    assert answer.status_code == 403
    assert await site.side.stored() == 0


async def test_a_part_that_does_not_exist_is_not_found(helene: Any) -> None:
    draft = await fill(helene)
    assert (await helene.client.get(f"{draft}/nulle-part")).status_code == 404
