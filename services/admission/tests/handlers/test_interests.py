"""Who has a conflict of interest does not decide, and the minutes say so."""

from typing import Any

import pytest

from plie_admission.domain.interests import NotAMember
from plie_admission.domain.sessions import Member
from plie_admission.handlers.closing import DraftOutdated
from plie_admission.handlers.sessions import DeclareInterests, declare_interests
from plie_admission.queries.sessions import agenda
from plie_contracts.events import FilePrescriber

MEMBERS = (
    Member("Département de l’Isère", "Hélène Brun", True),
    Member("Pôle emploi", "Léa Faure", True),
    Member("CCAS de Voiron", "Paul Roux", True),
)


async def test_members_of_the_prescriber_and_who_declares_it_do_not_decide(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id, members=MEMBERS)
    await commission.run(declare_interests, DeclareInterests(session.session_id, orientation_id, ["Léa Faure"]))
    await commission.decides(orientation_id, session.session_id, given.admission())
    await commission.closes(session.session_id)
    async with commission.units.begin() as work:
        (item,) = await agenda(session.session_id, work)
    assert item.published.aside == [
        {"name": "Hélène Brun", "organisation": "Département de l’Isère", "why": "prescriber"},
        {"name": "Léa Faure", "organisation": "Pôle emploi", "why": "declared"},
    ]


async def test_an_item_that_nobody_present_may_decide_stops_the_closing(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session = await commission.plans(orientation_id, members=MEMBERS)
    others = [member.name for member in MEMBERS[1:]]
    await commission.run(declare_interests, DeclareInterests(session.session_id, orientation_id, others))
    await commission.decides(orientation_id, session.session_id, given.admission())
    with pytest.raises(DraftOutdated, match="se déportent"):
        await commission.closes(session.session_id)
    with pytest.raises(NotAMember):
        command = DeclareInterests(session.session_id, orientation_id, ["Quelqu’un"])
        await commission.run(declare_interests, command)


async def test_hosting_a_prescriber_is_no_conflict_of_interest(grenoble: Any, given: Any) -> None:
    file = given.snapshot().file
    hosted = file.model_copy(
        update={"prescriber": FilePrescriber(organisation="metropole", kind="CCAS", structure="CCAS de Voiron")}
    )
    orientation_id = await grenoble.receives_at_grenoble(file=hosted)
    members = (*MEMBERS, Member("Grenoble-Alpes Métropole", "Thérèse Vallin", True))
    session = await grenoble.plans(orientation_id, members=members)
    await grenoble.decides(orientation_id, session.session_id, given.refusal())
    await grenoble.closes(session.session_id)
    async with grenoble.units.begin() as work:
        (item,) = await agenda(session.session_id, work)
    assert [one["name"] for one in item.aside] == ["Paul Roux"]
