"""Makes the demo data in the order in which people depend on each other, waiting for Kafka between the organisations.

Each instance lives on a clock of its own; what one tells another travels through its outbox, the broker and the inbox.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from plie_admission.app import SERVICE as ADMISSION
from plie_chassis.accounts.commands import AddAccount, add_account, list_accounts
from plie_chassis.calendar import PARIS
from plie_chassis.messaging import kafka
from plie_chassis.service import Runtime, Service
from plie_deploy.lives.accompanying import accompany
from plie_deploy.lives.deciding import hold_sessions
from plie_deploy.lives.desks import begin_forms, import_files, imported_lives
from plie_deploy.lives.life import ENTRIES, Life, first_lives, re_entries
from plie_deploy.lives.moves import coordination_of, decide_moves, welcome_and_part, who_moves
from plie_deploy.lives.orienting import orient
from plie_deploy.lives.partners import follow_by_webhook
from plie_deploy.lives.questions import answer
from plie_deploy.lives.workshops import Session, enrolled, plan_workshops
from plie_deploy.plan import Run, Scale
from plie_orientation.app import SERVICE as ORIENTATION
from plie_parcours.app import SERVICE as PARCOURS
from plie_reporting.app import SERVICE as REPORTING

SERVICES: dict[str, Service] = {service.name: service for service in (ORIENTATION, ADMISSION, PARCOURS, REPORTING)}
SHARES: dict[Scale, float] = {"small": 0.1, "full": 1.0, "empty": 0.0}
SEED = 2017
SETTLE_SECONDS = 900.0
TOGETHER = 6
WORKSHOPS_OF = "centre-isere"
REFERENTS = (
    "Claire Montagnon", "Bastien Rochefort", "Sonia Mercatel", "Agnès Vaujany", "Loïc Drevon", "Imane Chartoire",
    "Philippe Sappey", "Manon Larguier", "Ludovic Prunières", "Catherine Armieux", "Selma Vizille", "Rémi Chamrousse",
    "Julie Morestel", "Nadège Proveysieux", "Fabien Meylan", "Laure Quaixard",
)  # fmt: skip


@dataclass
class Cast:
    """Everybody's lives, and the instances they are lived on."""

    runtimes: dict[str, Runtime]
    lives: list[Life]
    today: date
    progress: Callable[[str], object]
    workshops: Mapping[str, Sequence[Session]] = field(default_factory=dict)

    def of(self, service: str) -> list[Runtime]:
        return [runtime for runtime in self.runtimes.values() if runtime.instance.service == service]


async def seed(runs: Sequence[Run], scale: Scale, progress: Callable[[str], object]) -> None:
    """Live the demo's lives on running instances; `progress` gets a line for each part. Deterministic but for ids."""
    share = SHARES[scale]
    if not share:
        return
    async with _instances(runs) as runtimes:
        today = datetime.now(PARIS).date()
        declaration = next(iter(runtimes.values())).declaration
        lives = [life for clas in ENTRIES for life in first_lives(declaration, clas, share, today, SEED)]
        lives += imported_lives(declaration, today, SEED)
        cast = Cast(runtimes, lives, today, progress)
        await asyncio.gather(*(_add_referents(runtime) for runtime in cast.of("parcours")))
        cast.workshops = await _plan_workshops(runtimes[f"{WORKSHOPS_OF}.parcours"], today)
        await asyncio.gather(*(begin_forms(runtime, today, SEED) for runtime in cast.of("orientation")))
        await _live(cast, lives)
        back = re_entries(lives, today)
        if back:
            progress(f"{len(back)} people come back")
            await _live(cast, back)
        await _told(cast, "statistics")
        await _change_maisons(cast)
        # Only now: what is told of everybody else's past is no news for a partner.
        await _part(cast, "a partner's webhook", lambda r: _follow_by_webhook(r, cast), "orientation")
        await _told(cast, "partners")


async def _live(cast: Cast, lives: list[Life]) -> None:
    """One round: orientation, commission, parcours."""
    await _part(cast, f"{len(lives)} orientations", lambda r: _orient(r, lives, cast.today), "orientation")
    await _told(cast, "commissions")
    await _part(
        cast,
        "sessions of the commissions",
        lambda r: hold_sessions(r, _addressed_to(r, lives), cast.today),
        "admission",
    )
    await _told(cast, "Maisons")
    admitted = sum(life.admitted_on is not None for life in lives)
    await _part(
        cast, f"{admitted} parcours", lambda r: _accompany_all(r, lives, cast.workshops, cast.today), "parcours"
    )
    await _part(cast, "answers to the commissions", lambda r: answer(r, _oriented_on(r, lives)), "orientation")


async def _change_maisons(cast: Cast) -> None:
    """Within each commission that has several; the old Maison hands over by itself once it is told."""
    desks = {runtime.instance.organisation: (await _referents(runtime))[0] for runtime in cast.of("parcours")}
    for commission in cast.of("admission"):
        clas = commission.instance.organisation
        maisons = commission.declaration.maisons_of(clas)
        if len(maisons) < 2:
            continue
        theirs = [life for life in cast.lives if life.clas == clas]
        both = who_moves(theirs, desks, cast.today)
        await decide_moves(commission, both, theirs, cast.today)
        await _told(cast, "Maisons")
        for maison in maisons:
            await welcome_and_part(cast.runtimes[f"{maison}.parcours"], both, desks)
        cast.progress("changes of Maison")


