"""Saying that two files are one person: by somebody, announced where both were admitted, reversible, with its history."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from plie_admission import store
from plie_admission.domain.recognitions import AdmittedTogether, AlreadyStated, AlreadyUndone, IdentityMissing, SameFile
from plie_admission.handlers.recognitions import (
    Recognise,
    UndoRecognition,
    UnknownRecognition,
    recognise,
    undo_recognition,
)
from plie_admission.queries.duplicates import possible_duplicates
from plie_chassis.ids import new_id

SWAPPED = {"first_name": "Noemie", "birth_date": date(1983, 4, 5)}


async def alike(commission: Any, orientation_id: Any) -> Any:
    async with commission.units.begin(now=commission.now) as work:
        return await possible_duplicates(await commission.file(orientation_id), work)


async def open_questions(commission: Any, *orientation_ids: Any) -> list[int]:
    return [(await commission.file(one)).open_questions for one in orientation_ids]


async def test_a_person_typed_otherwise_is_found_and_explained(commission: Any) -> None:
    first = await commission.receives()
    again = await commission.receives(**SWAPPED)
    (found,) = await alike(commission, again)
    assert (found.orientation_id, found.score, found.said) == (first, 100, None)
    assert [one.points for one in found.contributions] == [50, 35, 25]
    assert await open_questions(commission, first, again) == [1, 1]


async def test_a_corrected_identity_is_compared_again(commission: Any) -> None:
    await commission.receives()
    other = await commission.receives(**SWAPPED)
    await commission.is_told_identity(other, last_name="Zerrouki", first_name="Mehdi", phone=None)
    assert await alike(commission, other) == []


async def test_nothing_is_merged_by_a_score(commission: Any, given: Any) -> None:
    one = await commission.admits(given.admission())
    other = await commission.admits(given.admission())
    assert await commission.emitted("ParticipantMerged") == []
    assert (await commission.file(one)).participant_id != (await commission.file(other)).participant_id


async def test_merging_two_admitted_people_is_announced_and_keeps_who_was_known_first(
    commission: Any, given: Any
) -> None:
    first = await commission.admits(given.admission())
    second = await commission.later(1).admits(given.admission())
    row = await commission.run(recognise, Recognise(second, first, same=True))
    (merged,) = await commission.emitted("ParticipantMerged")
    kept, away = (await commission.file(first)).participant_id, (await commission.file(second)).participant_id
    assert merged.value == {
        "orientation_id": str(second),
        "participant_id": str(away),
        "merged_into": str(kept),
        "merged_on": "2026-03-12",
    }
    assert (row.merged, row.merged_into, row.stated_by) == (away, kept, "Nadia Ferrand")


async def test_a_merge_is_undone_and_stays_in_the_history(commission: Any, given: Any) -> None:
    first = await commission.admits(given.admission())
    second = await commission.later(1).admits(given.admission())
    row = await commission.run(recognise, Recognise(second, first, same=True))
    undone = await commission.run(undo_recognition, UndoRecognition(first, row.recognition_id))
    (unmerged,) = await commission.emitted("ParticipantUnmerged")
    assert unmerged.value["participant_id"] == str(row.merged)
    assert unmerged.value["merged_into"] == str(row.merged_into)
    assert (undone.stated_on, undone.undone_by) == (date(2026, 3, 12), "Nadia Ferrand")
    assert await commission.count("select count(*) from participant where merged_into is not null") == 0
    with pytest.raises(AlreadyUndone):
        await commission.run(undo_recognition, UndoRecognition(first, row.recognition_id))


async def test_a_recognised_person_keeps_their_participant_and_gets_the_next_parcours(
    commission: Any, given: Any
) -> None:
    first = await commission.admits(given.admission())
    again = await commission.receives(last_name="Berard")
    await commission.run(recognise, Recognise(again, first, same=True))
    assert await commission.emitted("ParticipantMerged") == []
    await commission.settles(given.admission(), again)
    assert (await commission.file(again)).participant_id == (await commission.file(first)).participant_id
    assert (await commission.file(again)).parcours_no == 2


async def test_a_person_who_was_merged_comes_back_as_the_one_who_was_kept(commission: Any, given: Any) -> None:
    first = await commission.admits(given.admission())
    second = await commission.later(1).admits(given.admission())
    await commission.run(recognise, Recognise(second, first, same=True))
    again = await commission.receives()
    person = (await commission.file(second)).participant_id
    await commission.settles(given.admission(same_person_as=person), again)
    assert (await commission.file(again)).participant_id == (await commission.file(first)).participant_id


async def test_a_recognition_that_an_admission_used_is_not_undone(commission: Any, given: Any) -> None:
    first = await commission.admits(given.admission())
    again = await commission.receives()
    row = await commission.run(recognise, Recognise(again, first, same=True))
    await commission.settles(given.admission(), again)
    with pytest.raises(AdmittedTogether):
        await commission.run(undo_recognition, UndoRecognition(again, row.recognition_id))


async def test_two_people_who_look_alike_are_set_apart_and_the_question_is_not_asked_again(commission: Any) -> None:
    first, other = await commission.receives(), await commission.receives()
    row = await commission.run(recognise, Recognise(other, first, same=False))
    assert await commission.emitted("ParticipantMerged") == []
    assert await open_questions(commission, first, other) == [0, 0]
    with pytest.raises(AlreadyStated):
        await commission.run(recognise, Recognise(first, other, same=True))
    await commission.run(undo_recognition, UndoRecognition(other, row.recognition_id))
    assert await open_questions(commission, first, other) == [1, 1]


async def test_a_file_is_compared_with_another_one_whose_identity_is_here(commission: Any) -> None:
    first, nameless = await commission.receives(), new_id()
    await commission.is_told_facts(nameless)
    with pytest.raises(SameFile):
        await commission.run(recognise, Recognise(first, first, same=True))
    with pytest.raises(IdentityMissing):
        await commission.run(recognise, Recognise(first, nameless, same=True))
    with pytest.raises(UnknownRecognition):
        await commission.run(undo_recognition, UndoRecognition(first, new_id()))


async def test_admitting_somebody_as_a_known_person_answers_the_question(commission: Any, given: Any) -> None:
    first = await commission.admits(given.admission())
    again = await commission.receives()
    person = (await commission.file(first)).participant_id
    await commission.settles(given.admission(same_person_as=person), again)
    (found,) = await alike(commission, again)
    assert found.said is not None
    assert (found.said.same, found.said.stated_by) == (True, "Nadia Ferrand")
    assert await open_questions(commission, first, again) == [0, 0]


async def test_two_files_of_one_person_in_one_session_are_one_participant_once_recognised(
    commission: Any, given: Any
) -> None:
    one, other = await commission.receives(), await commission.receives()
    session = await commission.plans(one, other)
    for orientation_id in (one, other):
        await commission.decides(orientation_id, session.session_id, given.admission())
    await commission.run(recognise, Recognise(one, other, same=True))
    await commission.closes(session.session_id)
    first, second = [one.value for one in await commission.emitted("AdmissionValidated")]
    assert first["participant_id"] == second["participant_id"]
    assert (first["parcours_no"], second["parcours_no"]) == (1, 2)


@pytest.mark.parametrize("named", [True, False], ids=["named-too", "recognised"])
async def test_a_recognition_undone_after_the_draft_no_longer_says_who_is_admitted(
    commission: Any, given: Any, named: bool
) -> None:
    first = await commission.admits(given.admission())
    person = (await commission.file(first)).participant_id
    again = await commission.receives()
    row = await commission.run(recognise, Recognise(again, first, same=True))
    session = await commission.plans(again)
    stated = given.admission(same_person_as=person if named else None)
    drafted = await commission.decides(again, session.session_id, stated)
    assert drafted.participant_id == person
    await commission.run(undo_recognition, UndoRecognition(again, row.recognition_id))
    await commission.closes(session.session_id)
    admitted = await commission.file(again)
    assert (admitted.participant_id != person, admitted.parcours_no) == (True, 1)


@pytest.mark.parametrize("named", [True, False], ids=["named", "not-named"])
async def test_rectifying_the_admission_of_somebody_merged_since_keeps_their_parcours(
    commission: Any, given: Any, named: bool
) -> None:
    first, second = await commission.receives(), await commission.receives()
    await commission.settles(given.admission(), first)
    session = await commission.later(1).settles(given.admission(), second)
    row = await commission.run(recognise, Recognise(second, first, same=True))
    before = await commission.file(second)
    assert row.merged == before.participant_id
    stated = given.admission(reason_code="autre", same_person_as=row.merged_into if named else None)
    await commission.decides(second, session.session_id, stated, rectifies=True)
    after = await commission.file(second)
    assert (after.participant_id, after.parcours_no) == (before.participant_id, 1)
    await commission.run(undo_recognition, UndoRecognition(second, row.recognition_id))


async def test_a_merge_that_a_return_relied_on_is_not_undone_before_that_admission_is_rectified(
    commission: Any, given: Any
) -> None:
    kept = await commission.admits(given.admission())
    merged = await commission.later(1).admits(given.admission())
    row = await commission.run(recognise, Recognise(merged, kept, same=True))
    back = await commission.receives()
    await commission.run(recognise, Recognise(back, merged, same=True))
    session = await commission.settles(given.admission(), back)
    with pytest.raises(AdmittedTogether):
        await commission.run(undo_recognition, UndoRecognition(merged, row.recognition_id))
    await commission.decides(back, session.session_id, given.refusal(), rectifies=True)
    await commission.run(undo_recognition, UndoRecognition(merged, row.recognition_id))
    stated = given.admission(reason_code="autre", same_person_as=merged)
    await commission.decides(back, session.session_id, stated, rectifies=True)
    returned = await commission.file(back)
    assert (returned.participant_id, returned.parcours_no) == ((await commission.file(merged)).participant_id, 2)


CROWD = """
    insert into file (orientation_id, writer, told_through, status, received_at, likeness, searchable, missing, decisions,
        version, last_name, first_name, birth_date)
    select gen_random_uuid(), 'departement-38.orientation', 'departement-38.orientation', 'pending', now(),
        array['b1983-4-5'], '', '[]', 0, 1, 'Crowd' || number, 'Person', '1983-05-04'
    from generate_series(1, :number) as number
"""


async def test_the_same_person_is_found_in_a_crowd_born_on_the_same_day(commission: Any) -> None:
    async with commission.units.engine.begin() as connection:
        await connection.execute(text(CROWD), {"number": 3 * store.CANDIDATES})
    first = await commission.receives()
    again = await commission.receives(**SWAPPED)
    assert [one.orientation_id for one in await alike(commission, again)] == [first]
