"""A Maison on the real broker: what its CLAS tells opens a file, and what its people note goes out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from plie_chassis.database import create_engine
from plie_chassis.ids import new_id
from plie_chassis.messaging.kafka import Connection, end_offsets, partitions_of, read_up_to, reader
from plie_chassis.messaging.relay import Relay
from plie_chassis.service import Runtime
from plie_chassis.unit_of_work import Units
from plie_contracts import records, streams
from plie_deploy.kafka import LocalKafka
from plie_deploy.testing import Declare, Declared, NewDatabase, eventually
from plie_deploy.testing.instances import runtime_of
from plie_parcours.app import SERVICE
from plie_parcours.handlers.referents import AssignReferent, assign_referent

from .conftest import admission, identity, reassigned, referents_of, schema


def record_of(raw) -> records.Record:
    return records.Record(raw.topic, raw.key, raw.headers, raw.value)


@pytest.fixture
def declared(declare: Declare) -> Declared:
    return declare("centre-isere")


@asynccontextmanager
async def running(organisation: str, kafka: LocalKafka, url: str, declared: Declared) -> AsyncIterator[Runtime]:
    """A Maison, relaying and consuming."""
    made = runtime_of(SERVICE, kafka, declared, organisation, url)
    await referents_of(made.units)
    async with made.running():
        yield made


@pytest.fixture
async def runtime(kafka: LocalKafka, database: NewDatabase, declared: Declared) -> AsyncIterator[Runtime]:
    async with running("centre-isere", kafka, await database(schema), declared) as made:
        yield made


@asynccontextmanager
async def commission(organisation: str, kafka: LocalKafka, url: str, declared: Declared):
    """The commission's side: what it emits is on Kafka when its call ends."""
    engine = create_engine(url)
    instance = declared.instance(f"{organisation}.admission")
    units = Units(engine, instance, declared.declaration)
    connection = Connection(kafka.bootstrap_servers, instance.name, declared.passwords[instance.name])
    relay = Relay(engine, streams.source_of(instance.name), connection.new_producer)

    async def tells(*told) -> None:
        async with units.begin() as work:
            for event, to in told:
                work.emit(event, to=to)
        while await relay.relay_batch():
            pass

    yield tells, connection
    await relay.close()
    await engine.dispose()


@pytest.fixture
async def clas(kafka: LocalKafka, database: NewDatabase, declared: Declared):
    async with commission("centre-isere", kafka, await database(schema), declared) as made:
        yield made


async def test_an_admitted_person_is_welcomed_and_what_is_noted_goes_out(runtime, clas, declared):
    tells, connection = clas
    organisation, maison = declared.name("centre-isere"), declared.name("centre-isere.parcours")
    admitted = admission(clas=organisation, maison=organisation)
    elsewhere = admission(clas=organisation, maison=declared.name("mde-grenoble-nord"))
    await tells((identity(admitted.participant_id), maison), (elsewhere, None), (admitted, None))

    async def file():
        async with runtime.engine.connect() as database:
            return (await database.execute(text("select participant_id, search_name, stage from participant"))).all()

    await eventually(file, within=30)
    assert await file() == [(admitted.participant_id, "berard noemie", "welcome")]

    async with runtime.units.begin() as work:
        await assign_referent(AssignReferent(admitted.participant_id, "referent-03"), work)
    topic = streams.facts_topic("parcours", organisation)

    async def told():
        partitions = partitions_of(declared.declaration, [topic])
        found = []

        async def take(batch):
            found.extend(records.read(record_of(each)) for each in batch)

        async with reader(connection) as consumer:
            ends = await end_offsets(consumer, partitions)
        await read_up_to(connection, {}, ends, take)
        return found

    opened = (await eventually(told, within=30))[0]
    assert (opened.event.name, opened.event.participant_id, opened.sequence) == (
        "ParcoursOpened",
        admitted.participant_id,
        1,
    )


async def test_what_another_clas_says_of_us_is_refused_and_answered(runtime, clas, declared):
    tells, _ = clas
    organisation = declared.name("centre-isere")
    await tells((admission(clas="metropole", maison=organisation, orientation_id=new_id()), None))

    async def refused():
        async with runtime.engine.connect() as database:
            return (await database.execute(text("select code from refused_record"))).all()

    assert (await eventually(refused, within=30))[0][0] in {"ownership.not-owner", "source.not-topic-writer"}


async def test_a_person_changes_maison_over_the_streams_and_the_parcours_goes_on(kafka, database, declare):
    declared = declare("metropole", "mde-grenoble-nord", "mde-grenoble-sud")
    clas, nord, sud = map(declared.name, ("metropole", "mde-grenoble-nord", "mde-grenoble-sud"))
    admitted = admission(clas=clas, maison=nord)
    urls = [await database(schema) for _ in range(3)]
    async with (
        commission("metropole", kafka, urls[0], declared) as (tells, _),
        running("mde-grenoble-nord", kafka, urls[1], declared) as old,
        running("mde-grenoble-sud", kafka, urls[2], declared) as new,
    ):
        await tells((admitted, None))

        async def facts(runtime: Runtime) -> list[str]:
            async with runtime.engine.connect() as database:
                return list(await database.scalars(text("select name from fact order by number")))

        assert await eventually(lambda: facts(old), within=30) == ["AdmissionValidated"]
        async with old.units.begin() as work:
            await assign_referent(AssignReferent(admitted.participant_id, "referent-03"), work)
            moves = reassigned(admitted, work.today.isoformat(), to=sud)
        await tells((moves, None), (identity(admitted.participant_id), f"{sud}.parcours"))

        async def arrived() -> bool:
            return "ParcoursFileHandedOver" in await facts(new)

        await eventually(arrived, within=30)
        assert (await facts(old))[-2:] == ["MaisonReassigned", "ParcoursHandedOver"]
        async with new.units.begin() as work:
            told = (await assign_referent(AssignReferent(admitted.participant_id, "referent-07"), work)).resource
        assert told.name == "ReferentChanged"
