"""The commission's own statistics: each figure against what was done."""

from datetime import date
from typing import Any

from plie_admission.domain.decisions import Kind
from plie_admission.domain.figures import Period, bands
from plie_admission.handlers.requests import AskPrescriber, ask_prescriber
from plie_admission.queries import statistics

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


def test_waiting_is_told_in_bands_of_thirty_days():
    days = [date(2026, 3, 12), date(2026, 2, 10), date(2026, 2, 9), date(2025, 11, 1)]
    assert [number for _, _, number in bands(days, date(2026, 3, 12))] == [2, 1, 0, 1]


async def test_the_page_says_when_there_is_nothing_and_shows_charts_with_their_data(site: Any, given: Any) -> None:
    browser = await site.browser("member")
    assert "Rien à compter" in await browser.open("/statistiques")
    await site.commission.settles(given.refusal(), await site.commission.receives())
    page = await browser.open("/statistiques?du=2026-03-01&au=n-importe")
    for words in ("Par prescripteur", "Délais", "Motifs", "Attente", "<table"):
        assert words in page
