"""Where a change of Maison leads somebody."""

from datetime import date, timedelta

from plie_admission.domain.follow_ups import Change, brought_to

TODAY = date(2026, 3, 12)
TO_COME = Change("sud", TODAY + timedelta(days=1))
OF_TODAY = Change("sud", TODAY)


def test_a_change_leads_somebody_elsewhere_from_its_day_and_no_earlier() -> None:
    assert brought_to("nord", TO_COME, None, TODAY) is None
    assert brought_to("nord", OF_TODAY, None, TODAY) == "sud"


def test_whom_a_change_led_elsewhere_is_there_until_another_change_has_its_day() -> None:
    assert brought_to("nord", None, None, TODAY) is None
    assert brought_to("nord", None, TODAY, TODAY) == "nord"
    assert brought_to("nord", TO_COME, TODAY, TODAY) == "nord"
