"""How long the duplicate check and the list pages take in a large commission; a measurement, not a test.

`python -m` it with the URL of an empty, migrated database of a commission, or call `measured(url)` from a bench.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import median, quantiles
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import insert, text

from plie_admission.domain.files import Status
from plie_admission.domain.likeness import Bearer, keys, phone_key
from plie_admission.domain.people import folded
from plie_admission.queries import files
from plie_admission.store import look_alikes
from plie_admission.tables import FileRow
from plie_chassis.database import create_engine
from plie_chassis.paging import Paging
from plie_chassis.unit_of_work import UnitOfWork, Units
from plie_contracts.declaration import load
from plie_deploy.testing import DECLARATION

PERSONS = 100_000
CHECKS = 200
SYLLABLES = (
    "ar",
    "ber",
    "cha",
    "del",
    "es",
    "fou",
    "gau",
    "hu",
    "jan",
    "ker",
    "lem",
    "mar",
    "no",
    "per",
    "rou",
    "sim",
    "ta",
    "vi",
)


class Measured(NamedTuple):
    """Milliseconds."""

    name: str
    median: float
    p95: float


async def measured(url: str, persons: int = PERSONS) -> list[Measured]:
    """Fill the database with invented people where it is empty, then measure."""
    engine = create_engine(url)
    declaration = load(DECLARATION)
    units = Units(engine, declaration.instance("centre-isere.admission"), declaration)
    random = Random(7)
    async with units.begin() as work:
        if not await work.session.scalar(text("select exists (select from file)")):
            for first in range(0, persons, 5_000):
                rows = [_row(random, number) for number in range(first, min(first + 5_000, persons))]
                await work.session.execute(insert(FileRow), rows)
    async with engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("vacuum analyze"))
    people = [_bearer(random) for _ in range(CHECKS)]
    found = [await _timed(units, "duplicate-check", [lambda work, one=one: look_alikes(one, work) for one in people])]
    lists: dict[str, Callable[[UnitOfWork], Awaitable[Any]]] = {
        "inbox": lambda work: files.listed(files.Search(Status.PENDING), Paging(50), work),
        "inbox-search": lambda work: files.listed(files.Search(text="berdel"), Paging(100), work),
        "inbox-counts": files.counted,
        "waiting": files.waiting,
        "inbox-alike": lambda work: files.listed(files.Search(alike=True), Paging(50), work),
    }
    found += [await _timed(units, name, [do] * 30) for name, do in lists.items()]
    await engine.dispose()
    return found


async def _timed(units: Units, name: str, calls: list[Callable[[UnitOfWork], Awaitable[Any]]]) -> Measured:
    taken = []
    for call in calls:
        async with units.begin() as work:
            started = time.perf_counter()
            await call(work)
            taken.append((time.perf_counter() - started) * 1000)
    return Measured(name, median(taken), quantiles(taken, n=20)[-1])


def _word(random: Random) -> str:
    return "".join(random.choice(SYLLABLES) for _ in range(random.choice((2, 2, 3)))).capitalize()


def _bearer(random: Random) -> Bearer:
    born = date(1960, 1, 1) + timedelta(days=random.randrange(45 * 365))
    return Bearer(_word(random), _word(random), born, f"06{random.randrange(10**8):08d}")


def _row(random: Random, number: int) -> dict[str, Any]:
    person = _bearer(random)
    status = random.choices((Status.PENDING, Status.ADMITTED, Status.REFUSED, Status.DEFERRED), (5, 75, 15, 5))[0]
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


if __name__ == "__main__":
    for one in asyncio.run(measured(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else PERSONS)):
        sys.stdout.write(f"{one.name:20} median {one.median:6.1f} ms   p95 {one.p95:6.1f} ms\n")
