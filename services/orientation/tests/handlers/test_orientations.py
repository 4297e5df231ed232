import asyncio
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from plie_chassis.accounts import commands
from plie_chassis.ids import new_id
from plie_chassis.paging import Paging
from plie_chassis.problems import StaleVersion
from plie_contracts.events import InformationRequested
from plie_orientation import queries, store
from plie_orientation.domain.addressing import NotCovered
from plie_orientation.domain.authors import EVERYTHING, Author, KindNotAllowed, StructureNotAllowed
from plie_orientation.domain.information import Answer
from plie_orientation.domain.orientations import AlreadyWithdrawn
from plie_orientation.handlers import information, submissions
from plie_orientation.handlers.orientations import (
    DuplicateReference,
    FormAlreadySent,
    ReceiveOrientation,
    WithdrawnByProducer,
    WithdrawOrientation,
    receive_orientation,
    withdraw_orientation,
)
from plie_orientation.queries import Search
from plie_orientation.store import Stored, UnknownOrientation

VOIRON = "Maison du Département Voiron"
DEPARTEMENT = Author("departement-38", None, frozenset({"DEPT", "TRAVAILLEUR_SOCIAL"}))
CROLLES = "38140"


async def receive(side: Any, draft: Any, author: Author = DEPARTEMENT, **more: Any) -> Stored:
    stored: Stored = await side.run(receive_orientation, ReceiveOrientation(draft, author, **more))
    return stored


async def found(side: Any, orientation_id: UUID) -> Stored:
    async with side.units.begin() as work:
        stored = await store.find(orientation_id, EVERYTHING, work)
    assert stored is not None
    return stored


async def test_an_orientation_is_kept_as_it_was_submitted(side: Any, draft: Any) -> None:
    here = await side()
    received = await receive(here, draft())
    assert await found(here, received.orientation.id) == received
    assert received.draft == draft()
    assert (received.orientation.status, received.orientation.addressed_to) == ("received", "centre-isere")


async def test_everybody_reads_the_fact_and_only_the_commission_the_identity(side: Any, draft: Any) -> None:
    here = await side()
    received = await receive(here, draft())
    fact, identity = await here.emitted()
    assert (fact.topic, fact.type) == ("plie.orientation.v1.departement-38", "OrientationReceived")
    assert fact.data["orientation_id"] == str(received.orientation.id)
    assert fact.data["received_at"] == "2026-03-02T09:14:05+01:00"
    assert identity.topic == "plie.identity.v1.departement-38.orientation.to.centre-isere.admission"
    assert identity.data["last_name"] == "Bérard"
    assert identity.data["file"]["prescriber"]["organisation"] == "departement-38"


CABINET = "Cabinet Marie Durand, assistante sociale"


@pytest.mark.parametrize("kind", ["DEPT", "TRAVAILLEUR_SOCIAL"])
async def test_a_name_typed_as_a_structure_stands_in_no_fact(side: Any, draft: Any, from_kafka: Any, kind: str) -> None:
    here = await side()
    received = await receive(here, draft(prescriber__structure=CABINET, prescriber__kind=kind))
    orientation_id = received.orientation.id
    asking = InformationRequested(request_id=new_id(), orientation_id=orientation_id, asked=("situation-emploi",))
    await here.run(information.keep_request, from_kafka(asking, "centre-isere.admission"))
    await here.run(
        information.answer_request,
        information.AnswerRequest(orientation_id, Answer(employment="inactive"), DEPARTEMENT),
    )
    facts = await here.emitted("OrientationReceived", "OrientationCorrected")
    assert [fact.data["prescriber"] for fact in facts] == [{"kind": kind}] * 2
    assert not re.search("marie|durand|cabinet", json.dumps([fact.data for fact in facts]), re.IGNORECASE)
    _, identity = await here.emitted("IdentityProvided")
    assert identity.data["file"]["prescriber"]["structure"] == CABINET


async def code_in_facts(here: Any, draft: Any) -> str | None:
    await receive(here, draft(external_reference=None))
    told: dict[str, str] = (await here.emitted("OrientationReceived"))[-1].data["prescriber"]
    return told.get("structure_code")


async def test_facts_name_a_structure_that_an_account_or_a_token_of_the_organisation_is_registered_for(
    side: Any, draft: Any
) -> None:
    by_account, by_token, elsewhere = await side(), await side(), await side()
    account = commands.AddAccount("helene", "Hélène Brun", ("prescriber",), structure=VOIRON)
    await by_account.run(commands.add_account, account)
    assert await code_in_facts(by_account, draft) == "maison-du-departement-voiron"
    token = commands.AddToken("SI", ("orientation:write",), structure=VOIRON)
    added = await by_token.run(commands.add_token, token)
    assert await code_in_facts(by_token, draft) == "maison-du-departement-voiron"
    await by_token.run(commands.revoke_token, added.token.id)
    assert await code_in_facts(by_token, draft) is None
    await elsewhere.run(commands.add_token, replace(token, organisation="ccas-voiron"))
    assert await code_in_facts(elsewhere, draft) is None


