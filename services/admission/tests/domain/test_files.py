from datetime import date, timedelta

import pytest

from plie_admission.domain import files
from plie_admission.domain.files import (
    AlreadyOnAgenda,
    FileDecided,
    FileRedirected,
    FileWithdrawn,
    NotOnAgenda,
    OnAnotherAgenda,
    Status,
)
from plie_admission.domain.sessions import SessionClosed

from .givens import ORIENTATION, OTHER_SESSION, SESSION, TODAY, file, session

PENDING = file(status=Status.PENDING, session_id=None)
DEFERRED = file(status=Status.DEFERRED, session_id=None, decisions=1, defer_until=date(2026, 4, 9))


def test_a_pending_file_goes_on_the_agenda():
    scheduled = files.schedule(PENDING, session())
    assert (scheduled.orientation_id, scheduled.session_id, scheduled.held_on) == (ORIENTATION, SESSION, TODAY)


def test_a_deferred_file_goes_on_the_agenda_again_even_before_its_date():
    assert files.schedule(DEFERRED, session()).session_id == SESSION


def test_a_deferred_file_is_pending_again_from_its_date():
    assert DEFERRED.status_on(date(2026, 4, 8)) is Status.DEFERRED
    assert DEFERRED.status_on(date(2026, 4, 9)) is Status.PENDING


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ({"status": Status.WITHDRAWN, "session_id": None}, FileWithdrawn),
        ({"status": Status.REDIRECTED, "session_id": None}, FileRedirected),
        ({"status": Status.ADMITTED, "session_id": None, "decisions": 1}, FileDecided),
        ({"status": Status.REFUSED, "session_id": None, "decisions": 1}, FileDecided),
        ({}, AlreadyOnAgenda),
        ({"session_id": OTHER_SESSION}, OnAnotherAgenda),
    ],
)
def test_a_file_that_cannot_be_examined_stays_off_the_agenda(state: dict[str, object], refusal: type[Exception]):
    with pytest.raises(refusal):
        files.schedule(file(**state), session())


def test_a_closed_session_takes_no_more_files():
    with pytest.raises(SessionClosed):
        files.schedule(PENDING, session(closed_on=TODAY))


def test_a_file_is_decided_in_the_session_whose_agenda_lists_it():
    files.is_on_the_agenda_of(file(), session())
    for elsewhere in (PENDING, file(session_id=OTHER_SESSION)):
        with pytest.raises(NotOnAgenda):
            files.is_on_the_agenda_of(elsewhere, session())


def test_a_withdrawal_is_in_time_until_a_first_decision():
    assert files.withdrawal_is_in_time(PENDING)
    assert files.withdrawal_is_in_time(file())
    assert not files.withdrawal_is_in_time(DEFERRED)


def test_a_file_let_go_by_a_session_is_what_it_was():
    assert files.status_off_the_agenda(file()) is Status.PENDING
    assert files.status_off_the_agenda(file(decisions=1)) is Status.DEFERRED


def test_the_refusal_names_the_person_and_the_day():
    with pytest.raises(FileWithdrawn) as refused:
        files.is_still_addressed_here(file(status=Status.WITHDRAWN, withdrawn_on=TODAY - timedelta(days=1)))
    assert "Noémie Bérard" in refused.value.detail
    assert "11\N{NO-BREAK SPACE}mars" in refused.value.detail
