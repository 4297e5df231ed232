"""Roll-ups are the sums of their detail, whatever was told, in whatever order: and figures read from either are the same."""

from datetime import timedelta
from itertools import islice
from random import Random

import pytest
from sqlalchemy import text

from plie_chassis.ids import new_id
from plie_reporting import derivation, sql
from plie_reporting.domain.statistics import Question
from plie_reporting.queries import dashboard, statistics

OUT_OF_STEP = text(f"""
    select * from ({sql.add_up(sql.STORED)}) anew
    full join (select * from rolled where n <> 0) kept using (dimension, key, series, since, code, detail)
    where anew.n is distinct from kept.n or anew.amount is distinct from kept.amount
""")
TOUCH_ALL = text("""
    insert into touched (orientations, participants)
    select array_agg(orientation_id), array_remove(array_agg(participant_id), null) from journey
""")
COMMUNES = ["38563", "38416", "38185", "75056"]
MAISONS = {"metropole": ["mde-grenoble-nord", "mde-grenoble-sud"], "centre-isere": ["centre-isere"]}
WHOLE_QUESTIONS = [
    {},
    {"maison": "mde-grenoble-nord"},
    {"maison": "unknown"},
    {"territory": "voironnais"},
    {"clas": "metropole"},
    {"prescriber_kind": "FT"},
    {"sex": "F"},
    {"sex": "F", "maison": "mde-grenoble-sud"},
    {"commune": "38563"},
]
GROUPINGS = [None, "month", "maison", "sex", "commune", "barrier"]


async def out_of_step(store):
    async with store.work() as work:
        await derivation.settle(work)
        return (await work.session.execute(OUT_OF_STEP)).all()


def a_life(told, chance, before):
    """One of many: what can be told of a person, each thing perhaps, some twice, some corrected."""

    def later(days):
        nonlocal day
        day += timedelta(days=chance.randrange(days))
        return day.isoformat()

    def perhaps(share=0.5):
        return chance.random() < share

    day = told.at("2024-11-20").date() + timedelta(days=chance.randrange(300))
    clas = chance.choice(list(MAISONS))
    again = [other for other in before if other.clas == clas]
    known = {"participant_id": chance.choice(again).participant_id, "parcours_no": 2} if again and perhaps(0.2) else {}
    person = told.person(clas=clas, maison=chance.choice(MAISONS[clas]), **known)
    received_on = later(40)
    kind, sex = {"kind": chance.choice(["DEPT", "FT"])}, chance.choice(["F", "M", None])
    stated = {"prescriber": kind, "person": {"sex": sex, "commune_insee": chance.choice(COMMUNES)}}
    person.received(received_on, **stated)
    if perhaps(0.3):
        person.corrected(later(5), received_on, person={"sex": "X", "commune_insee": chance.choice(COMMUNES)})
    if perhaps(0.2):
        person.withdrawn(later(9))
    if perhaps(0.2):
        person.deferred(later(20))
    if perhaps(0.1):
        person.refused(later(20))
        return person
    if perhaps(0.1):
        return person
    person.admitted(later(40))
    if perhaps(0.1):
        return person
    person.opened(later(20))
    for _ in range(chance.randrange(9)):
        contact = new_id()
        on = later(25)
        person.contact(
            on,
            chance.choice(["presentiel", "telephone", "courriel", "autre"]),
            contact_id=contact,
            format=chance.choice([None, "collectif"]),
        )
        if perhaps(0.1):
            person.contact(later(9), "visio", name="ContactCorrected", contact_id=contact)
        if perhaps(0.1):
            person.says("ContactCancelled", later(9), contact_id=contact, reason_code="doublon")
        if clas == "metropole" and perhaps(0.15):
            former = person.maison
            person.reassigned(later(9), to=next(maison for maison in MAISONS[clas] if maison != former))
            person.contact(on, writer=former)
    if perhaps():
        person.interview(later(9)).signed(later(9)).step(later(30), "siae")
    if perhaps(0.4):
        person.attended(later(30), chance.choice([2.5, 3.3, 0.1]))
    if perhaps(0.3):
        moved_on = later(30)
        person.says("ResidenceChanged", moved_on, commune_insee=chance.choice(COMMUNES), changed_on=moved_on)
    if perhaps(0.4):
        job = new_id()
        person.job(later(30), job_id=job).attested(later(30), job, 3, in_employment=perhaps())
    if perhaps(0.5):
        person.ended(later(60), *chance.choice([("positive", "emploi-durable"), ("sans-suite", "abandon")]))
    others = [other for other in before if other.clas == person.clas and other.participant_id != person.participant_id]
    if others and not known and perhaps(0.1):
        person.merged_into(later(9), chance.choice(others))
    return person


