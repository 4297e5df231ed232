"""Outbox rows of many lives like the demo's: one life is written with the strict writers, then repeated under other ids."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from plie_chassis.calendar import PARIS
from plie_chassis.ids import new_id
from plie_contracts import records
from plie_contracts.events import EVENTS

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=PARIS)
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

COLUMNS = ("id", "topic", "key", "sequence", "type", "value", "time", "traceparent")
Row = tuple[UUID, str, str, int, str, bytes, datetime, str]

Person = tuple[str, str]
"""(orientation_id, participant_id)"""


@dataclass(frozen=True)
class Said:
    family: str
    event: str
    value: bytes


class Lives:
    """`clas` and `maison` are the slugs of the organisations that admit and accompany."""

    def __init__(self, clas: str, maison: str) -> None:
        self._orientation_id, self._participant_id = new_id(NOW), new_id(NOW)
        self._said = tuple(self._one_life(clas, maison))

    def length(self, *families: str) -> int:
        """Events of a life, all of them or those of some families."""
        return sum(not families or said.family in families for said in self._said)

    def rows(self, family: str, topic: str, people: Sequence[Person]) -> Iterator[Row]:
        """What one family says of these people: everyone's first event, then everyone's second…"""
        orientation_id, participant_id = str(self._orientation_id).encode(), str(self._participant_id).encode()
        own = [said for said in self._said if said.family == family]
        for sequence, said in enumerate(own, start=1):
            for oriented, accompanied in people:
                value = said.value.replace(orientation_id, oriented.encode())
                value = value.replace(participant_id, accompanied.encode())
                key = accompanied if family == "parcours" else oriented
                yield new_id(), topic, key, sequence, said.event, value, NOW, TRACEPARENT

    def parcours(self, topic: str, count: int) -> list[Row]:
        """`count` rows of a Maison."""
        told = people(count // self.length("parcours") + 1)
        return list(islice(self.rows("parcours", topic, told), count))

    def _one_life(self, clas: str, maison: str) -> Iterator[Said]:
        orientation = {"orientation_id": self._orientation_id}
        parcours = {"participant_id": self._participant_id, "parcours_no": 1}
        step, job = {"step_id": new_id(NOW)}, {"job_id": new_id(NOW)}
        yield said(
            "OrientationReceived",
            **orientation,
            addressed_to=clas,
            received_at=NOW,
            prescriber={"kind": "DEPT"},
            person={"age": 42, "sex": "F", "commune_insee": "38185", "qpv_resident": False, "education_level": 2},
            situation={
                "employment": "unemployed",
                "unemployed_months": 20,
                "rsa_recipient": True,
                "first_time_jobseeker": False,
                "entering_iae": False,
            },
            barriers=("mobilite", "numerique"),
            adhesion=True,
            continuity=False,
        )
        yield said(
            "AdmissionValidated",
            **orientation,
            participant_id=self._participant_id,
            parcours_no=1,
            decision_number=1,
            clas=clas,
            maison=maison,
            decided_on="2024-01-15",
            session_id=new_id(NOW),
            criteria=dict.fromkeys(("territory", "without_employment", "difficulties", "adhesion"), "met"),
            overridden=False,
            plus_value_code="levee-freins",
        )
        yield said(
            "ParcoursOpened", **parcours, opened_on="2024-01-20", referent_id="ref-03", modality="emploi-renforce"
        )
        for month in range(2, 13):
            yield said(
                "ContactLogged",
                **parcours,
                contact_id=new_id(NOW),
                occurred_on=date(2024, month, 5),
                medium="presentiel" if month == 2 else "telephone",
                outcome="honore",
                duration_minutes=45,
                referent_id="ref-03",
                stage="welcome" if month == 2 else "accompaniment",
                first_interview=month == 2,
            )
        yield said("ContractSigned", **parcours, contract_id=new_id(NOW), kind="contrat-plie", signed_on="2024-02-20")
        yield said("StepStarted", **parcours, **step, kind="qualifiant", started_on="2024-05-02")
        yield said("StepEnded", **parcours, **step, ended_on="2024-09-30", status="done", hours=210)
        yield said("JobStarted", **parcours, **job, started_on="2024-12-16", contract_kind="cdi", durable=True)
        yield said("FollowUpStarted", **parcours, **job, started_on="2024-12-16")
        for month, on in ((3, "2025-03-16"), (6, "2025-06-16")):
            yield said("FollowUpMilestone", **parcours, **job, month=month, in_employment=True, attested_on=on)
        yield said(
            "FollowUpEnded",
            **parcours,
            **job,
            ended_on="2025-06-16",
            outcome="in-employment",
            months_followed=6,
            retained_3_months=True,
            retained_6_months=True,
        )
        yield said("ParcoursEnded", **parcours, ended_on="2025-06-20", kind="positive", reason_code="emploi-durable")


def people(count: int) -> list[Person]:
    return [(str(new_id()), str(new_id())) for _ in range(count)]


def said(name: str, **fields: Any) -> Said:
    event = EVENTS[name].model_validate(fields, strict=False)
    return Said(event.FAMILY, name, records.encode(event))