async def test_facts_never_name_a_structure_that_also_orients_in_a_revealing_quality(side: Any, draft: Any) -> None:
    here = await side()
    account = commands.AddAccount(
        "helene", "Hélène Brun", ("prescriber",), structure=VOIRON, prescriber_kinds=("DEPT",)
    )
    await here.run(commands.add_account, account)
    await here.run(commands.add_account, replace(account, login="paul", prescriber_kinds=("DEPT", "CHRS")))
    assert await code_in_facts(here, draft) is None


async def test_grenoble_goes_to_the_commission_of_grenoble(side: Any, draft: Any) -> None:
    here = await side()
    await receive(here, draft(person__commune_insee="38185"))
    _, identity = await here.emitted()
    assert identity.topic == "plie.identity.v1.departement-38.orientation.to.metropole.admission"


@pytest.mark.parametrize(
    ("change", "author", "refusal"),
    [
        ({"person__commune_insee": CROLLES}, DEPARTEMENT, NotCovered),
        ({"prescriber__kind": "FT"}, DEPARTEMENT, KindNotAllowed),
        ({}, replace(DEPARTEMENT, structure="Maison du Département Grenoble"), StructureNotAllowed),
    ],
)
async def test_what_is_refused_leaves_nothing(
    side: Any, draft: Any, change: dict[str, Any], author: Author, refusal: type[Exception]
) -> None:
    here = await side()
    with pytest.raises(refusal):
        await receive(here, draft(**change), author)
    assert await here.stored() == 0


async def test_a_reference_serves_once_in_a_structure(side: Any, draft: Any) -> None:
    here = await side()
    first = await receive(here, draft())
    with pytest.raises(DuplicateReference) as refused:
        await receive(here, draft(motivation="autre"))
    assert refused.value.facts == {"orientation_id": str(first.orientation.id)}
    assert not refused.value.identical
    with pytest.raises(DuplicateReference) as refused:
        await receive(here, draft())
    assert refused.value.identical
    assert len(await here.emitted()) == 2


async def test_another_structure_may_use_the_same_reference(side: Any, draft: Any) -> None:
    here = await side()
    await receive(here, draft())
    await receive(here, draft(prescriber__structure="Maison du Département Grenoble"))
    await receive(here, draft(), replace(DEPARTEMENT, organisation="ccas-voiron"))
    assert len(await here.emitted("OrientationReceived")) == 3


async def test_orientations_without_a_reference_never_collide(side: Any, draft: Any) -> None:
    here = await side()
    await receive(here, draft(external_reference=None))
    await receive(here, draft(external_reference=None))
    assert len(await here.emitted("OrientationReceived")) == 2


async def test_of_two_at_once_under_one_reference_one_is_received(side: Any, draft: Any) -> None:
    here = await side()
    outcomes = await asyncio.gather(*(receive(here, draft()) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(outcome, Stored) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, DuplicateReference) for outcome in outcomes) == 4
    assert len(await here.emitted("OrientationReceived")) == 1


async def test_a_form_sent_twice_is_one_orientation(side: Any, draft: Any) -> None:
    here = await side()
    form_id = uuid4()
    first, second = await asyncio.gather(
        *(receive(here, draft(external_reference=None), form_id=form_id) for _ in range(2))
    )
    assert first.orientation == second.orientation
    assert len(await here.emitted("OrientationReceived")) == 1


async def test_a_form_sent_for_somebody_else_or_by_a_stranger_is_no_success(side: Any, draft: Any) -> None:
    here = await side()
    form_id = uuid4()
    one = draft(external_reference=None)
    await receive(here, one, form_id=form_id)
    with pytest.raises(FormAlreadySent):
        await receive(here, draft(external_reference=None, person__first_name="Ana"), form_id=form_id)
    with pytest.raises(FormAlreadySent):
        await receive(here, one, replace(DEPARTEMENT, organisation="ccas-voiron"), form_id=form_id)
    assert len(await here.emitted("OrientationReceived")) == 1


async def test_a_withdrawal_is_a_fact(side: Any, draft: Any) -> None:
    here = await side()
    received = await receive(here, draft())
    withdrawn = await here.run(
        withdraw_orientation,
        WithdrawOrientation(received.orientation.id, "demenagement", DEPARTEMENT, received.version),
    )
    assert (withdrawn.orientation.status, withdrawn.version) == ("withdrawn", 2)
    assert await found(here, received.orientation.id) == withdrawn
    (fact,) = await here.emitted("OrientationWithdrawn")
    assert fact.data == {
        "orientation_id": str(received.orientation.id),
        "withdrawn_on": "2026-03-02",
        "reason_code": "demenagement",
    }