def lives(told, chance, number=14):
    people = []
    for _ in range(number):
        people.append(a_life(told, chance, people))


def batches(facts, chance):
    rest = iter(chance.sample(facts, len(facts)))
    while batch := list(islice(rest, chance.randrange(1, 40))):
        yield batch


@pytest.mark.parametrize("seed", range(5))
async def test_roll_ups_stay_in_step_with_their_detail(store, told, seed):
    chance = Random(seed)
    lives(told, chance)
    for batch in batches(told.facts, chance):
        await store.take(batch)
        if chance.random() < 0.5:
            assert await out_of_step(store) == []
    assert await out_of_step(store) == []
    async with store.work() as work:
        await work.session.execute(TOUCH_ALL)
    assert await out_of_step(store) == []


@pytest.mark.parametrize("seed", range(5))
async def test_figures_are_the_same_from_roll_ups_and_from_the_detail(store, told, seed):
    chance = Random(seed)
    lives(told, chance)
    for batch in batches(told.facts, chance):
        await store.take(batch)
    first = told.at("2024-12-01").date() + timedelta(days=chance.randrange(200))
    periods = [(first, first + timedelta(days=chance.randrange(600))) for _ in range(2)]
    periods.append((told.at("2025-01-01").date(), told.at("2025-02-28").date()))
    questions = [
        Question(begin, end, told.at("2026-03-10").date(), filters, group_by)
        for begin, end in periods
        for filters in chance.sample(WHOLE_QUESTIONS, 4)
        for group_by in chance.sample(GROUPINGS, 2)
    ]

    async def read(known_at=None):
        async with store.work() as work:
            asked = [Question(q.first, q.last, q.today, q.filters, q.group_by, known_at) for q in questions]
            answers = [await statistics.answer(question, work) for question in asked]
            boards = [await dashboard.read(question, work, real_numbers=True) for question in asked[::2]]
        return answers, [{**vars_of(board), "question": None} for board in boards]

    assert await read() == await read(told.at("2027-01-01"))


def vars_of(board):
    return {name: getattr(board, name) for name in board.__slots__}


@pytest.mark.parametrize(
    ("named", "left_out"),
    [
        ("ADD_UP", text(sql.change().replace("cast(:times as int) * n", "greatest(cast(:times as int), 0) * n"))),
        ("ADD_UP", text(sql.change().replace("cast(:times as int) * n", "least(cast(:times as int), 0) * n"))),
        ("ROLL_UP", text("select")),
        ("UNCHANGED", text("select")),
    ],
)
async def test_a_change_that_is_left_out_shows(store, told, monkeypatch, named, left_out):
    contact = new_id()
    person = told.person().accompanied("2026-01-10").contact("2026-01-12", contact_id=contact)
    await store.take(told.facts)
    assert await out_of_step(store) == []
    monkeypatch.setattr(derivation, named, left_out)
    told.facts.clear()
    person.contact("2026-01-14", "visio", name="ContactCorrected", contact_id=contact)
    await store.take(told.facts)
    if named == "UNCHANGED":  # told twice in one unit of work
        async with store.work() as work:
            await derivation.settle(work)
            await work.session.execute(TOUCH_ALL)
            await derivation.settle(work)

    assert await out_of_step(store) != []


async def test_hours_that_no_binary_fraction_holds_add_up_to_nothing_once_they_are_gone(store, told):
    action = new_id()
    person = told.person().accompanied("2026-01-10").attended("2026-01-12", 0.1, action_id=action)
    for day in range(13, 20):
        person.attended(f"2026-01-{day}", 0.1)
    await store.take(told.facts)
    assert await store.value("actions.hours") == 0.8
    told.facts.clear()
    person.attended("2026-01-12", 0.1, action_id=action, present=False)
    await store.take(told.facts)

    assert await store.value("actions.hours") == 0.7
    assert await out_of_step(store) == []
