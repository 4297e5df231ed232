"""Signing engagement contracts."""

from datetime import date

import pytest

from plie_chassis.ids import new_id
from plie_parcours.domain import contracts
from plie_parcours.domain.contracts import ContractDraft

TODAY = date(2026, 6, 1)


def sign(told, kind="contrat-plie", signed_on="2026-04-07", ends_on=None, rsa_recipient=True):
    ends = date.fromisoformat(ends_on) if ends_on else None
    draft = ContractDraft(kind, date.fromisoformat(signed_on), ends)
    return contracts.sign(told.parcours, new_id(), draft, TODAY, rsa_recipient=rsa_recipient)


def test_no_contract_before_the_first_interview_in_person(life):
    with pytest.raises(contracts.NoFirstInterview):
        sign(life().opened().contact("2026-04-01"))


def test_a_contract_is_not_dated_before_the_first_interview(life):
    with pytest.raises(contracts.SignedBeforeFirstInterview):
        sign(life().opened().interview("2026-04-07"), signed_on="2026-04-06")


def test_the_contract_may_be_signed_at_the_first_interview(life):
    assert sign(life().opened().interview("2026-04-07")).signed_on == date(2026, 4, 7)


def test_a_contract_does_not_end_before_it_is_signed(life):
    told = life().opened().interview("2026-04-07")
    with pytest.raises(contracts.EndsBeforeSignature):
        sign(told, ends_on="2026-04-06")
    assert sign(told, ends_on="2026-04-07")


def test_the_contrat_plie_is_for_everyone_and_the_others_for_rsa_recipients(life):
    told = life().opened().interview("2026-04-07")
    assert sign(told, rsa_recipient=False)
    with pytest.raises(contracts.KindNotOpen):
        sign(told, "cer", rsa_recipient=False)
    assert sign(told, "cer", rsa_recipient=True)


def test_what_is_not_known_yet_forbids_no_contract(life):
    assert sign(life().opened().interview("2026-04-07"), "cer", rsa_recipient=None)


def test_the_contrat_d_engagement_exists_since_2025(life):
    told = life("2024-11-04").opened().interview("2024-12-02")
    with pytest.raises(contracts.KindNotOpen):
        sign(told, "contrat-engagement", "2024-12-31")
    assert sign(told, "contrat-engagement", "2025-01-01")
