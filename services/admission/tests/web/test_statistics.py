"""The commission's own statistics: each figure against what was done."""

from datetime import date, datetime
from typing import Any

import pytest

from plie_admission.domain.decisions import Kind
from plie_admission.domain.figures import Period
from plie_admission.domain.files import Status
from plie_admission.handlers.requests import AskPrescriber, ask_prescriber
from plie_admission.queries import files, statistics
from plie_admission.queries.files import Search
from plie_chassis.calendar import PARIS
from plie_chassis.ids import new_id
from plie_contracts.events import Prescriber

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


async def figures(commission: Any, period: Period = MARCH) -> statistics.Figures:
    async with commission.units.begin(now=commission.now) as work:
        return await statistics.figures(period, work)


async def test_each_figure_counts_what_was_done(commission: Any, given: Any) -> None:
    admitted, refused, waiting = [await commission.receives(last_name=name) for name in ("Un", "Deux", "Trois")]
    await commission.settles(given.admission(), admitted)
    await commission.settles(given.refusal(reason_code="absent"), refused)
    await commission.run(ask_prescriber, AskPrescriber(waiting, ["motivation"]))
    found = await figures(commission)
    assert found.received == 3
    assert found.decided == {Kind.ADMIT: 1, Kind.DEFER: 0, Kind.REFUSE: 1}
    assert [(one.kind, one.code, one.number) for one in found.reasons] == [(Kind.REFUSE, "absent", 1)]
    assert (found.delay.n, found.delay.median) == (2, 10)
    assert found.requests == (1, 0)
    assert [number for _, _, number in found.waiting] == [1, 0, 0, 0]
    (prescriber,) = found.prescribers
    assert (prescriber.structure, prescriber.received, prescriber.admitted, prescriber.refused, prescriber.pending) == (
        "Maison du Département Voiron",
        3,
        1,
        1,
        1,
    )


async def test_only_the_decision_that_counts_is_counted(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.settles(given.admission(), orientation_id)
    await commission.decides(orientation_id, session.session_id, given.refusal(), rectifies=True)
    found = await figures(commission)
    assert found.decided == {Kind.ADMIT: 0, Kind.DEFER: 0, Kind.REFUSE: 1}
    assert found.delay.n == 1


async def test_a_deferred_file_waits_again_from_its_day(commission: Any, given: Any) -> None:
    await commission.settles(given.deferral(), await commission.receives())
    assert sum(number for _, _, number in (await figures(commission)).waiting) == 0
    assert sum(number for _, _, number in (await figures(commission.later(28))).waiting) == 1


async def test_another_period_has_its_own_figures(commission: Any, given: Any) -> None:
    await commission.settles(given.admission(), await commission.receives())
    found = await figures(commission, Period(date(2026, 1, 1), date(2026, 1, 31)))
    assert (found.received, sum(found.decided.values()), found.delay.n) == (0, 0, 0)


async def test_waiting_is_told_in_bands_of_thirty_days_of_paris(commission: Any) -> None:
    for month, day, hour in ((3, 12, 9), (2, 10, 0), (2, 9, 23), (1, 1, 12), (2, 9, 0)):
        received_at = datetime(2026, month, day, hour, tzinfo=PARIS)
        await commission.is_told_facts(new_id(), received_at=received_at)
    assert [number for _, _, number in (await figures(commission)).waiting] == [2, 2, 1, 0]


async def test_a_deferral_whose_day_has_come_is_pending_in_every_count(commission: Any, given: Any) -> None:
    await commission.settles(given.deferral(), await commission.receives())
    for later, deferred, pending in ((0, 1, 0), (28, 0, 1)):
        async with commission.later(later).units.begin(now=commission.later(later).now) as work:
            (prescriber,) = (await statistics.figures(MARCH, work)).prescribers
            assert (prescriber.deferred, prescriber.pending) == (deferred, pending)
            assert await files.count_of(Search(Status.DEFERRED), work) == deferred
            assert await files.waiting(work) == pending


async def test_a_list_of_prescribers_that_is_cut_says_so(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "PRESCRIBERS_SHOWN", 1)
    browser = await site.browser("member")
    await site.commission.receives()
    assert "premier." not in await browser.open("/statistiques?du=2026-03-01")
    await site.commission.is_told_facts(new_id(), prescriber=Prescriber(kind="DEPT", structure_code="mdd-autre"))
    page = await browser.open("/statistiques?du=2026-03-01")
    assert "Les 1 premier.".replace("1 ", "1\N{NO-BREAK SPACE}") in page


async def test_the_page_says_when_there_is_nothing_and_shows_charts_with_their_data(site: Any, given: Any) -> None:
    browser = await site.browser("member")
    assert "Rien à compter" in await browser.open("/statistiques")
    await site.commission.settles(given.refusal(), await site.commission.receives())
    page = await browser.open("/statistiques?du=2026-03-01&au=n-importe")
    for words in ("Par prescripteur", "Délais", "Motifs", "Attente", "<table"):
        assert words in page
