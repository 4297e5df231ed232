"""One invented life: who, when oriented, what the commission will say of it, and what becomes of the parcours."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from uuid import UUID

from plie_contracts.declaration import Declaration
from plie_deploy.lives.people import STRUCTURES, Person, invent
from plie_deploy.lives.seasons import day_of_orientation

YEARS = 4
# Entries of four years: Centre Isère's 570; Grenoble's 70 a référent and a renewal of 30 % a year for 10.95 ETP.
ENTRIES = {"centre-isere": 570, "metropole": round(10.95 * 70 * (1 + 0.30 * YEARS))}
ADMITTED_OF_ORIENTED = 0.80

VERDICTS = {"admit": 76, "defer-admit": 6, "defer-refuse": 3, "refuse": 11, "withdraw": 4}
REFUSALS = {
    "sans-plus-value": 26, "non-adhesion": 21, "deja-accompagne": 15, "non-joignable": 14, "freins-peripheriques": 12, "reoriente": 12,
}  # fmt: skip
DEFERRALS = {"absent": 45, "dossier-incomplet": 35, "session-complete": 20}
FATES = {
    "job": 47,
    "qualification": 6,
    "abandon": 18,
    "demenagement": 7,
    "sante": 4,
    "retraite": 2,
    "autre": 4,
    "en-attente": 4,
    "long": 8,
}


@dataclass
class Life:
    """`earlier` is the life that the person had here before, for a re-entry; `by_file`: oriented by an import.

    `question`: codes that the commission asked of the prescriber.
    """

    person: Person
    clas: str
    number: int
    seed: int
    oriented_on: date
    verdict: str
    fate: str
    earlier: "Life | None" = None
    orientation_id: UUID | None = None
    participant_id: UUID | None = None
    maison: str | None = None
    referent_id: str | None = None
    admitted_on: date | None = None
    ended_on: date | None = None
    deferred_until: date | None = None
    reference: str = field(default="")
    by_file: bool = False
    question: tuple[str, ...] | None = None

    def random(self, part: str) -> Random:
        """Dice of this life's own, so that one part never changes another."""
        return Random(f"{self.seed}/{self.clas}/{self.number}/{part}")


def choose(random: Random, weights: dict[str, int]) -> str:
    return random.choices(list(weights), list(weights.values()))[0]


def first_lives(declaration: Declaration, clas: str, share: float, today: date, seed: int) -> list[Life]:
    """Everybody oriented to a commission in four years, in the order of their orientation."""
    random = Random(f"{seed}/{clas}")
    count = round(ENTRIES[clas] / ADMITTED_OF_ORIENTED * share)
    first = today.replace(year=today.year - YEARS, day=1)
    days = sorted(day_of_orientation(random, first, today - timedelta(days=1)) for _ in range(count))
    return [
        Life(
            person=invent(random, clas, declaration, day),
            clas=clas,
            number=number,
            seed=seed,
            oriented_on=day,
            verdict=choose(random, VERDICTS),
            fate=choose(random, FATES),
            reference=f"{clas[:2].upper()}-{day.year}-{number:05d}",
        )
        for number, day in enumerate(days, start=1)
    ]


def lives_in_a_file(declaration: Declaration, kind: str, count: int, number: int, on: date, seed: int) -> list[Life]:
    """People whom prescribers of one kind orient together; the last three find their way before the commission meets."""
    random = Random(f"{seed}/file/{kind}/{number}")
    structures = STRUCTURES[kind]
    lives = []
    for line in range(count):
        person = invent(random, "centre-isere", declaration, on)
        structure = structures.get(person.territory, structures[""])
        lives.append(
            Life(
                person=replace(person, prescriber_kind=kind, structure=structure),
                clas="centre-isere",
                number=number + line,
                seed=seed,
                oriented_on=on,
                verdict="withdraw" if line >= count - 3 else "admit",
                fate=choose(random, FATES),
                reference=f"RSA-{on:%Y-%m}-{line + 1:03d}",
                by_file=True,
            )
        )
    return lives


def re_entries(lives: list[Life], today: date) -> list[Life]:
    """Some who left without a lasting job come back, half a year later or more."""
    found: list[Life] = []
    for life in lives:
        random = life.random("re-entry")
        if life.ended_on is None or life.fate in {"job", "qualification", "retraite"} or random.random() > 0.2:
            continue
        back_on = life.ended_on + timedelta(days=random.randrange(180, 420))
        if back_on < today - timedelta(days=10):
            day = day_of_orientation(random, back_on, min(back_on + timedelta(days=30), today - timedelta(days=1)))
            number = 50_000 + life.number
            reference = f"{life.clas[:2].upper()}-{day.year}-{number}"
            found.append(
                Life(
                    life.person,
                    life.clas,
                    number,
                    life.seed,
                    day,
                    "admit",
                    choose(random, FATES),
                    life,
                    reference=reference,
                )
            )
    return found
