"""The dashboard of twelve months over stores of different sizes, each made straight in the database.

The facts of some thousand varied lives over ten years are derived as any others; larger stores hold copies of them all,
of other people. So every table has its size, and every figure is that of the lives, many times; the roll-ups, which these
lives fill already, hold as many times what they held.
"""

import time
from datetime import date, datetime
from statistics import median

from sqlalchemy import text

from plie_chassis.calendar import PARIS
from plie_chassis.unit_of_work import UnitOfWork, Units
from plie_contracts.declaration import load
from plie_contracts.territory import COMMUNES
from plie_deploy.testing import DECLARATION
from plie_reporting.derivation import settle
from plie_reporting.domain.statistics import Question
from plie_reporting.queries import dashboard
from plie_reporting.tables import metadata

from .stack import Site

EVENTS_A_LIFE = 25
LIVES_AT_MOST = 4_000
READS = 7
TODAY = datetime(2026, 3, 10, 9, tzinfo=PARIS)
TWELVE_MONTHS = Question(date(2025, 4, 1), date(2026, 3, 10), TODAY.date())

LIVES = """
    create temporary table life as
    select number,
           md5('orientation' || number)::uuid as orientation_id,
           md5('participant' || number)::uuid as participant_id,
           date '2016-03-10' + (number * 7919) % 3650 as received_on,
           date '2016-03-10' + (number * 7919) % 3650 + 4 + (number * 11) % 47 as decided_on,
           date '2016-03-10' + (number * 7919) % 3650 + 5 + (number * 11) % 47 + (number * 7) % 19 as opened_on,
           (array['DEPT', 'FT', 'CCAS', 'ML'])[1 + number % 4] as kind,
           case when number % 5 < 3 then 'F' else 'M' end as sex,
           (cast(:communes as text[]))[1 + number % cardinality(cast(:communes as text[]))] as commune,
           (cast(:maisons as text[]))[1 + number % cardinality(cast(:maisons as text[]))] as maison,
           (cast(:clas as text[]))[1 + number % cardinality(cast(:clas as text[]))] as clas
    from generate_series(1, cast(:lives as int)) as number
"""
RECEIVED = """
    insert into orientation_fact (writer, partition, position, recorded_at, type, sequence, orientation_id, addressed_to,
        received_at, prescriber_kind, age, sex, commune_insee, qpv_resident, education_level, employment,
        unemployed_months, rsa_recipient, barriers)
    select 'departement-38', number % 6, number, received_on, 'OrientationReceived', 1, orientation_id, clas, received_on,
        kind, 18 + number % 45, sex, commune, number % 9 = 0, number % 8, 'unemployed', number % 40, number % 2 = 0,
        array['mobilite', 'numerique']
    from life
"""
ADMITTED = """
    insert into admission_fact (writer, partition, position, recorded_at, type, sequence, orientation_id, participant_id,
        parcours_no, decision_number, decided_on, maison)
    select clas, number % 6, number, decided_on, 'AdmissionValidated', 1, orientation_id, participant_id, 1, 1,
        decided_on, maison
    from life where number % 10 > 0
"""
MOVED = """
    insert into admission_fact (writer, partition, position, recorded_at, type, sequence, orientation_id, participant_id,
        moved_from, moved_to, moved_on)
    select clas, number % 6, 500000 + number, opened_on + 200, 'MaisonReassigned', 2, orientation_id, participant_id,
        maison, (cast(:maisons as text[]))[1 + (number + 1) % cardinality(cast(:maisons as text[]))], opened_on + 200
    from life where number % 20 = 1
"""
ACCOMPANIED = """
    insert into parcours_fact (writer, partition, position, recorded_at, type, sequence, participant_id, parcours_no,
        opened_on, signed_on, contact_id, occurred_on, medium, outcome, stage, first_interview, step_id, job_id, kind,
        started_on, contract_kind, durable, month, in_employment, ended_on, reason_code)
    select maison, number % 6, number * 100 + step, on_date, type, step + 1, participant_id, 1,
        case when type = 'ParcoursOpened' then on_date end,
        case when type = 'ContractSigned' then opened_on + 3 + (number * 5) % 43 end,
        case when type = 'ContactLogged' then md5(number || 'contact' || step)::uuid end,
        case when type = 'ContactLogged' then on_date end,
        case when type = 'ContactLogged' then (array['presentiel', 'telephone', 'courriel'])[1 + (number + step) % 3] end,
        case when type = 'ContactLogged' then 'honore' end,
        case when type = 'ContactLogged' then 'accompaniment' end,
        case when type = 'ContactLogged' then step = 1 end,
        case when type = 'StepStarted' then md5(number || 'step')::uuid end,
        case when type in ('JobStarted', 'FollowUpMilestone') then md5(number || 'job')::uuid end,
        case type when 'StepStarted' then 'qualifiant' when 'ParcoursEnded' then 'positive' end,
        case when type in ('StepStarted', 'JobStarted') then on_date end,
        case when type = 'JobStarted' then 'cdi' end, case when type = 'JobStarted' then true end,
        case when type = 'FollowUpMilestone' then 3 end, case when type = 'FollowUpMilestone' then true end,
        case when type = 'ParcoursEnded' then on_date end,
        case when type = 'ParcoursEnded' then 'emploi-durable' end
    from life cross join generate_series(0, 23) as step cross join lateral (
        select opened_on + 30 * step + (number * step) % 13 as on_date,
               case step when 0 then 'ParcoursOpened' when 2 then 'ContractSigned' when 8 then 'StepStarted'
                         when 20 then 'JobStarted' when 22 then 'FollowUpMilestone' when 23 then 'ParcoursEnded'
                         else 'ContactLogged' end as type
    ) told
    where number % 10 > 0 and on_date <= date '2026-03-10'
"""
TOUCHED = """
    insert into touched (orientations, participants)
    select array_agg(orientation_id), array_agg(participant_id) from life
"""
COPIED = ("orientation_fact", "admission_fact", "parcours_fact", "journey", "counted")
INDEXES = text("""
    select index.relname as name, pg_get_indexdef(indexrelid) as definition
    from pg_index join pg_class index on index.oid = indexrelid
    where indrelid = any(cast(cast(:tables as text[]) as regclass[])) and not indisunique
""")
OTHER = {
    "orientation_id": "cast(md5(cast(orientation_id as text) || copy) as uuid)",
    "participant_id": "cast(md5(cast(participant_id as text) || copy) as uuid)",
    "person_id": "cast(md5(cast(person_id as text) || copy) as uuid)",
    "position": "position + copy * 1000000",
}
"""What another person's rows hold in the place of these columns."""


