"""The active file with its filters, and a participant from the orientation to the exit.

A name is searched by POST, as names do not stand in addresses.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import QueryParameter

from plie_chassis.calendar import long_date, months_inclusive, short_date
from plie_chassis.typesetting import NBSP, phone
from plie_chassis.unit_of_work import UnitOfWork
from plie_chassis.web import Edge, Page, page, redirect
from plie_chassis.web.typography import count
from plie_contracts import vocabulary
from plie_contracts.events import IdentityProvided
from plie_contracts.territory import COMMUNES
from plie_parcours.domain.deadlines import alerts
from plie_parcours.domain.exits import positive_exit
from plie_parcours.domain.parcours import Parcours
from plie_parcours.queries import people
from plie_parcours.queries.files import ParticipantFile, file_of
from plie_parcours.queries.people import Listed, Search
from plie_parcours.queries.referents import names_of_referents
from plie_parcours.web.access import READERS, may_write, own_referent
from plie_parcours.web.pages import employment, moves, timeline
from plie_parcours.web.pages.obligations import obligation, tag

PAGE = 50
FOUND_AT_MOST = 100
REVIEWS_SHOWN = 4
FACTS_SHOWN = 30
EVERYONE = "tous"
STAGES = [(code, vocabulary.label("stage", code)) for code in vocabulary.codes("stage")]


@get("/participants", guards=[READERS])
async def listed(edge: Edge, stage: str = "", referent: str = "", cursor: UUID | None = None) -> Page:
    async with edge.read() as work:
        search = _search(edge, stage=stage, referent=referent)
        found, following = await people.listed(search, work, after=cursor, limit=PAGE)
        total = await people.count_of(search, work)
        return await _list_page(
            edge, work, found, total=total, following=following, text="", stage=stage, referent=referent
        )


@post("/participants", guards=[READERS], status_code=200)
async def search(edge: Edge) -> Response[Any]:
    """The first matches; without a text, the filters get an address of their own."""
    form = await edge.form()
    text, stage, referent = (form.value(name) for name in ("q", "stage", "referent"))
    if not text.strip():
        return redirect(f"/participants?stage={stage}&referent={referent}")
    async with edge.read() as work:
        wanted = _search(edge, stage=stage, referent=referent or EVERYONE, text=text)
        found, _ = await people.listed(wanted, work, limit=FOUND_AT_MOST)
        return await _list_page(
            edge, work, found, total=len(found), following=None, text=text, stage=stage, referent=referent or EVERYONE
        )


@get("/participants/{participant_id:uuid}", guards=[READERS])
async def one(
    participant_id: UUID,
    edge: Edge,
    fil: Annotated[str, QueryParameter(description="contacts, etapes, emploi")] = "",
    tout: bool = False,
) -> Page:
    async with edge.read() as work:
        file = await file_of(participant_id, work)
        referents = await names_of_referents(work)
        today, maison, title_of = work.today, work.instance.title, partial(moves.title_of, work.declaration)
    parcours = file.parcours
    lines = timeline.lines(file.facts, title_of, fil)
    writes = parcours.referent_id is not None and may_write(edge.actor, parcours)
    return page(
        "parcours/participant.html",
        file=file,
        parcours=parcours,
        identity=file.identity,
        name=name_of(file.identity),
        lede=lede(file, today),
        tags=tags(file),
        stages=stages(file, today),
        alerts=[
            obligation(each, participant_id, today, followed=parcours.referent_id is not None)
            for each in alerts(file.owed, today)
        ],
        positive=positive_exit(parcours, parcours.exit.ended_on if parcours.exit else today),
        jobs=sorted(parcours.jobs.values(), key=lambda job: job.started_on, reverse=True),
        tracks={subject: employment.track(follow_up, today) for subject, follow_up in parcours.follow_ups.items()},
        steps=sorted(parcours.steps.values(), key=lambda step: step.started_on, reverse=True),
        barriers=barriers(parcours),
        reviews=parcours.reviews[-REVIEWS_SHOWN:],
        lines=lines if tout else lines[:FACTS_SHOWN],
        older=0 if tout else max(len(lines) - FACTS_SHOWN, 0),
        fil=fil,
        referents=referents,
        maison=maison,
        phone=phone,
        communes=COMMUNES,
        banner=moves.banner(parcours, today, title_of),
        writes=writes,
        may_assign="coordinator" in edge.actor.roles and moves.may_be_assigned(parcours, today),
        coordinates="coordinator" in edge.actor.roles,
        today=today,
    )


def name_of(identity: IdentityProvided | None) -> str:
    return f"{identity.first_name} {identity.last_name}" if identity else "Identité à venir"


def lede(file: ParticipantFile, today: date) -> Sequence[str]:
    """Age and commune; phone and e-mail are links of the page."""
    if file.identity is None:
        return ("La CLAS n’a pas encore transmis l’identité.",)
    age = months_inclusive(file.identity.birth_date, today) // 12
    commune = COMMUNES.get(file.commune_insee or "")
    return (count(age, "an"), commune.name if commune else f"commune {file.commune_insee}")


def tags(file: ParticipantFile) -> Sequence[str]:
    found = []
    if file.identity and file.identity.file:
        situation, level = file.identity.file.situation, file.identity.file.education_level
        found += ["RSA à l’entrée"] if situation.rsa_recipient else []
        if situation.unemployed_since:
            found.append(f"Sans emploi depuis {short_date(situation.unemployed_since)}")
        found += [vocabulary.label("education-level", level)] if level is not None else []
    return [*found, f"Parcours n°{NBSP}{file.parcours.number}"]


def stages(file: ParticipantFile, today: date) -> Sequence[Mapping[str, str]]:
    """From the orientation to the exit: what is done, where it stands, what is ahead."""
    parcours = file.parcours
    received = file.identity.file.received_on if file.identity and file.identity.file else None
    contract = min((contract.signed_on for contract in parcours.contracts.values()), default=None)
    job = min((job.started_on for job in parcours.jobs.values()), default=None)
    followed = next((each for each in parcours.follow_ups.values() if each.ended_on is None), None)
    welcome_day = (today - parcours.admitted_on).days
    steps = [
        ("Orientation", short_date(received) if received else "date à venir", True),
        ("Admission", short_date(parcours.admitted_on), True),
        ("Accueil", short_date(contract) if contract else f"{count(welcome_day, 'jour')} depuis l’admission", contract),
        ("Accompagnement", count(months_inclusive(contract, job), "mois", "mois") if contract and job else "", job),
        ("Emploi", short_date(job) if job else "", job and (parcours.stage != "job" or parcours.follow_ups)),
    ]
    if parcours.follow_ups:
        note = f"{employment.current_month(followed, today)}e mois sur 6" if followed else "terminé"
        steps.append(("Suivi en emploi", note, not followed))
    shown, current_seen = [], parcours.exit is not None
    for title, note, done in steps:
        state = "done" if done else "done" if parcours.exit else "ahead" if current_seen else "current"
        current_seen = current_seen or state == "current"
        shown.append({"title": title, "note": note, "state": state})
    exit_note = long_date(parcours.exit.ended_on) if parcours.exit else ""
    return [*shown, {"title": "Sortie", "note": exit_note, "state": "done" if parcours.exit else "ahead"}]


def barriers(parcours: Parcours) -> Sequence[tuple[str, Sequence[int | None], str]]:
    """Each barrier that was ever rated, its level at the last reviews, and how it went."""
    reviews = parcours.reviews[-REVIEWS_SHOWN:]
    rows = []
    for code in vocabulary.codes("barrier"):
        levels = [review.levels.get(code) for review in reviews]
        rated = [level for level in levels if level is not None]
        if rated:
            rows.append((code, levels, _change(rated[0], rated[-1]) if len(rated) > 1 else ""))
    return rows


def _change(first: int, last: int) -> str:
    return "inchangé" if first == last else "en baisse" if last < first else "en hausse"


def _search(edge: Edge, *, stage: str, referent: str, text: str = "") -> Search:
    """A référent's own file unless they ask for everyone's."""
    own = own_referent(edge.actor)
    wanted = own if not referent else None if referent == EVERYONE else referent
    return Search(text, stage if stage in dict(STAGES) else None, wanted)


async def _list_page(
    edge: Edge,
    work: UnitOfWork,
    found: Sequence[Listed],
    *,
    total: int,
    following: UUID | None,
    text: str,
    stage: str,
    referent: str,
) -> Page:
    referents = await names_of_referents(work)
    return page(
        "parcours/participants.html",
        people=[(listed, moves.tag(listed.person, work.today), tag(listed.next_due, work.today)) for listed in found],
        total=total,
        next_cursor=following,
        text=text,
        stage=stage,
        referent=referent,
        stage_options=STAGES,
        referents=referents,
        own=own_referent(edge.actor),
        narrowed=bool(text or stage or referent),
        communes=COMMUNES,
    )
