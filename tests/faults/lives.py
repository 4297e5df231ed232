"""People on their way through the chain, each with decisions of their own drawn from the round's seed."""

import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from plie_chassis.calendar import PARIS

from .driver import Driver, GivenUp, Refused
from .history import Effect
from .world import PRODUCERS, REFERENT

COMMUNES = ("38563", "38565", "38412")
FATES = ("admit", "defer", "refuse", "rectify", "withdraw")


@dataclass
class Life:
    """`shift` is how far the services' clock is from the machine's; `number` tells the life apart within its round."""

    driver: Driver
    rng: Random
    number: int
    shift: timedelta = timedelta()
    way: str = ""
    """`http` or `kafka`; drawn where it is not said."""
    fate: str = ""
    """`admit`, `defer`, `refuse`, `rectify` (refused, then admitted after all) or `withdraw`; drawn where it is not said."""
    reference: str = ""
    orientation_id: str = ""
    participant_id: str = ""

    @property
    def today(self) -> str:
        return self.day(0)

    def day(self, ahead: int) -> str:
        now = (datetime.now(UTC) + self.shift).astimezone(PARIS)
        return (now.date() + timedelta(days=ahead)).isoformat()

    def mark(self, what: str) -> str:
        return f"{what} {uuid.uuid4().hex[:12]}"

    async def run(self) -> None:
        """To its end, or to where an answer was lost for good. Raises Stalled where the chain does not go on."""
        with suppress(GivenUp, Refused):
            if not self.orientation_id:
                await self.oriented()
            # What a direct producer sent only it withdraws, and not over Kafka.
            self.fate = self.fate or self.rng.choices(FATES, (6, 1, 1, 1, self.way == "http"))[0]
            if self.fate == "withdraw":
                await self._withdrawn()
                return
            if await self._decided():
                await self._accompanied()

    async def oriented(self) -> None:
        self.reference = f"PANNE-{uuid.uuid4().hex[:12]}"
        orientation, world = self.driver.world["orientation"], self.driver.world
        self.way = self.way or ("kafka" if self.rng.random() < 0.3 else "http")
        if self.way == "kafka":
            producer = self.rng.choice(PRODUCERS)
            kind, structure = {"mission-locale": ("ML", "Mission Locale"), "ccas": ("CCAS", "CCAS de Voiron")}[producer]
            body = submission(self.reference, kind, structure, self.today, self.rng)
            effect = Effect("orientation", self.reference)
            await self.driver.submit(producer, body, effect, id_=f"{self.number}-{self.reference}")
            if self.rng.random() < 0.3:  # a producer that is not sure sends it again, under another id
                await self.driver.submit(producer, body, None)
            listed = await self.driver.seen(
                world["orientation"], f"/orientations?external_reference={self.reference}", "items"
            )
            self.orientation_id = listed["items"][0]["orientation_id"]
            return
        body = submission(self.reference, "DEPT", "Maison du Département Voiron", self.today, self.rng)
        effect = Effect("orientation", self.reference)
        answer = await self.driver.send(self.rng, orientation, "/orientations", body, effect)
        self.orientation_id = answer["orientation_id"]

    async def _withdrawn(self) -> None:
        await self.driver.send(
            self.rng,
            self.driver.world["orientation"],
            f"/orientations/{self.orientation_id}/withdraw",
            {"reason_code": "emploi-trouve"},
            Effect("withdrawal", self.orientation_id),
        )

    async def _decided(self) -> bool:
        """Whether the person was admitted."""
        clas, world = self.driver.world["admission"], self.driver.world
        await self.driver.seen(clas, f"/files/{self.orientation_id}", "external_reference")
        place = self.mark("Voiron, salle")
        session = await self.driver.send(
            self.rng, clas, "/sessions", {"held_on": self.today, "place": place, "members": MEMBERS}, Effect("session", place)
        )  # fmt: skip
        at, who = f"/sessions/{session['session_id']}", self.orientation_id
        await self.driver.send(
            self.rng, clas, f"{at}/agenda", {"orientation_ids": [who]}, Effect("agenda", f"{place} {who}")
        )
        admission = {"maison": world.organisation("centre-isere"), "plus_value_code": "coordination-parcours"}
        first = "refuse" if self.fate == "rectify" else self.fate
        stated = {
            "admit": admission,
            "defer": {"reason_code": "absent", "defer_until": self.day(60)},
            "refuse": {"reason_code": "sans-plus-value"},
        }[first]
        draft = await self.driver.send(
            self.rng,
            clas,
            f"/files/{who}/decision",
            {"session_id": session["session_id"], "decision": first, **stated},
            Effect("draft", f"{place} {who}"),
        )
        await self.driver.send(self.rng, clas, f"{at}/close", {}, Effect("close", place))
        if self.fate == "rectify":
            reason = "Une pièce manquait au dossier."
            draft = await self.driver.send(
                self.rng,
                clas,
                f"/files/{who}/decision",
                {"session_id": session["session_id"], "decision": "admit", "rectifies": True, "override_reason": reason}
                | admission,
                Effect("rectification", who),
            )
        self.participant_id = draft["participant_id"] or ""
        return self.fate in {"admit", "rectify"}

    async def _accompanied(self) -> None:
        maison, rng = self.driver.world["parcours"], self.rng
        at, who = f"/participants/{self.participant_id}", self.participant_id
        await self.driver.seen(maison, at, stage="welcome")

        async def told(path: str, body: dict[str, Any], effect: Effect) -> dict[str, Any]:
            """The next fact goes on from a lost answer or a refusal: the file has its own rules about what may follow."""
            with suppress(GivenUp, Refused):
                return await self.driver.send(rng, maison, at + path, body, effect)
            return {}

        await told("/referent", {"referent_id": REFERENT}, Effect("ParcoursOpened", who))
        await self._contact(told, "presentiel")
        await told(
            "/contracts",
            {"kind": "contrat-plie", "signed_on": self.today, "ends_on": None},
            Effect("ContractSigned", who),
        )
        for _ in range(rng.randint(1, 4)):
            await self._contact(told, rng.choice(("presentiel", "telephone", "visio")))
        if rng.random() < 0.3:
            return
        job = await self._job(told)
        if not job or rng.random() < 0.2:
            return
        await told(
            f"/jobs/{job['job_id']}/end",
            {"ended_on": self.today, "reason_code": "periode-essai"},
            Effect("JobEnded", who),
        )
        await told(
            f"/follow-ups/{job['job_id']}/end",
            {"ended_on": self.today, "outcome": "job-ended", "evidence": None},
            Effect("FollowUpEnded", who),
        )
        await told(
            "/exit", {"ended_on": self.today, "kind": "sans-suite", "reason_code": "demenagement"}, Effect("ParcoursEnded", who)
        )  # fmt: skip

    async def _contact(self, told: Any, medium: str) -> None:
        note = self.mark("note")
        body = {
            "occurred_on": self.today,
            "medium": medium,
            "format": "individuel",
            "with_referent": True,
            "outcome": "honore",
            "duration_minutes": self.rng.randint(5, 90),
            "note": note,
        }
        await told("/contacts", body, Effect("ContactLogged", note))

    async def _job(self, told: Any) -> dict[str, Any]:
        employer = self.mark("employeur")
        kind, months = self.rng.choice((("cdi", None), ("cdd", 3), ("interim", None)))
        body = {
            "started_on": self.today,
            "contract_kind": kind,
            "contract_months": months,
            "weekly_hours": 28,
            "chosen_part_time": True,
            "employer": employer,
            "employer_kind": "association",
            "employer_size": "sme",
            "rome": "K2204",
        }
        job: dict[str, Any] = await told("/jobs", body, Effect("JobStarted", employer))
        return job


