"""The commissions meet: agenda, decisions with their reasons, closing, as a secretary would do it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from plie_admission.domain.decisions import Draft, Kind
from plie_admission.domain.follow_ups import Opinion, OpinionDraft, Subject
from plie_admission.domain.sessions import QUORUM, Member
from plie_admission.handlers.closing import CloseSession, close_session
from plie_admission.handlers.decisions import DecideFile, decide
from plie_admission.handlers.follow_ups import GiveOpinion, give_opinion
from plie_admission.handlers.sessions import (
    AddFollowUp,
    AddToAgenda,
    CreateSession,
    add_follow_up,
    add_to_agenda,
    create_session,
)
from plie_admission.handlers.transfers import TransferFile, transfer_file
from plie_chassis.calendar import PARIS
from plie_chassis.ids import new_id
from plie_chassis.service import Runtime
from plie_chassis.unit_of_work import Actor, UnitOfWork
from plie_deploy.lives.life import DEFERRALS, Life, choose
from plie_deploy.lives.orienting import refusal_of
from plie_deploy.lives.questions import ask
from plie_deploy.lives.seasons import office_hours, session_days

PLACES = {"centre-isere": "Voiron, Maison de l’emploi", "metropole": "Grenoble, Le Forum"}
MEMBERS = {
    "centre-isere": (
        ("centre-isere", "Odile Marquisan"), ("departement-38", "Grégory Vinaypas"), ("pole-emploi-38", "Lucile Chavassieu"),
        ("mission-locale-voiron", "Hugo Mandrillon"), ("metropole", "Thérèse Vallin"),
    ),
    "metropole": (
        ("metropole", "Thérèse Vallin"), ("departement-38", "Régis Charavines"), ("pole-emploi-38", "Sonia Belledonne"),
        ("mde-grenoble-nord", "Paul Saint-Eynard"), ("mde-grenoble-sud", "Rose Comboire"),
    ),
}  # fmt: skip
PLUS_VALUES = {
    "coordination-parcours": 29, "levee-freins": 26, "remobilisation": 15, "acces-formation": 12, "mise-en-relation-entreprise": 8,
    "accompagnement-renforce": 10,
}  # fmt: skip
OPINIONS = (
    (Opinion.FAVOURABLE, "Formation en cours, fin prévue à l’été."),
    (Opinion.FAVOURABLE, "Démarches de santé à terminer avant la reprise d’emploi."),
    (Opinion.UNFAVOURABLE, "Les objectifs du contrat sont atteints : proposer une sortie."),
)
FOLLOW_UP_AFTER = timedelta(days=600)
FOLLOWED_UP_NEXT = 2
SETTLED_IN = timedelta(days=120)
EVERY_WEEKS = {"centre-isere": 4, "metropole": 2}
STARTS_AT = {"centre-isere": time(14), "metropole": time(9)}
FOR_THOSE_WHO_COME_BACK = timedelta(hours=2)
"""Later on the same day."""
DAYS_BEFORE_SESSION = 7


@dataclass(frozen=True)
class Sitting:
    """`followed` are people whose parcours goes on, on which the Maison asks for an opinion."""

    begins: datetime
    lives: list[Life]
    followed: list[Life]

    @property
    def held_on(self) -> date:
        return self.begins.date()


async def hold_sessions(runtime: Runtime, lives: list[Life], today: date) -> None:
    """Every session up to yesterday is closed; the next one is prepared, with the files that wait for it."""
    clas = runtime.instance.organisation
    waiting = [life for life in lives if life.verdict != "withdraw" and life.admitted_on is None]
    first = min((life.oriented_on for life in waiting), default=today)
    for held_on in session_days(first, today - timedelta(days=1), EVERY_WEEKS[clas]):
        agenda = list(_ready(waiting, held_on))
        if agenda:
            followed = _due_for_an_opinion(lives, held_on, EVERY_WEEKS[clas])
            await _hold(runtime, Sitting(_begins(clas, held_on, lives), agenda, followed))
            waiting = [life for life in waiting if life.admitted_on is None and life.verdict != "refused"]
    if all(life.earlier is None for life in lives):
        await ask(runtime, waiting, secretary(clas))
    upcoming = next(session_days(today + timedelta(days=2), today + timedelta(days=60), EVERY_WEEKS[clas]))
    agenda = list(_ready(waiting, upcoming))
    if agenda and lives[0].earlier is None:
        followed = settled(lives, today)[-FOLLOWED_UP_NEXT:]
        await _prepare(runtime, Sitting(_begins(clas, upcoming, lives), agenda, followed), today)


def settled(lives: Sequence[Life], today: date) -> list[Life]:
    """Whoever is accompanied for a while and goes on to be, the latest admitted last."""
    return [
        life for life in lives if life.fate == "long" and life.admitted_on and life.admitted_on < today - SETTLED_IN
    ]


def _begins(clas: str, held_on: date, lives: list[Life]) -> datetime:
    begins = datetime.combine(held_on, STARTS_AT[clas], PARIS)
    return begins if lives[0].earlier is None else begins + FOR_THOSE_WHO_COME_BACK


def _ready(waiting: list[Life], held_on: date) -> Iterator[Life]:
    for life in waiting:
        back_on = life.deferred_until or life.oriented_on + timedelta(days=DAYS_BEFORE_SESSION)
        if back_on <= held_on:
            yield life


def _due_for_an_opinion(lives: list[Life], held_on: date, weeks: int) -> list[Life]:
    """Whoever is still accompanied after a good year and a half, once."""
    first = held_on - FOLLOW_UP_AFTER - timedelta(weeks=weeks)
    last = held_on - FOLLOW_UP_AFTER
    return [life for life in lives if life.fate == "long" and life.admitted_on and first < life.admitted_on <= last]


def secretary(clas: str) -> Actor:
    return Actor("account", new_id(), MEMBERS[clas][0][1], clas, roles=frozenset({"secretary"}))


async def _hold(runtime: Runtime, sitting: Sitting) -> None:
    clas = runtime.instance.organisation
    random = Random(f"{clas}/{sitting.held_on}")
    async with runtime.units.begin(actor=secretary(clas)) as work:
        work.now = office_hours(random, sitting.held_on - timedelta(days=5))
        session = await create_session(_planned(sitting, runtime, random), work)
        ids = [life.orientation_id for life in sitting.lives if life.orientation_id]
        await add_to_agenda(AddToAgenda(session.session_id, ids), work)
        work.now = sitting.begins
        for life in sitting.lives:
            if life.orientation_id:
                work.now += timedelta(minutes=4)
                decided = await decide(
                    DecideFile(life.orientation_id, session.session_id, _verdict(life, sitting.held_on, runtime)), work
                )
                life.participant_id = decided.participant_id
        for life in sitting.followed:
            await _give_opinion(life, session.session_id, random, work)
        work.now += timedelta(minutes=20)
        await close_session(CloseSession(session.session_id, QUORUM), work)


async def _prepare(runtime: Runtime, sitting: Sitting, today: date) -> None:
    clas = runtime.instance.organisation
    random = Random(f"{clas}/{sitting.held_on}")
    async with runtime.units.begin(actor=secretary(clas)) as work:
        work.now = office_hours(random, today - timedelta(days=1))
        session = await create_session(_planned(sitting, runtime, random), work)
        ids = [life.orientation_id for life in sitting.lives if life.orientation_id]
        listed = len(ids) // 2 or 1
        await add_to_agenda(AddToAgenda(session.session_id, ids[:listed]), work)
        maisons = runtime.declaration.maisons_of(clas)
        subjects = (Subject.REASSIGNMENT if len(maisons) > 1 else Subject.STANDBY, Subject.EXTENSION)
        for life, subject in zip(sitting.followed, subjects, strict=False):
            if life.orientation_id:
                await add_follow_up(AddFollowUp(session.session_id, life.orientation_id, subject), work)
        unasked = [life.orientation_id for life in sitting.lives[listed:] if life.orientation_id and not life.question]
        if len(unasked) > 1:
            other = next(one for one in PLACES if one != clas)
            await transfer_file(TransferFile(unasked[-1], other, "demenagement"), work)


def _planned(sitting: Sitting, runtime: Runtime, random: Random) -> CreateSession:
    place = PLACES[runtime.instance.organisation]
    return CreateSession(sitting.held_on, place, members(runtime, random), sitting.begins.time())


async def _give_opinion(life: Life, session_id: UUID, random: Random, work: UnitOfWork) -> None:
    if life.orientation_id is None:
        return
    opinion, note = random.choice(OPINIONS)
    await add_follow_up(AddFollowUp(session_id, life.orientation_id, Subject.EXTENSION), work)
    await give_opinion(GiveOpinion(session_id, life.orientation_id, OpinionDraft(opinion, note)), work)


def members(runtime: Runtime, random: Random) -> list[Member]:
    """Three of them never miss a session, so that it can decide."""
    named = MEMBERS[runtime.instance.organisation]
    return [
        Member(runtime.declaration.title_of(organisation), name, rank < 3 or random.random() < 0.7)
        for rank, (organisation, name) in enumerate(named)
    ]


def _verdict(life: Life, held_on: date, runtime: Runtime) -> Draft:
    random = life.random("verdict")
    if life.verdict.startswith("defer"):
        life.verdict = life.verdict.removeprefix("defer-")
        life.deferred_until = held_on + timedelta(days=random.randrange(20, 60))
        return Draft(Kind.DEFER, reason_code=choose(random, DEFERRALS), defer_until=life.deferred_until)
    if life.verdict == "refuse":
        life.verdict = "refused"
        reason = refusal_of(life)
        return Draft(
            Kind.REFUSE,
            reason_code=reason,
            reorientation=random.choice(("ft", "dept", "droit-commun")) if reason != "non-adhesion" else None,
        )
    life.admitted_on = held_on
    life.maison = life.earlier.maison if life.earlier else _maison(random, runtime)
    return Draft(
        Kind.ADMIT,
        maison=life.maison,
        plus_value_code=choose(random, PLUS_VALUES),
        same_person_as=life.earlier.participant_id if life.earlier else None,
    )


def _maison(random: Random, runtime: Runtime) -> str:
    """The Maisons share the admissions as they share the full-time equivalents."""
    maisons = runtime.declaration.maisons_of(runtime.instance.organisation)
    return random.choices(maisons, [runtime.declaration.etp(maison) for maison in maisons])[0]