async def milliseconds(reporting: Site, events: int) -> float:
    """The median of some readings, over a store of so many events."""
    declaration = load(DECLARATION)
    units = Units(reporting.engine, declaration.instance("metropole.reporting"), declaration)
    lives = min(events // EVENTS_A_LIFE, LIVES_AT_MOST)
    async with reporting.database() as database:
        for table in COPIED:  # a store that is thrown away needs no log
            await database.execute(f"truncate {table}")
            await database.execute(f"alter table {table} set unlogged")
    async with units.begin(now=TODAY) as work:
        await _tell(work, lives)
        await settle(work)
    async with units.begin(now=TODAY) as work:
        await _copy(work, events // EVENTS_A_LIFE // lives - 1)
    async with reporting.database() as database:
        await database.execute("vacuum full rolled")  # the copying has written it twice
        await database.execute("vacuum analyze")
    took: list[float] = []
    for _ in range(READS):
        started = time.perf_counter()
        async with units.begin(now=TODAY) as work:
            found = await dashboard.read(TWELVE_MONTHS, work, real_numbers=True)
        took.append(time.perf_counter() - started)
        assert found.entered, "an empty dashboard measures nothing"
    return median(took) * 1000


async def _tell(work: UnitOfWork, lives: int) -> None:
    declared = work.declaration
    maisons = [maison.organisation for maison in declared.of_service("parcours")]
    given = {
        "lives": lives,
        "communes": [insee for insee in COMMUNES if declared.clas_of(insee)],
        "maisons": maisons,
        "clas": [declared.clas_of_maison(maison) for maison in maisons],
    }
    await work.session.execute(text(f"truncate {', '.join((*COPIED, 'touched', 'unattached', 'rolled'))}"))
    await work.session.execute(text("drop table if exists life"))
    await work.session.execute(text(LIVES), given)
    for statement in (RECEIVED, ADMITTED, MOVED, ACCOMPANIED, TOUCHED):
        await work.session.execute(text(statement), given)


async def _copy(work: UnitOfWork, copies: int) -> None:
    """Indexes are made anew at the end: kept up row by row, they take most of the time."""
    given = {"tables": list(COPIED)}
    indexes = (await work.session.execute(INDEXES, given)).all() if copies else []
    for index in indexes:
        await work.session.execute(text(f'drop index "{index.name}"'))
    for table in COPIED if copies else ():
        columns = [column.name for column in metadata.tables[table].columns if column.name != "number"]
        listed, values = ", ".join(columns), ", ".join(OTHER.get(column, column) for column in columns)
        statement = f"insert into {table} ({listed}) select {values} from {table}, generate_series(1, :copies) as copy"
        await work.session.execute(text(statement), {"copies": copies})
    for index in indexes:
        await work.session.execute(text(index.definition))
    await work.session.execute(
        text("update rolled set n = n * :times, amount = amount * :times"), {"times": copies + 1}
    )