MEMBERS = [
    {"organisation": "centre-isere", "name": "Odile Marquisan", "present": True},
    {"organisation": "departement-38", "name": "Grégory Vinaypas", "present": True},
    {"organisation": "pole-emploi-38", "name": "Lucile Chavassieu", "present": True},
]


def submission(reference: str, kind: str, structure: str, today: str, rng: Random) -> dict[str, Any]:
    """The body of an orientation that meets every criterion."""
    return {
        "external_reference": reference,
        "prescriber": {
            "kind": kind,
            "structure": structure,
            "advisor": "Odile Marquisan",
            "advisor_email": "o.marquisan@example.org",
        },
        "person": {
            "last_name": "Chabert",
            "first_name": f"Maëlle {reference[-6:]}",
            "birth_date": f"19{rng.randint(60, 99)}-05-04",
            "sex": rng.choice("FM"),
            "commune_insee": rng.choice(COMMUNES),
            "address": "12 rue Exemple, 38500 Voiron",
            "phone": "+33476000000",
            "email": None,
        },
        "situation": {
            "employment": "unemployed",
            "unemployed_since": "2024-05-01",
            "rsa_recipient": rng.random() < 0.5,
            "first_time_jobseeker": False,
            "entering_iae": False,
            "precarious_jobs": True,
            "foreign_diploma": False,
            "education_level": rng.randint(0, 5),
            "qpv_resident": rng.random() < 0.5,
            "disability": "prefer-not-to-say",
        },
        "barriers": ["mobilite", "numerique"],
        "adhesion": {"given": True, "on": today},
        "motivation": "Souhaite reprendre une activité à temps partiel.",
        "continuity": None,
    }
