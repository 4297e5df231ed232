"""Pages with 20 000 files in the database: how long (`pytest -s` prints it, beside the inbox of the run), how large."""

from typing import Any

from sqlalchemy import text

from plie_deploy.testing.durations import least_by_turns

FILES = 20_000
LARGEST_PAGE = 100_000
MILLISECONDS = 50
SHARED = 3
"""How much slower a machine may be that runs other tests meanwhile."""
TIMES_THE_INBOX = 2
"""What any page may cost beside the plain inbox of the same run: a filter that reads every file's facts costs more."""

# Copies of two files: an admitted one, and one that waits; other ids, names, days and prescribers, one decision each.
COPIES = text(
    """
    insert into file (orientation_id, writer, told_through, status, received_at, facts, snapshot, last_name, first_name,
        birth_date, phone, likeness, searchable, age_at_reception, commune_insee, prescriber_kind, structure, missing,
        asked_on, decisions, first_decided_on, last_decided_on, last_decision, last_reason, decided_in, defer_until, participant_id, parcours_no, maison, opinions, referent_id, version)
    select overlay(gen_random_uuid()::text placing '7' from 15)::uuid, writer, told_through, stands.status,
        received_at - n * interval '90 minutes', facts, snapshot, last_name || ' ' || n, first_name, birth_date, phone, array['n' || n], searchable || ' n' || n,
        age_at_reception, commune_insee, (array['DEPT', 'FT', 'ML'])[n % 3 + 1], 'Structure ' || n % 60,
        case when n % 8 = 0 then '["motivation"]' else missing end,
        case when stands.status = 'pending' and n % 4 = 0 then date '2026-03-01' end,
        case when stands.status = 'pending' then 0 else 1 end,
        decided.on, decided.on, (array['admit', 'refuse', 'defer'])[array_position(array['admitted', 'refused', 'deferred'], stands.status)],
        case when stands.status in ('refused', 'deferred') then (array['absent', 'non-eligible', 'reoriente'])[n % 3 + 1] end,
        case when stands.status <> 'pending' then decided_in end,
        case when stands.status = 'deferred' then date '2030-01-01' end,
        case when stands.status = 'admitted' then overlay(gen_random_uuid()::text placing '7' from 15)::uuid end,
        case when stands.status = 'admitted' then 1 end,
        case when stands.status = 'admitted' then maison end, 0,
        case when stands.status = 'admitted' then 'referent-' || lpad((n % 8)::text, 2, '0') end, 1
    from file, generate_series(1, :copies) n,
        lateral (select (array['pending', 'admitted', 'admitted', 'refused', 'deferred'])[n % 5 + 1] as status) stands,
        lateral (select case when stands.status <> 'pending' then (received_at - n * interval '90 minutes')::date + n % 90 end as on) decided
    where orientation_id = :of
    """
)
DECISIONS = text(
    """
    insert into decision (orientation_id, decision_number, session_id, decision, decided_on, rectifies, reason_code,
        criteria, aside, published_at)
    select orientation_id, 1, decided_in, last_decision, last_decided_on, false, last_reason, '{}', '[]', last_decided_on
    from file where decisions = 1 and not exists (select from decision d where d.orientation_id = file.orientation_id)
    """
)
ALIKE = text(
    """
    insert into resemblance (one, other, score, contributions)
    select least(a, b), greatest(a, b), 80, '[[50, "nom"], [30, "date"]]'
    from (select orientation_id as a, lead(orientation_id) over (order by orientation_id) as b, row_number() over () as n
        from file) pairs
    where n % 10 = 0 and b is not null
    """
)
ASKING = text(
    """
    update file set open_questions = 1
    from resemblance where orientation_id in (one, other)
    """
)
SESSIONS = text(
    """
    insert into commission_session (session_id, held_on, place, former_plans, members, created_at, closed_on, version)
    select overlay(gen_random_uuid()::text placing '7' from 15)::uuid, held_on - n * 14, place, '[]', members, created_at - n * interval '14 days',
        held_on - n * 14, 1
    from commission_session, generate_series(1, 400) n where session_id = :of
    """
)


async def test_pages_stay_small_and_quick_with_twenty_thousand_files(site: Any, given: Any) -> None:
    admitted = await site.commission.admits(given.admission())
    async with site.commission.units.begin() as work:
        await work.session.execute(COPIES, {"copies": FILES, "of": admitted})
        await work.session.execute(DECISIONS)
        await work.session.execute(ALIKE)
        await work.session.execute(ASKING)
        await work.session.execute(SESSIONS, {"of": (await site.commission.file(admitted)).decided_in})
        examined = await work.session.execute(text("select orientation_id from file where status = 'pending' limit 40"))
        listed = list(examined.scalars())
    async with site.commission.units.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("vacuum analyze"))
    open_session = await site.commission.plans(*listed)
    browser = await site.browser()
    page = await browser.open("/")

    async def inbox() -> None:
        assert (await browser.client.get("/")).status_code == 200

    shown = float("inf")
    for path, fields in (
        ("/", None),
        ("/?status=all", None),
        ("/?status=deferred&kind=ML", None),
        ("/?only=alike", None),
        ("/?only=asked", None),
        ("/?complete=no", None),
        ("/", {"q": "bérard n19999"}),
        ("/", {"q": "introuvable"}),
        (f"/dossiers/{listed[0]}", None),
        ("/seances", None),
        ("/seances/calendrier?mois=2026-03", None),
        (f"/seances/{open_session.session_id}", None),
        (f"/seances/{open_session.session_id}/ordre-du-jour", None),
        ("/statistiques", None),
        ("/statistiques?du=2020-01-01&au=2026-12-31", None),
    ):
        answer = await (browser.client.get(path) if fields is None else browser.send(page, path, fields))
        assert answer.status_code == 200, path
        assert len(answer.content) < LARGEST_PAGE, path

        async def visit(path: str = path, fields: dict[str, str] | None = fields) -> None:
            await (browser.client.get(path) if fields is None else browser.send(page, path, fields))

        took, plain = await least_by_turns(visit, inbox, within=TIMES_THE_INBOX)
        shown = min(shown, plain)
        print(
            f"\n{path} {fields or ''}: {took:.0f} ms, {took / plain:.1f} times the inbox, {len(answer.content) / 1000:.0f} kB"
        )
        assert took < plain * TIMES_THE_INBOX, path
    assert shown < MILLISECONDS * SHARED
