"""The « et de Suivi » of the CLAS: opinions to the Maison, a change of Maison, conflicts of interest, the agenda's order."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from plie_admission.domain import follow_ups
from plie_admission.domain.agendas import AnotherAgenda
from plie_admission.domain.files import FollowedUp, NotOnAgenda, OnAnotherAgenda, Status
from plie_admission.domain.follow_ups import Opinion, OpinionDraft, Subject
from plie_admission.domain.interests import NotAMember
from plie_admission.domain.sessions import Member, NothingDecided, SessionClosed
from plie_admission.handlers import parcours
from plie_admission.handlers.closing import DraftOutdated
from plie_admission.handlers.follow_ups import GiveOpinion, give_opinion
from plie_admission.handlers.sessions import (
    AddFollowUp,
    DeclareInterests,
    MoveOnAgenda,
    RemoveFromAgenda,
    ReorderAgenda,
    add_follow_up,
    declare_interests,
    move_on_agenda,
    remove_from_agenda,
    reorder_agenda,
)
from plie_admission.queries.sessions import agenda
from plie_contracts.events import ContactCorrected, ContactLogged, ParcoursEnded, ParcoursOpened, ReferentChanged
from plie_contracts.refusals import Refused

NORD, SUD = "mde-grenoble-nord", "mde-grenoble-sud"
CHANGE = OpinionDraft(Opinion.FAVOURABLE, None, SUD, "demenagement", date(2026, 4, 1))


@pytest.fixture
async def grenoble(commission_of: Any) -> Any:
    return await commission_of("metropole")


async def accompanied(grenoble: Any, given: Any) -> UUID:
    orientation_id: UUID = await grenoble.receives_at_grenoble()
    await grenoble.settles(given.admission(maison=NORD), orientation_id)
    return orientation_id


async def listed(commission: Any, orientation_id: UUID, subject: Subject, **session: Any) -> UUID:
    planned = await commission.plans(**session)
    await commission.run(add_follow_up, AddFollowUp(planned.session_id, orientation_id, subject))
    identifier: UUID = planned.session_id
    return identifier


async def test_an_opinion_goes_to_the_maison_when_the_session_closes(commission: Any, given: Any) -> None:
    orientation_id = await commission.admits(given.admission())
    session_id = await listed(commission, orientation_id, Subject.EXTENSION)
    await commission.run(give_opinion, GiveOpinion(session_id, orientation_id, OpinionDraft(Opinion.FAVOURABLE)))
    assert await commission.emitted("OpinionGiven") == []
    closed = await commission.closes(session_id)
    (given_,) = await commission.emitted("OpinionGiven")
    assert given_.value == {
        "orientation_id": str(orientation_id),
        "participant_id": str((await commission.file(orientation_id)).participant_id),
        "session_id": str(session_id),
        "subject": "extension",
        "opinion": "favourable",
        "given_on": "2026-03-12",
    }
    assert (closed.opinions, (await commission.file(orientation_id)).status) == (1, Status.ADMITTED)
    assert (await commission.file(orientation_id)).agenda_of is None


async def test_a_change_of_maison_moves_the_person_and_who_they_are(grenoble: Any, given: Any) -> None:
    orientation_id = await accompanied(grenoble, given)
    session_id = await listed(grenoble, orientation_id, Subject.REASSIGNMENT)
    await grenoble.run(give_opinion, GiveOpinion(session_id, orientation_id, CHANGE))
    await grenoble.closes(session_id)
    (moved,) = await grenoble.emitted("MaisonReassigned")
    assert {name: moved.value[name] for name in ("from", "to", "effective_on", "reason_code")} == {
        "from": NORD,
        "to": SUD,
        "effective_on": "2026-04-01",
        "reason_code": "demenagement",
    }
    identity = (await grenoble.emitted("IdentityProvided"))[-1]
    assert identity.topic == f"plie.identity.v1.metropole.admission.to.{SUD}.parcours"
    assert identity.value["subject_id"] == moved.value["participant_id"]
    assert (await grenoble.file(orientation_id)).maison == SUD
    ended = ParcoursEnded(
        participant_id=UUID(moved.value["participant_id"]),
        ended_on=date(2026, 3, 30),
        kind="sans-suite",
        reason_code="abandon",
    )
    for maison in (NORD, SUD):
        await grenoble.hears(parcours.end_parcours, ended, f"{maison}.parcours")


async def test_a_deferred_opinion_moves_nobody(grenoble: Any, given: Any) -> None:
    orientation_id = await accompanied(grenoble, given)
    session_id = await listed(grenoble, orientation_id, Subject.REASSIGNMENT)
    await grenoble.run(give_opinion, GiveOpinion(session_id, orientation_id, OpinionDraft(Opinion.DEFERRED)))
    await grenoble.closes(session_id)
    assert await grenoble.emitted("MaisonReassigned") == []
    assert (await grenoble.file(orientation_id)).maison == NORD


@pytest.mark.parametrize(
    ("stated", "refusal", "field"),
    [
        (replace(CHANGE, maison=None), follow_ups.NewMaisonMissing, "maison"),
        (replace(CHANGE, maison=NORD), follow_ups.SameMaison, "maison"),
        (replace(CHANGE, maison="centre-isere"), follow_ups.NewMaisonMissing, "maison"),
        (replace(CHANGE, reason_code=None), follow_ups.ChangeReasonMissing, "reason_code"),
        (replace(CHANGE, effective_on=None), follow_ups.ChangeDayMissing, "effective_on"),
        (replace(CHANGE, effective_on=date(2026, 3, 11)), follow_ups.ChangeDayPast, "effective_on"),
        (OpinionDraft(Opinion.UNFAVOURABLE), follow_ups.OpinionReasonMissing, "note"),
    ],
)
async def test_each_rule_of_an_opinion_names_its_field(
    grenoble: Any, given: Any, stated: OpinionDraft, refusal: type[Exception], field: str
) -> None:
    orientation_id = await accompanied(grenoble, given)
    session_id = await listed(grenoble, orientation_id, Subject.REASSIGNMENT)
    with pytest.raises(refusal) as refused:
        await grenoble.run(give_opinion, GiveOpinion(session_id, orientation_id, stated))
    assert [error.path for error in refused.value.errors] == [field]  # type: ignore[attr-defined]
    assert await grenoble.count("select count(*) from agenda_item where opinion is not null") == 0


async def test_only_a_parcours_under_way_is_followed_up(commission: Any, given: Any) -> None:
    pending, admitted = await commission.receives(), await commission.admits(given.admission())
    session = await commission.plans()
    with pytest.raises(follow_ups.NoParcours):
        await commission.run(add_follow_up, AddFollowUp(session.session_id, pending, Subject.EXIT))
    with pytest.raises(follow_ups.NowhereToGo):
        await commission.run(add_follow_up, AddFollowUp(session.session_id, admitted, Subject.REASSIGNMENT))
    ended = ParcoursEnded(
        participant_id=(await commission.file(admitted)).participant_id,
        ended_on=date(2026, 3, 11),
        kind="positive",
        reason_code="emploi-durable",
    )
    await commission.hears(parcours.end_parcours, ended, "centre-isere.parcours")
    with pytest.raises(follow_ups.ParcoursOver):
        await commission.run(add_follow_up, AddFollowUp(session.session_id, admitted, Subject.EXIT))


async def test_a_follow_up_gets_an_opinion_and_an_admission_a_decision(commission: Any, given: Any) -> None:
    followed, examined = await commission.admits(given.admission()), await commission.receives()
    session_id = await listed(commission, followed, Subject.STANDBY)
    with pytest.raises(FollowedUp):
        await commission.decides(followed, session_id, given.refusal())
    other = await commission.plans(examined)
    with pytest.raises(follow_ups.NoParcours):
        stated = OpinionDraft(Opinion.FAVOURABLE)
        await commission.run(give_opinion, GiveOpinion(other.session_id, examined, stated))
    with pytest.raises(OnAnotherAgenda):
        await commission.run(add_follow_up, AddFollowUp(other.session_id, followed, Subject.EXIT))


async def test_an_opinion_left_without_answer_leaves_the_person_admitted(commission: Any, given: Any) -> None:
    followed = await commission.admits(given.admission())
    session_id = await listed(commission, followed, Subject.STANDBY)
    with pytest.raises(NothingDecided):
        await commission.closes(session_id)
    await commission.run(remove_from_agenda, RemoveFromAgenda(session_id, followed))
    row = await commission.file(followed)
    assert (row.status, row.agenda_of) == (Status.ADMITTED, None)


async def test_a_parcours_that_ended_since_the_draft_stops_the_closing(commission: Any, given: Any) -> None:
    orientation_id = await commission.admits(given.admission())
    session_id = await listed(commission, orientation_id, Subject.EXTENSION)
    await commission.run(give_opinion, GiveOpinion(session_id, orientation_id, OpinionDraft(Opinion.FAVOURABLE)))
    ended = ParcoursEnded(
        participant_id=(await commission.file(orientation_id)).participant_id,
        ended_on=date(2026, 3, 12),
        kind="positive",
        reason_code="emploi-durable",
    )
    await commission.hears(parcours.end_parcours, ended, "centre-isere.parcours")
    with pytest.raises(DraftOutdated):
        await commission.closes(session_id)
    assert await commission.emitted("OpinionGiven") == []


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


async def order(commission: Any, session_id: UUID) -> list[UUID]:
    async with commission.units.begin() as work:
        items = await agenda(session_id, work)
    return [item.file.orientation_id for item in items if item.agenda.left_because is None]


async def test_the_agenda_takes_the_order_it_is_given(commission: Any) -> None:
    one, two, three = [await commission.receives() for _ in range(3)]
    session_id = (await commission.plans(one, two, three)).session_id
    await commission.run(reorder_agenda, ReorderAgenda(session_id, [three, one, two]))
    assert await order(commission, session_id) == [three, one, two]
    await commission.run(move_on_agenda, MoveOnAgenda(session_id, two, -1))
    assert await order(commission, session_id) == [three, two, one]
    await commission.run(move_on_agenda, MoveOnAgenda(session_id, three, -1))
    assert await order(commission, session_id) == [three, two, one]
    with pytest.raises(AnotherAgenda):
        await commission.run(reorder_agenda, ReorderAgenda(session_id, [one, two]))


async def test_a_file_taken_off_the_agenda_waits_again(commission: Any) -> None:
    orientation_id = await commission.receives()
    session_id = (await commission.plans(orientation_id)).session_id
    await commission.run(remove_from_agenda, RemoveFromAgenda(session_id, orientation_id))
    row = await commission.file(orientation_id)
    assert (row.status, row.agenda_of) == (Status.PENDING, None)
    with pytest.raises(NotOnAgenda):
        await commission.run(remove_from_agenda, RemoveFromAgenda(session_id, orientation_id))


async def test_the_agenda_of_a_closed_session_does_not_change(commission: Any, given: Any) -> None:
    orientation_id = await commission.receives()
    session_id = (await commission.settles(given.refusal(), orientation_id)).session_id
    commands = (
        (reorder_agenda, ReorderAgenda(session_id, [orientation_id])),
        (remove_from_agenda, RemoveFromAgenda(session_id, orientation_id)),
        (declare_interests, DeclareInterests(session_id, orientation_id, [])),
    )
    for handler, command in commands:
        with pytest.raises(SessionClosed):
            await commission.run(handler, command)


def contact(participant_id: UUID, kind: type[Any], first_interview: bool) -> Any:
    more = {"reason_code": "erreur-saisie"} if kind is ContactCorrected else {}
    return kind(
        participant_id=participant_id,
        contact_id=UUID(int=7),
        occurred_on=date(2026, 3, 20),
        medium="presentiel",
        outcome="honore",
        referent_id="referent-01",
        stage="welcome",
        first_interview=first_interview,
        **more,
    )


async def test_a_correction_that_makes_the_first_interview_is_told_once(commission: Any, given: Any) -> None:
    orientation_id = await commission.admits(given.admission())
    person = (await commission.file(orientation_id)).participant_id
    for event in (
        contact(person, ContactLogged, False),
        contact(person, ContactCorrected, True),
        contact(person, ContactCorrected, True),
    ):
        await commission.hears(parcours.tell_first_interview, event, "centre-isere.parcours")
    told = [one.value["status"] for one in await commission.emitted("OrientationOutcomeNotified")]
    assert told == ["in-commission", "admitted", "first-interview-held"]


async def test_the_load_of_each_referent_is_known_from_the_maisons_facts(grenoble: Any, given: Any) -> None:
    from plie_admission.queries.maisons import maisons

    orientation_id = await accompanied(grenoble, given)
    person = (await grenoble.file(orientation_id)).participant_id
    opened = ParcoursOpened(
        participant_id=person, opened_on=date(2026, 3, 14), referent_id="referent-02", modality="emploi-renforce"
    )
    async with grenoble.units.begin() as work:
        assert [one.welcome for one in await maisons(work)] == [1, 0]
    await grenoble.hears(parcours.note_referent, opened, f"{NORD}.parcours")
    changed = ReferentChanged.model_validate(
        {
            "participant_id": person,
            "from": "referent-02",
            "to": "referent-03",
            "changed_on": date(2026, 3, 20),
            "reason_code": "charge",
        }
    )
    await grenoble.hears(parcours.note_referent, changed, f"{NORD}.parcours")
    async with grenoble.units.begin() as work:
        nord, _ = await maisons(work)
    assert (nord.welcome, nord.capacity.active) == (0, 1)
    assert [(one.referent_id, one.capacity.active, one.capacity.places) for one in nord.referents] == [
        ("referent-03", 1, 70)
    ]
    with pytest.raises(Refused):
        await grenoble.hears(parcours.note_referent, opened, f"{SUD}.parcours")
