"""A file that is open in a unit of work: read once, and never believed after a savepoint was undone."""

from datetime import date

import pytest
from sqlalchemy import event

from plie_chassis.problems import Problem
from plie_parcours.domain.contacts import ContactDraft
from plie_parcours.handlers.contacts import LogContact, log_contact

BY_PHONE = ContactDraft(date(2026, 5, 4), "telephone", "honore")
AHEAD = ContactDraft(date(2035, 1, 1), "telephone", "honore")


@pytest.fixture
async def statements(maison):
    heard: list[str] = []

    def hear(connection, cursor, statement, *_) -> None:
        heard.append(statement.split()[0])

    event.listen(maison.engine.sync_engine, "before_cursor_execute", hear)
    yield heard
    event.remove(maison.engine.sync_engine, "before_cursor_execute", hear)


async def test_many_commands_of_one_unit_of_work_read_the_file_once(maison, statements):
    participant_id = await maison.welcomes()
    statements.clear()
    async with maison.units.begin(now=maison.now) as work:
        for _ in range(5):
            await log_contact(LogContact(participant_id, BY_PHONE), work)
        assert statements == ["SELECT", "SELECT", "SELECT"]
    facts = await maison.rows("select count(*), max(number) from fact where participant_id = :id", id=participant_id)
    assert facts == [(8 + 1, 8 + 1)]
    assert await maison.rows("select version from participant where participant_id = :id", id=participant_id) == [(9,)]


async def test_what_an_undone_savepoint_told_is_forgotten(maison):
    participant_id = await maison.welcomes()
    async with maison.units.begin(now=maison.now) as work:
        before = await log_contact(LogContact(participant_id, BY_PHONE), work)
        savepoint = await work.session.begin_nested()
        await log_contact(LogContact(participant_id, BY_PHONE), work)
        await savepoint.rollback()
        del work.emitted[-1]
        after = await log_contact(LogContact(participant_id, BY_PHONE), work)
    assert after.version == before.version + 1
    assert set((await maison.parcours(participant_id)).contacts) >= {
        before.resource.contact_id,
        after.resource.contact_id,
    }


async def test_a_refused_command_leaves_the_file_as_it_was_for_the_next_one(maison):
    participant_id = await maison.welcomes()
    async with maison.units.begin(now=maison.now) as work:
        with pytest.raises(Problem):
            await log_contact(LogContact(participant_id, AHEAD), work)
        kept = await log_contact(LogContact(participant_id, BY_PHONE), work)
    assert await maison.rows("select version from participant where participant_id = :id", id=participant_id) == [
        (kept.version,)
    ]


async def test_deadlines_that_did_not_change_are_not_written_again(maison, statements):
    participant_id = await maison.welcomes()
    statements.clear()
    await maison.do(log_contact, LogContact(participant_id, ContactDraft(date(2026, 4, 2), "courriel", "absent")))
    assert "DELETE" not in statements
    assert statements.count("UPDATE") == 1
