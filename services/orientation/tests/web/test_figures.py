"""Figures, printed with `pytest -s`: pages with 20 000 orientations, and an import (10 000 lines with PLIE_FIGURES=1)."""

import os
import time
from statistics import median
from typing import Any

from sqlalchemy import text

from plie_orientation import sheets
from plie_orientation.background import import_more
from plie_orientation.domain.authors import Author
from plie_orientation.handlers.imports import (
    MapColumns,
    SendImport,
    StartImport,
    map_columns,
    send_import,
    start_import,
)
from plie_orientation.handlers.orientations import ReceiveOrientation, receive_orientation
from plie_orientation.tables import Import

VOIRON = "Maison du Département Voiron"
AUTHOR = Author("departement-38", VOIRON, frozenset({"DEPT"}))
ORIENTATIONS = 20_000
LARGEST_PAGE = 100_000
ROWS = 10_000 if os.environ.get("PLIE_FIGURES") else 500
SECONDS = 60

# Copies of one orientation: another id, reference, status and moment each.
COPIES = text(
    """
    insert into orientation (id, organisation, structure, external_reference, addressed_to, received_at, status, draft,
        searchable)
    select gen_random_uuid(), organisation, 'Structure ' || n % 20, 'N-' || n, addressed_to,
        received_at - n * interval '1 minute',
        (array['received', 'in-commission', 'admitted', 'deferred', 'refused'])[n % 5 + 1], draft,
        searchable || ' n' || n
    from orientation, generate_series(1, :copies) n
    """
)


async def test_pages_stay_small_and_quick_with_twenty_thousand_orientations(site: Any, draft: Any) -> None:
    one = await site.side.run(receive_orientation, ReceiveOrientation(draft(), AUTHOR))
    async with site.side.units.begin() as work:
        await work.session.execute(COPIES, {"copies": ORIENTATIONS})
    async with site.side.units.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("analyze orientation"))
    boss = await site.browser("chef", structure=None)
    page = await boss.open("/")
    for path, fields in (
        ("/", None),
        ("/?status=deferred", None),
        ("/?structure=Structure+7&since=2026-02-20", None),
        ("/", {"q": "bérard n19999"}),
        ("/", {"q": "introuvable"}),
        (f"/orientations/{one.orientation.id}", None),
    ):
        took, worked = [], []
        for _ in range(5):
            started, began = time.perf_counter(), time.process_time()
            answer = await (boss.client.get(path) if fields is None else boss.send(page, path, fields))
            took.append((time.perf_counter() - started) * 1000)
            worked.append((time.process_time() - began) * 1000)
            assert answer.status_code == 200
        size = len(answer.content)
        print(
            f"\n{path} {fields or ''}: {median(took):.0f} ms, of which {median(worked):.0f} ms of this process, {size / 1000:.0f} kB",
            end="",
        )
        assert size < LARGEST_PAGE


async def test_an_import_goes_at_a_good_pace(site: Any) -> None:
    head = "Nom;Prénom;Date de naissance;Commune;Téléphone;Situation d’emploi;Adhésion;Référence"
    rows = (f"Nom{n};Prénom{n};04/05/{1960 + n % 40};Voiron;0476;sans emploi;oui;R-{n}" for n in range(ROWS))
    started = time.perf_counter()
    sheet = sheets.read("\n".join((head, *rows)).encode())
    command = StartImport("f.csv", sheet.columns, sheet.rows, sheet.numbers, AUTHOR, "Hélène")
    made = await site.side.run(start_import, command)
    await site.side.run(map_columns, MapColumns(made.id, made.mapping, AUTHOR))

    while await import_more(site.side.units):
        pass
    checked = time.perf_counter()
    await site.side.run(send_import, SendImport(made.id, AUTHOR))
    while await import_more(site.side.units):
        pass
    took = time.perf_counter() - started
    print(f"\n{ROWS} lines: {took:.1f} s, of which {checked - started:.1f} s to read and check them", end="")
    async with site.side.units.begin() as work:
        assert (await work.session.get_one(Import, made.id)).state == "sent"
        assert await work.session.scalar(text("select count(*) from orientation")) == ROWS
    assert took < SECONDS
