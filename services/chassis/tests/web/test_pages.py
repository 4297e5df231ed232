"""Pages for signed-in people: who sees what, forms that come back complete, and forms of other sites."""

import re

import pytest
from plie_chassis_sample.site import Site, form_token

from plie_chassis.typesetting import NBSP


async def test_the_navigation_shows_the_places_of_one_s_roles_and_the_present_one(site: Site) -> None:
    await site.account("claire", "writer")
    await site.account("denis", "admin", name="Denis Royer")
    async with site.signed_in("claire") as browser:
        page = (await browser.get("/notes/nouvelle")).text
        assert "Administration" not in page
        assert re.search(r'<a href="/notes/nouvelle" aria-current="page">', page)
        assert page.count('aria-current="page"') == 1
        assert "compte de Claire Montagnon" in page
        assert "Rédaction" in page
    async with site.signed_in("denis") as browser:
        page = (await browser.get("/")).text
        assert "Administration" in page
        assert "Nouvelle note" not in page
        refused = await browser.get("/notes/nouvelle")
        assert refused.status_code == 403
        assert "réservée à un autre rôle" in refused.text


async def test_a_form_writes_and_the_next_page_tells_it_once(site: Site) -> None:
    await site.account()
    async with site.signed_in() as browser:
        token = form_token(await browser.get("/notes/nouvelle"))
        fields = {"_csrf": token, "title": "Appel à <Adama>", "kind": "visit", "minutes": "30", "tags": ["a", "b"]}
        answer = await browser.post("/notes", data=fields)
        assert answer.status_code == 303
        first, second = await browser.get("/"), await browser.get("/")
    assert f"Note «{NBSP}Appel à &lt;Adama&gt;{NBSP}» enregistrée." in first.text
    assert "enregistrée." not in second.text
    assert '<span class="count">1</span>' in first.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"title": ""}, 422), ({"title": "one too many"}, 409), ({"title": "bug"}, 500), ({"_csrf": "another"}, 403)],
)
async def test_a_refused_form_has_the_menu_with_its_count(site: Site, fields: dict[str, str], status: int) -> None:
    await site.account()
    async with site.signed_in() as browser:
        sent = {"_csrf": form_token(await browser.get("/notes/nouvelle")), "title": "Un appel", "kind": "call"}
        await browser.post("/notes", data=sent)
        answer = await browser.post("/notes", data=sent | fields)
    assert answer.status_code == status
    assert '<span class="count">1</span>' in answer.text


async def test_a_refused_form_comes_back_with_what_was_typed_and_what_to_mend(site: Site) -> None:
    await site.account()
    async with site.signed_in() as browser:
        token = form_token(await browser.get("/notes/nouvelle"))
        typed = {
            "_csrf": token,
            "title": "",
            "kind": "visit",
            "minutes": "999",
            "tags": "b",
            "person.last_name": 'O"Neil',
        }
        answer = await browser.post("/notes", data=typed)
    page = answer.text
    assert answer.status_code == 422
    assert "3 réponses sont à corriger" in page
    told = re.findall(r'<li><a href="#(c-[^"]+)">([^<]+)</a></li>', page)
    assert told == [
        ("c-title", f"Titre{NBSP}: Ce champ est obligatoire."),
        ("c-minutes", f"Durée en minutes{NBSP}: La valeur maximale est 240."),
        ("c-person-birth_date", f"Date de naissance{NBSP}: Ce champ est obligatoire."),
    ]
    assert re.search(r'id="c-minutes"[^>]* value="999" aria-describedby="c-minutes-e" aria-invalid="true"', page)
    assert re.search(r'id="c-title"[^>]*aria-describedby="c-title-t c-title-e" aria-invalid="true"', page)
    assert re.search(r'value="visit" checked', page)
    assert re.search(r'id="c-tags-b"[^>]* checked', page)
    assert "O&#34;Neil" in page
    assert re.search(r'id="c-person-birth_date"[^>]*aria-invalid="true"', page)


async def test_htmx_is_told_where_to_go(site: Site) -> None:
    await site.account()
    async with site.signed_in() as browser:
        token = form_token(await browser.get("/notes/nouvelle"))
        headers = {"HX-Request": "true", "X-CSRF-Token": token}
        answer = await browser.post("/notes", data={"title": "a", "kind": "call"}, headers=headers)
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/"


@pytest.mark.parametrize("sent", [{}, {"_csrf": ""}, {"_csrf": "0" * 43}, {"_csrf": "é"}])
async def test_a_form_without_its_token_is_refused(site: Site, sent: dict[str, str]) -> None:
    await site.account()
    async with site.signed_in() as browser:
        answer = await browser.post("/notes", data={"title": "a", "kind": "call", **sent})
        assert answer.status_code == 403
        assert "Rien n’est enregistré" in answer.text
        assert "Aucune note" in (await browser.get("/")).text


async def test_the_form_token_of_another_session_is_refused(site: Site) -> None:
    await site.account()
    async with site.signed_in() as other:
        token = form_token(await other.get("/notes/nouvelle"))
    async with site.signed_in() as browser:
        answer = await browser.post("/notes", data={"title": "a", "kind": "call", "_csrf": token})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_form_of_another_site_is_refused_even_at_sign_in(site: Site, headers: dict[str, str]) -> None:
    await site.account()
    async with site.signed_in() as browser:
        token = form_token(await browser.get("/notes/nouvelle"))
        fields = {"title": "a", "kind": "call", "_csrf": token}
        assert (await browser.post("/notes", data=fields, headers=headers)).status_code == 403
        assert (await browser.post("/connexion", data={"login": "claire"}, headers=headers)).status_code == 403
        ours = {"Origin": "http://127.0.0.1:8301", "Sec-Fetch-Site": "same-origin"}
        assert (await browser.post("/notes", data=fields, headers=ours)).status_code == 303


async def test_nobody_sees_a_page_without_signing_in(site: Site) -> None:
    async with site.browser() as browser:
        for path in ("/", "/notes/nouvelle"):
            assert (await browser.get(path)).status_code == 303
        assert (await browser.post("/notes", data={"title": "a"})).headers["location"] == "/connexion"
