"""The commissions of the demo on real databases: when they meet, and who changes Maison."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from plie_admission.app import SERVICE as ADMISSION
from plie_admission.domain.decisions import MaisonChangedSince
from plie_admission.domain.follow_ups import Subject
from plie_admission.handlers.decisions import DecideFile, decide
from plie_admission.tables import AgendaItemRow, DecisionRow, SessionRow
from plie_chassis.accounts.commands import AddAccount, add_account
from plie_chassis.calendar import PARIS
from plie_chassis.messaging.subscriptions import Received
from plie_chassis.messaging.tables import Outbox
from plie_chassis.service import Runtime, Service
from plie_chassis.settings import Settings
from plie_contracts.declaration import Declaration, load
from plie_contracts.events import EVENTS, MaisonReassigned
from plie_contracts.streams import addressed_topic, facts_topic
from plie_deploy.lives.deciding import FOLLOWED_UP_NEXT, hold_sessions, secretary, settled
from plie_deploy.lives.life import Life, first_lives
from plie_deploy.lives.moves import Moves, coordination_of, decide_moves, who_moves
from plie_deploy.lives.orienting import orient
from plie_deploy.testing import DECLARATION, NewDatabase, schema_of
from plie_orientation.app import SERVICE as ORIENTATION
from plie_parcours import store
from plie_parcours.app import SERVICE as PARCOURS
from plie_parcours.domain.parcours import Parcours
from plie_parcours.handlers.referents import AssignReferent, assign_referent

HOST = "departement-38"
SCHEMAS = {service.name: schema_of(service.package, service.metadata) for service in (ORIENTATION, ADMISSION, PARCOURS)}
TODAY = datetime.now(PARIS).date()


def lives_of(declaration: Declaration) -> list[Life]:
    """Ten who stay long, and the last ones, whom no session has seen yet."""
    oriented = [life for life in first_lives(declaration, "metropole", 0.1, TODAY, 2017) if life.person.host == HOST]
    long = [replace(life, fate="long", verdict="admit") for life in oriented[:10]]
    return [*long, *(replace(life, verdict="admit", oriented_on=TODAY - timedelta(days=6)) for life in oriented[-3:])]


@pytest.fixture
async def instance(database: NewDatabase) -> AsyncIterator[Callable[[Service, str], Awaitable[Runtime]]]:
    async with AsyncExitStack() as opened:

        async def new(service: Service, organisation: str) -> Runtime:
            settings = Settings(
                organisation=organisation,
                database_url=await database(SCHEMAS[service.name]),
                kafka_bootstrap_servers="127.0.0.1:1",
                kafka_username=f"{organisation}.{service.name}",
                kafka_password=SecretStr("unused"),
                declaration=DECLARATION,
                secret_key=SecretStr("s" * 32),
            )
            runtime = Runtime(service, service.settings.model_validate(settings.model_dump()))
            opened.push_async_callback(runtime.close)
            return runtime

        yield new


async def told(source: Runtime, topic: str) -> list:
    """What it has written to a stream."""
    async with source.units.begin() as work:
        rows = await work.session.scalars(select(Outbox).where(Outbox.topic == topic).order_by(Outbox.position))
        return [EVENTS[row.type].model_validate_json(bytes(row.value)) for row in rows]


async def carry(source: Runtime, target: Runtime, topics: list[str]) -> None:
    for topic in topics:
        for number, event in enumerate(await told(source, topic), start=1):
            received = Received(
                event, str(number), "", source.instance.name, number, topic, 0, number, datetime.now(PARIS)
            )
            async with target.units.begin() as work:
                await target.service.subscriptions.apply([received], work)


@pytest.fixture
async def commission(instance) -> tuple[Runtime, list[Life]]:
    departement, metropole = await instance(ORIENTATION, HOST), await instance(ADMISSION, "metropole")
    lives = lives_of(metropole.declaration)
    await orient(departement, lives)
    streams = [f"plie.orientation.v1.{HOST}", f"plie.identity.v1.{HOST}.orientation.metropole.admission"]
    await carry(departement, metropole, streams)
    await hold_sessions(metropole, lives, TODAY)
    return metropole, lives


async def test_one_person_has_moved_another_will_and_a_third_waits_for_the_next_session(commission) -> None:
    metropole, lives = commission
    moves = who_moves(lives, {}, TODAY)
    await decide_moves(metropole, moves, lives, TODAY)
    changes = {
        event.participant_id: event
        for event in await told(metropole, "plie.admission.v1.metropole")
        if isinstance(event, MaisonReassigned)
    }
    came, leaves = changes[moves.came.participant_id], changes[moves.leaves.participant_id]
    assert came.effective_on < TODAY < leaves.effective_on
    assert came.from_ == moves.came.maison != came.to
    async with metropole.units.begin() as work:
        open_session = await work.session.scalar(select(SessionRow.session_id).where(SessionRow.closed_on.is_(None)))
        agenda = select(AgendaItemRow.orientation_id).where(AgendaItemRow.session_id == open_session)
        change = AgendaItemRow.subject == Subject.REASSIGNMENT
        asked = (await work.session.scalars(agenda.where(change))).all()
    assert len(asked) == 1
    assert asked[0] not in {moves.came.orientation_id, moves.leaves.orientation_id}


async def test_the_commission_meets_in_the_morning_and_hears_of_parcours_after_noon(commission) -> None:
    metropole, lives = commission
    await decide_moves(metropole, who_moves(lives, {}, TODAY), lives, TODAY)
    async with metropole.units.begin() as work:
        found = (await work.session.execute(select(SessionRow.held_on, SessionRow.starts_at))).all()
    assert sorted(at for _, at in found) == [*[time(9)] * (len(found) - 1), time(14)]
    assert len(set(found)) == len(found)


def test_somebody_whom_a_referent_who_signs_in_accompanies_moves_first() -> None:
    lives = lives_of(load(DECLARATION))[:10]
    for number, life in enumerate(lives):
        life.admitted_on, life.maison, life.referent_id = date(2024, 1, 11), "mde-grenoble-nord", f"referent-{number}"
    free = settled(lives, TODAY)[:-FOLLOWED_UP_NEXT]
    assert who_moves(lives, {}, TODAY) == Moves(*free[-2:])
    assert who_moves(lives, {"mde-grenoble-nord": "referent-0"}, TODAY).leaves is lives[0]


Read = Counter[tuple[str, str]]


async def exchange(runtimes: list[Runtime], read: Read) -> None:
    """What a commission and its Maisons tell each other, once each, until nobody has anything more to say."""
    pairs = [(source, target) for source in runtimes for target in runtimes if source is not target]
    while sum([await hear(source, target, read) for source, target in pairs]):
        pass


async def hear(source: Runtime, target: Runtime, read: Read) -> int:
    heard = 0
    for topic in between(source, target):
        since = read[topic, target.instance.name]
        for number, event in enumerate((await told(source, topic))[since:], start=since + 1):
            received = Received(
                event, str(number), "", source.instance.name, number, topic, 0, number, datetime.now(PARIS)
            )
            async with target.units.begin() as work:
                await target.service.subscriptions.apply([received], work)
            read[topic, target.instance.name] = number
            heard += 1
    return heard


def between(source: Runtime, target: Runtime) -> list[str]:
    """Maisons read their commission's facts and it theirs, not each other's."""
    identity = addressed_topic("identity", source.instance.name, target.instance.name)
    facts = facts_topic(source.instance.service, source.instance.organisation)
    return [facts, identity] if ADMISSION in (source.service, target.service) else [identity]


async def parcours_of(maison: Runtime, life: Life) -> Parcours | None:
    async with maison.units.begin() as work:
        facts = await store.facts_of(life.participant_id, work)
    return store.current(store.parcours_by_number(facts)) if facts else None


async def accompanying(maisons: dict[str, Runtime], life: Life) -> list[str]:
    """Where a référent may work today."""
    found = {name: await parcours_of(maison, life) for name, maison in maisons.items()}
    return [
        name
        for name, one in found.items()
        if one is not None and one.revoked_on is None and not one.is_closed and one.arriving is None
    ]


async def rectify(metropole: Runtime, life: Life, **changes: str) -> None:
    """The plus-value of the last decision, and these `changes`."""
    async with metropole.units.begin(actor=secretary("metropole")) as work:
        query = select(DecisionRow).where(DecisionRow.orientation_id == life.orientation_id)
        last = (await work.session.scalars(query.order_by(DecisionRow.decision_number.desc()).limit(1))).one()
        stated = replace(last.stated, plus_value_code="remobilisation", reason_code="autre", **changes)
        await decide(DecideFile(last.orientation_id, last.session_id, stated, rectifies=True), work)


@pytest.mark.parametrize("which", ["came", "leaves"])
async def test_once_an_admission_is_rectified_one_maison_accompanies_and_no_other_is_told_who_the_person_is(
    commission, instance, which: str
) -> None:
    metropole, lives = commission
    moves = who_moves(lives, {}, TODAY)
    life = getattr(moves, which)
    maisons = {name: await instance(PARCOURS, name) for name in metropole.declaration.maisons_of("metropole")}
    runtimes, read = [metropole, *maisons.values()], Read()
    first = maisons[life.maison]
    (other,) = maisons.keys() - {life.maison}
    await exchange(runtimes, read)
    async with first.units.begin(actor=coordination_of(first)) as work:
        account = AddAccount("referent-03", "Référent", ["referent"], "un mot de passe assez long", referent_id="r-03")
        await add_account(account, work)
        await assign_referent(AssignReferent(life.participant_id, "r-03"), work)
    await decide_moves(metropole, moves, lives, TODAY)
    await exchange(runtimes, read)
    here, elsewhere = (other, life.maison) if which == "came" else (life.maison, other)
    assert await accompanying(maisons, life) == [here]
    identities = addressed_topic("identity", metropole.instance.name, maisons[elsewhere].instance.name)
    sent = len(await told(metropole, identities))

    if which == "came":
        with pytest.raises(MaisonChangedSince):
            await rectify(metropole, life)
    await rectify(metropole, life, maison=here)
    await exchange(runtimes, read)
    assert await accompanying(maisons, life) == [here]
    assert len(await told(metropole, identities)) == sent
    awaited = await parcours_of(maisons[elsewhere], life)
    assert awaited is not None
    assert (awaited.revoked_on, awaited.arriving is not None) == (None, which == "leaves")
