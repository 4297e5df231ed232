"""What lies on a prescriber's desk: forms begun, a file that was imported, another to look through."""

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from sqlalchemy import select

from plie_chassis.accounts.commands import list_accounts
from plie_chassis.accounts.tables import Account
from plie_chassis.calendar import is_working_day, next_working_day
from plie_chassis.ids import new_id
from plie_chassis.service import Runtime
from plie_chassis.unit_of_work import UnitOfWork
from plie_contracts.declaration import Declaration
from plie_contracts.events import OrientationSubmitted
from plie_contracts.territory import COMMUNES
from plie_contracts.vocabulary import label
from plie_deploy.lives.life import Life, lives_in_a_file
from plie_deploy.lives.orienting import submission
from plie_deploy.lives.seasons import office_hours
from plie_orientation import sheets
from plie_orientation.domain import imports as states
from plie_orientation.domain.authors import Author
from plie_orientation.handlers import import_steps
from plie_orientation.handlers.drafts import SaveDraft, save_draft
from plie_orientation.handlers.imports import (
    MapColumns,
    SendImport,
    StartImport,
    map_columns,
    send_import,
    start_import,
)
from plie_orientation.tables import Import, ImportRow

KINDS = {"departement-38": "DEPT", "pole-emploi-38": "FT", "metropole": "CCAS"}
IN_THE_FILE = 12
DAYS_AGO = 6
"""So that no session has seen these files yet."""
FIRST_NUMBER = 60_000
COLUMNS = (
    "Nom", "Prénom", "Date de naissance", "Sexe", "Commune", "Adresse", "Téléphone", "Situation d’emploi", "Sans emploi depuis",
    "Bénéficiaire du RSA", "Freins", "Niveau CITE", "Observations", "Adhésion", "Date d’adhésion", "Qualité", "Structure",
    "Travailleur social", "Référence",
)  # fmt: skip
BIRTH, COMMUNE = COLUMNS.index("Date de naissance"), COLUMNS.index("Commune")

DRAFTS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (1, ("person.", "situation.", "barriers", "motivation")),
    (6, ("person.last_name", "person.first_name", "person.birth_date", "person.commune_insee")),
    (28, ("person.", "situation.", "barriers", "motivation", "adhesion.", "prescriber.kind", "prescriber.structure")),
)
"""How many days ago each was last touched, and what is filled in; the last is forgotten in two days."""


def imported_lives(declaration: Declaration, today: date, seed: int) -> list[Life]:
    day = next_working_day(today - timedelta(days=DAYS_AGO))
    return lives_in_a_file(declaration, KINDS["departement-38"], IN_THE_FILE, FIRST_NUMBER, day, seed)


async def import_files(runtime: Runtime, lives: Sequence[Life], today: date) -> None:
    """One file is sent, but for two lines that have to be corrected; another waits for a look, since yesterday."""
    if not lives:
        return
    day, seed, kind = lives[0].oriented_on, lives[0].seed, lives[0].person.prescriber_kind
    spare = lives_in_a_file(runtime.declaration, kind, 2, FIRST_NUMBER + 100, day, seed)
    wrong = [[*line] for line in map(_line, spare)]
    wrong[0][BIRTH], wrong[1][COMMUNE] = "31/02/1988", "Saint-Martin"
    first = [*map(_line, lives[:5]), wrong[0], *map(_line, lives[5:]), wrong[1]]
    yesterday = next(filter(is_working_day, (today - timedelta(days=days) for days in range(1, 10))))
    later = lives_in_a_file(runtime.declaration, kind, 7, FIRST_NUMBER + 200, yesterday, seed)
    second = [*map(_line, later), [*_line(lives[0])[:-1], "RSA-BIS"], *(wrong[:1])]
    random = Random(f"{seed}/files")
    async with runtime.units.begin() as work:
        work.now = office_hours(random, day)
        made = await _checked(f"orientations-rsa-{day:%Y-%m}.csv", first, work)
        await send_import(SendImport(made.id, await _author(work)), work)
        await _work_through(made, work)
        rows = select(ImportRow.number, ImportRow.orientation_id).where(ImportRow.import_id == made.id)
        numbers = dict((await work.session.execute(rows)).all())
        for life in lives:
            life.orientation_id = numbers[2 + first.index(_line(life))]
    async with runtime.units.begin() as work:
        work.now = office_hours(random, yesterday)
        await _checked(f"permanence-{yesterday:%Y-%m-%d}.csv", second, work)


