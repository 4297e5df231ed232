"""Pages as a person gets them."""

import re

import pytest


async def a_territory(site, told):
    for number in range(12):
        person = (
            told.person().received("2026-01-10").admitted("2026-01-20").opened("2026-01-21").interview("2026-01-25")
        )
        person.signed("2026-01-26").contact("2026-02-10").job("2026-02-15")
        if number % 2:
            person.ended("2026-02-20", *(("positive", "emploi-durable") if number % 3 else ("sans-suite", "abandon")))
    told.person().received("2026-03-02")
    await site.store.take(told.facts)


async def test_the_dashboard_shows_figures_with_denominator_definition_and_date(site, told):
    await a_territory(site, told)
    async with site.signed_in("analyst") as browser:
        answer = await browser.get("/", params={"from": "2026-01-01", "to": "2026-03-10", "effectifs": "reels"})

    assert answer.status_code == 200, answer.text
    assert "Taux d’admission" in answer.text
    assert "12 admises sur 12 décidées" in answer.text
    assert "Admissions sur admissions et refus" in answer.text
    assert "Connu au" in answer.text
    assert len(answer.content) < 100_000


async def test_small_numbers_are_masked_until_they_are_asked_for(site, told):
    await a_territory(site, told)
    period = {"from": "2026-01-01", "to": "2026-03-10"}
    async with site.signed_in("analyst") as browser:
        masked = (await browser.get("/", params=period)).text
        real = (await browser.get("/", params={**period, "effectifs": "reels"})).text

    assert "masqué" in masked
    assert '<span class="masked' not in real
    assert 'class="num masked"' not in real


async def test_an_analyst_from_elsewhere_never_sees_the_small_numbers(site, told):
    await a_territory(site, told)
    async with site.signed_in("analyst", organisation="centre-isere") as browser:
        asked = await browser.get("/", params={"from": "2026-01-01", "to": "2026-03-10", "effectifs": "reels"})
        events = await browser.get("/evenements", params={"figure": "contacts.total"})

    assert "Montrer les effectifs réels" not in asked.text
    assert "masqué" in asked.text
    assert "/evenements" not in asked.text
    assert events.status_code == 403


async def test_an_empty_period_says_so_and_offers_a_way_out(site):
    async with site.signed_in("analyst") as browser:
        answer = await browser.get("/", params={"from": "2001-01-01", "to": "2001-01-31"})

    assert "Rien à compter sur cette période" in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        {"territory": "voironnais"},
        {"maison": "centre-isere"},
        {"prescriber_kind": "DEPT"},
        {"as_known_at": "2026-02-01"},
        {"from": ""},
    ],
)
async def test_every_filter_of_the_form_answers(site, told, asked):
    await a_territory(site, told)
    async with site.signed_in("analyst") as browser:
        answer = await browser.get("/", params=asked)

    assert answer.status_code == 200, answer.text


async def test_a_key_figure_leads_to_its_events(site, told):
    await a_territory(site, told)
    async with site.signed_in("analyst") as browser:
        dashboard = await browser.get("/", params={"from": "2026-01-01", "to": "2026-03-10"})
        link = re.search(r'href="(/evenements[^"]*figure=parcours.active)"', dashboard.text)
        assert link, dashboard.text
        events = await browser.get(link[1].replace("&amp;", "&"))

    assert events.status_code == 200, events.text
    assert "Parcours ouvert" in events.text


async def test_conservation_shows_both_balances_and_what_waits(site, told):
    told.person().received("2026-01-10").admitted("2026-01-20")
    told.person().opened("2026-01-25")
    await site.store.take(told.facts)
    async with site.signed_in("analyst") as browser:
        whole = await browser.get("/conservation")
        live = await browser.get("/conservation", headers={"HX-Request": "true"})
        waiting = await browser.get("/conservation/parcours")
        nothing = await browser.get("/conservation/admission")
        nowhere = await browser.get("/conservation/autre")

    assert 'hx-get="/conservation"' in whole.text
    assert "1\u00a0événement attend" in live.text
    assert "<html" not in live.text
    assert "l’admission n’est pas arrivée" in waiting.text
    assert "Rien n’attend" in nothing.text
    assert nowhere.status_code == 404


async def test_pages_are_for_analysts(site):
    async with site.signed_in("other") as browser:
        for path in ("/", "/conservation", "/evenements?figure=contacts.total"):
            assert (await browser.get(path)).status_code == 403


async def test_every_chart_has_its_data_table(site, told):
    await a_territory(site, told)
    async with site.signed_in("analyst") as browser:
        answer = await browser.get("/", params={"from": "2026-01-01", "to": "2026-03-10"})

    charts = re.findall(r'<figure class="sheet bleed chart.*?</figure>', answer.text, re.DOTALL)
    assert len(charts) == 9
    assert all("<table" in chart or "sur la période" in chart for chart in charts), charts