async def test_only_a_direct_producer_takes_its_own_orientation_back(side: Any, draft: Any, from_kafka: Any) -> None:
    host, producer = await side("metropole.orientation"), "mission-locale-voiron"
    await host.run(submissions.take, from_kafka(draft(prescriber__kind="ML"), producer))
    orientation_id = UUID((await host.emitted("OrientationReceived"))[0].data["orientation_id"])
    withdrawal = WithdrawOrientation(orientation_id, "erreur", Author("metropole", None, frozenset({"ML"})))
    before = await host.stored()
    with pytest.raises(WithdrawnByProducer, match="Mission Locale du Voironnais"):
        await host.run(withdraw_orientation, withdrawal)
    assert await host.stored() == before
    assert (await found(host, orientation_id)).orientation.status == "received"
    await host.run(withdraw_orientation, replace(withdrawal, author=Author(producer, None, frozenset())))
    assert len(await host.emitted("OrientationWithdrawn")) == 1


async def test_one_withdraws_once(side: Any, draft: Any) -> None:
    here = await side()
    received = await receive(here, draft())
    withdrawal = WithdrawOrientation(received.orientation.id, "erreur", DEPARTEMENT)
    outcomes = await asyncio.gather(
        *(here.run(withdraw_orientation, withdrawal) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Stored) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyWithdrawn) for outcome in outcomes) == 2
    assert len(await here.emitted("OrientationWithdrawn")) == 1


async def test_a_page_read_before_somebody_else_s_change_is_stale(side: Any, draft: Any) -> None:
    here = await side()
    received = await receive(here, draft())
    await here.run(withdraw_orientation, WithdrawOrientation(received.orientation.id, "erreur", DEPARTEMENT))
    with pytest.raises(StaleVersion, match="retirée") as refused:
        await here.run(withdraw_orientation, WithdrawOrientation(received.orientation.id, "erreur", DEPARTEMENT, 1))
    assert refused.value.facts == {"version": 2}


@pytest.mark.parametrize(
    "stranger",
    [
        Author("ccas-voiron", None, frozenset()),
        Author("departement-38", "Maison du Département Grenoble", frozenset()),
    ],
)
async def test_nobody_else_withdraws_it_nor_learns_that_it_exists(side: Any, draft: Any, stranger: Author) -> None:
    here = await side()
    received = await receive(here, draft())
    with pytest.raises(UnknownOrientation):
        await here.run(withdraw_orientation, WithdrawOrientation(received.orientation.id, "erreur", stranger))


async def listed(side: Any, author: Author = DEPARTEMENT, **search: Any) -> list[str]:
    async with side.units.begin() as work:
        found, _ = await queries.listed(Search(author, Paging(50), **search), work)
    return [str(stored.draft.external_reference) for stored in found]


async def test_the_list_is_newest_first_and_each_sees_their_own(side: Any, draft: Any) -> None:
    here = await side()
    for day, (reference, structure) in enumerate([("A", VOIRON), ("B", "Grenoble"), ("C", VOIRON)]):
        later = replace(here, now=here.now + timedelta(days=day))
        await receive(later, draft(external_reference=reference, prescriber__structure=structure))
    assert await listed(here) == ["C", "B", "A"]
    assert await listed(here, Author("departement-38", VOIRON, frozenset())) == ["C", "A"]
    assert await listed(here, Author("ccas-voiron", None, frozenset())) == []
    assert await listed(here, since=here.now + timedelta(days=1)) == ["C", "B"]
    assert await listed(here, external_reference="B") == ["B"]


async def test_a_search_ignores_accents_and_the_order_of_words(side: Any, draft: Any) -> None:
    here = await side()
    await receive(here, draft())
    await receive(here, draft(external_reference="A_1", person__last_name="Kovačević"))
    assert await listed(here, text="noemie BERARD") == ["RSA-2026-000123"]
    assert await listed(here, text="kovacevic") == ["A_1"]
    assert set(await listed(here, text="voiron")) == {"A_1", "RSA-2026-000123"}
    assert await listed(here, text="%") == []
    assert await listed(here, text="a_1") == ["A_1"]


async def test_the_list_is_narrowed_to_statuses_and_counts_them(side: Any, draft: Any) -> None:
    here = await side()
    await receive(here, draft())
    other = await receive(here, draft(external_reference="B"))
    await here.run(withdraw_orientation, WithdrawOrientation(other.orientation.id, "erreur", DEPARTEMENT))
    assert await listed(here, statuses=("withdrawn",)) == ["B"]
    async with here.units.begin() as work:
        assert (await queries.standing(DEPARTEMENT, work)).statuses == {"received": 1, "withdrawn": 1}
