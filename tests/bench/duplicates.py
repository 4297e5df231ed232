"""How long a commission waits to be told who looks like the person of a new file, among many who came before."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, text

from plie_admission.domain.files import Status
from plie_admission.domain.likeness import Bearer, keys, phone_key
from plie_admission.domain.people import folded
from plie_admission.store import look_alikes
from plie_admission.tables import FileRow

from .rows import percentile
from .stack import Site

CHECKS = 200
ROWS_AT_A_TIME = 5_000
SYLLABLES = ("ar", "ber", "cha", "del", "es", "fou", "gau", "hu", "jan", "ker", "lem", "mar", "no", "per", "rou", "ta")
STATUSES = {Status.PENDING: 5, Status.ADMITTED: 75, Status.REFUSED: 15, Status.DEFERRED: 5}


async def milliseconds(clas: Site, persons: int) -> float:
    """The 95th percentile of a check, among so many invented persons that are put into the commission's database."""
    random = Random(7)
    for rows in _portions(random, persons):
        async with clas.units.begin() as work:
            await work.session.execute(insert(FileRow), rows)
    async with clas.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("vacuum analyze file"))
    taken = []
    for person in [_person(random) for _ in range(CHECKS)]:
        async with clas.units.begin() as work:
            started = time.perf_counter()
            await look_alikes(person, work)
            taken.append((time.perf_counter() - started) * 1000)
    return percentile(taken, 0.95)


def _portions(random: Random, persons: int) -> Iterator[list[dict[str, Any]]]:
    for first in range(0, persons, ROWS_AT_A_TIME):
        yield [_row(random, number) for number in range(first, min(first + ROWS_AT_A_TIME, persons))]


def _person(random: Random) -> Bearer:
    """Of few syllables, so that many names are alike."""
    born = date(1960, 1, 1) + timedelta(days=random.randrange(45 * 365))
    return Bearer(_word(random), _word(random), born, f"06{random.randrange(10**8):08d}")


def _word(random: Random) -> str:
    return "".join(random.choice(SYLLABLES) for _ in range(random.choice((2, 2, 3)))).capitalize()


def _row(random: Random, number: int) -> dict[str, Any]:
    person = _person(random)
    status = random.choices(list(STATUSES), list(STATUSES.values()))[0]
    return {
        "orientation_id": uuid4(),
        "writer": "departement-38.orientation",
        "told_through": "departement-38.orientation",
        "status": status,
        "received_at": datetime(2022, 1, 1, tzinfo=UTC) + timedelta(minutes=20 * number),
        "last_name": person.last_name,
        "first_name": person.first_name,
        "birth_date": person.birth_date,
        "phone": phone_key(person.phone),
        "likeness": keys(person),
        "searchable": folded(f"{person.last_name} {person.first_name} {person.last_name}"),
        "commune_insee": "38563",
        "prescriber_kind": "DEPT",
        "structure": f"Maison du Département {number % 20}",
        "missing": [],
        "decisions": 0 if status is Status.PENDING else 1,
        "defer_until": date(2030, 1, 1) if status is Status.DEFERRED else None,
        "version": 1,
    }