async def begin_forms(runtime: Runtime, today: date, seed: int) -> None:
    """Drafts of the advisor who signs in."""
    random = Random(f"{seed}/{runtime.instance.name}/drafts")
    people = lives_in_a_file(
        runtime.declaration, KINDS[runtime.instance.organisation], len(DRAFTS), FIRST_NUMBER + 300, today, seed
    )
    for life, (days, filled) in zip(people, DRAFTS, strict=True):
        async with runtime.units.begin() as work:
            account = await _advisor(work)
            work.now = min(office_hours(random, today - timedelta(days=days)), work.now)
            told = _fields(submission(life, random))
            fields = {name: texts for name, texts in told.items() if name.startswith(filled)}
            await save_draft(SaveDraft(new_id(work.now), account.id, fields), work)


async def _checked(name: str, lines: Sequence[Sequence[str]], work: UnitOfWork) -> Import:
    """In one transaction, so that the instance that is running does not take it up meanwhile."""
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows([COLUMNS, *lines])
    sheet = sheets.read(written.getvalue().encode())
    author, account = await _author(work), await _advisor(work)
    command = StartImport(name, sheet.columns, sheet.rows, sheet.numbers, author, account.display_name)
    made = await start_import(command, work)
    await map_columns(MapColumns(made.id, made.mapping, author), work)
    await _work_through(made, work)
    return made


async def _work_through(made: Import, work: UnitOfWork) -> None:
    while made.state in states.AT_WORK:
        await import_steps.go_on(work)


async def _advisor(work: UnitOfWork) -> Account:
    return next(account for account in await list_accounts(work) if "prescriber" in account.roles)


async def _author(work: UnitOfWork) -> Author:
    account = await _advisor(work)
    return Author(account.organisation, account.structure, frozenset(account.prescriber_kinds))


def _line(life: Life) -> list[str]:
    """As a spreadsheet of the Département would say it."""
    told = submission(life, life.random("orientation"))
    person, situation, prescriber = told.person, told.situation, told.prescriber
    return [
        person.last_name, person.first_name, f"{person.birth_date:%d/%m/%Y}", label("sex", person.sex or ""),
        COMMUNES[person.commune_insee].name, person.address or "", person.phone or "",
        label("employment", situation.employment), f"{situation.unemployed_since:%d/%m/%Y}",
        "oui" if situation.rsa_recipient else "non", ", ".join(label("barrier", code) for code in told.barriers),
        str(situation.education_level), told.motivation or "", "oui" if told.adhesion.given else "non",
        f"{life.oriented_on:%d/%m/%Y}", label("prescriber-kind", prescriber.kind), prescriber.structure,
        prescriber.advisor or "", told.external_reference or "",
    ]  # fmt: skip


def _fields(told: OrientationSubmitted) -> dict[str, list[str]]:
    """As the form sends it."""
    person, situation = told.person, told.situation
    given = {
        "person.last_name": person.last_name,
        "person.first_name": person.first_name,
        "person.birth_date": person.birth_date.isoformat(),
        "person.sex": person.sex,
        "person.commune_insee": COMMUNES[person.commune_insee].name,
        "person.address": person.address,
        "person.phone": person.phone,
        "situation.employment": situation.employment,
        "situation.unemployed_since": situation.unemployed_since and situation.unemployed_since.isoformat(),
        "situation.rsa_recipient": "true" if situation.rsa_recipient else None,
        "situation.education_level": str(situation.education_level),
        "motivation": told.motivation,
        "adhesion.given": "true",
        "adhesion.on": told.adhesion.on and told.adhesion.on.isoformat(),
        "adhesion.how": "entretien",
        "prescriber.kind": told.prescriber.kind,
        "prescriber.structure": told.prescriber.structure,
    }
    return {**{name: [text] for name, text in given.items() if text}, "barriers": list(told.barriers)}