async def _orient(runtime: Runtime, lives: list[Life], today: date) -> None:
    mine = _oriented_on(runtime, lives)
    await orient(runtime, [life for life in mine if not life.by_file])
    await import_files(runtime, [life for life in mine if life.by_file], today)


async def _follow_by_webhook(runtime: Runtime, cast: Cast) -> None:
    mine = _oriented_on(runtime, cast.lives)
    await follow_by_webhook(runtime, [life for life in mine if life.by_file and life.verdict == "withdraw"], cast.today)


async def _part(cast: Cast, what: str, do: Callable[[Runtime], Awaitable[None]], service: str) -> None:
    started = time.monotonic()
    await asyncio.gather(*(do(runtime) for runtime in cast.of(service)))
    cast.progress(f"{what} ({time.monotonic() - started:.1f} s)")


def _oriented_on(runtime: Runtime, lives: list[Life]) -> list[Life]:
    return [life for life in lives if life.person.host == runtime.instance.organisation]


def _addressed_to(runtime: Runtime, lives: list[Life]) -> list[Life]:
    return [life for life in lives if life.clas == runtime.instance.organisation]


async def _plan_workshops(runtime: Runtime, today: date) -> Mapping[str, Sequence[Session]]:
    async with runtime.units.begin(actor=coordination_of(runtime)) as work:
        return await plan_workshops(work, today)


async def _accompany_all(
    runtime: Runtime, lives: list[Life], workshops: Mapping[str, Sequence[Session]], today: date
) -> None:
    maison = runtime.instance.organisation
    mine = [life for life in lives if life.maison == maison and life.participant_id]
    referents = await _referents(runtime)
    coming = enrolled(mine, workshops) if maison == WORKSHOPS_OF else {}
    due = iter(enumerate(mine))

    async def work_through() -> None:
        for number, life in due:
            life.referent_id = referents[number % len(referents)]
            async with runtime.units.begin(actor=coordination_of(runtime)) as work:
                await accompany(life, work, life.referent_id, coming.get(life.number, ()), today)

    await asyncio.gather(*(work_through() for _ in range(TOGETHER)))


async def _referents(runtime: Runtime) -> list[str]:
    """The one whose login the demo prints comes first."""
    async with runtime.units.begin() as work:
        return [account.referent_id for account in await list_accounts(work) if account.referent_id]


async def _add_referents(runtime: Runtime) -> None:
    """As many référents as the Maison has full-time equivalents, the demo's own login among them."""
    maison = runtime.instance.organisation
    wanted = round(runtime.declaration.etp(maison))
    maisons = sorted(name for name in runtime.declaration.instances if name.endswith(".parcours"))
    first = maisons.index(runtime.instance.name) * 5
    async with runtime.units.begin() as work:
        known = sum(account.referent_id is not None for account in await list_accounts(work))
        for number in range(known, wanted):
            name = REFERENTS[(first + number) % len(REFERENTS)]
            login = f"{name.split()[1].lower()}@{maison}.example"
            await add_account(AddAccount(login, name, ["referent"], referent_id=f"referent-{number + 1:02d}"), work)


async def _told(cast: Cast, whom: str) -> None:
    """Wait until every event that was written has taken effect wherever it is read."""
    deadline = time.monotonic() + SETTLE_SECONDS
    before, now = None, await _all_that_is_taken(cast)
    while now is None or now != before:
        if time.monotonic() > deadline:
            raise TimeoutError(f"events have not reached the {whom} within {SETTLE_SECONDS:.0f} s")
        await asyncio.sleep(0.25)
        before, now = now, await _all_that_is_taken(cast)


async def _all_that_is_taken(cast: Cast) -> dict[Any, int] | None:
    """How far every stream is written, where all of it is taken; None while something is on its way.

    What one takes may make it tell another something after we looked: nothing is on its way where a second look sees
    the same.
    """
    written: dict[Any, int] = {}
    for runtime in cast.runtimes.values():
        async with runtime.engine.connect() as connection:
            if await connection.scalar(text("select exists (select from outbox)")):
                return None
    for runtime in cast.runtimes.values():
        async with runtime.engine.connect() as connection:
            rows = await connection.execute(text("select topic, partition, next from inbox_offset"))
            taken: dict[Any, int] = {(topic, partition): following for topic, partition, following in rows}
        async with kafka.reader(runtime.connection) as consumer:
            ends = await kafka.end_offsets(consumer, kafka.partitions_of(runtime.declaration, runtime.topics))
        if any(end > taken.get((at.topic, at.partition), 0) for at, end in ends.items()):
            return None
        written |= {(at.topic, at.partition): end for at, end in ends.items()}
    return written


@asynccontextmanager
async def _instances(runs: Sequence[Run]) -> AsyncIterator[dict[str, Runtime]]:
    """The instances as their own processes see them, without relaying or consuming here."""
    async with AsyncExitStack() as stack:
        runtimes: dict[str, Runtime] = {}
        for run in runs:
            service = SERVICES[run.service]
            values = {name.removeprefix("PLIE_").lower(): value for name, value in run.environment.items()}
            runtime = Runtime(service, service.settings.model_validate(values))
            stack.push_async_callback(runtime.close)
            runtimes[run.name] = runtime
        yield runtimes
