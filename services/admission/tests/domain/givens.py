"""What tests of the rules start from: one complete, eligible file and an open session."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from plie_admission.domain.criteria import PreAssessment, Residence, assess
from plie_admission.domain.decisions import Draft, Ground, Kind
from plie_admission.domain.files import File, Status
from plie_admission.domain.orientations import Identity, Orientation
from plie_admission.domain.sessions import Member, Session
from plie_contracts.events import (
    FilePrescriber,
    FileSituation,
    IdentityProvided,
    OrientationFile,
    OrientationReceived,
    Person,
    Prescriber,
    Situation,
)

ORIENTATION = UUID("01995b6e-7c00-7a31-9f55-0a1b2c3d4e01")
PARTICIPANT = UUID("01997f10-5a00-7b42-8c66-1b2c3d4e5f02")
SESSION = UUID("01997e00-0000-7000-8000-000000000003")
OTHER_SESSION = UUID("01997e00-0000-7000-8000-000000000004")
TODAY = date(2026, 3, 12)
VOIRON = Residence(commune="Voiron", territory="Pays voironnais", served=True)


def orientation(**changes: Any) -> Orientation:
    given: dict[str, Any] = {
        "facts_known": True,
        "identity": Identity("Bérard", "Noémie", date(1983, 5, 4), phone="+33476000000"),
        "received_on": date(2026, 3, 2),
        "prescriber_kind": "DEPT",
        "commune_insee": "38563",
        "employment": "unemployed",
        "unemployed_since": date(2024, 5, 1),
        "rsa_recipient": False,
        "first_time_jobseeker": False,
        "entering_iae": False,
        "precarious_jobs": False,
        "foreign_diploma": False,
        "qpv_resident": False,
        "education_level": 4,
        "disability": "no",
        "barriers": ("mobilite",),
        "adhesion": True,
        "adhesion_on": date(2026, 3, 1),
        "motivation": "Souhaite reprendre une activité.",
    }
    return Orientation(ORIENTATION, **(given | changes))


def facts(**changes: Any) -> OrientationReceived:
    given: dict[str, Any] = {
        "orientation_id": ORIENTATION,
        "addressed_to": "centre-isere",
        "received_at": datetime(2026, 3, 2, 8, 14, 5, tzinfo=UTC),
        "prescriber": Prescriber(kind="DEPT", structure_code="mdd-voiron"),
        "person": Person(age=42, sex="F", commune_insee="38563", qpv_resident=False, education_level=2),
        "situation": Situation(
            employment="unemployed",
            unemployed_months=22,
            rsa_recipient=True,
            first_time_jobseeker=False,
            entering_iae=False,
        ),
        "barriers": ("mobilite", "numerique"),
        "adhesion": True,
        "continuity": False,
    }
    return OrientationReceived(**(given | changes))


def snapshot(**changes: Any) -> IdentityProvided:
    given: dict[str, Any] = {
        "subject_kind": "orientation",
        "subject_id": ORIENTATION,
        "last_name": "Bérard",
        "first_name": "Noémie",
        "birth_date": date(1983, 5, 4),
        "commune_insee": "38563",
        "phone": "+33476000000",
        "disability": "prefer-not-to-say",
        "sensitive_barriers": ("sante",),
        "motivation": "Souhaite reprendre une activité.",
        "file": OrientationFile(
            orientation_id=ORIENTATION,
            external_reference="RSA-2026-000123",
            prescriber=FilePrescriber(
                organisation="departement-38", kind="DEPT", structure="Maison du Département Voiron", advisor="C. 12"
            ),
            received_on=date(2026, 3, 2),
            situation=FileSituation(
                employment="unemployed",
                unemployed_since=date(2024, 5, 1),
                rsa_recipient=True,
                first_time_jobseeker=False,
                entering_iae=False,
            ),
            education_level=2,
            barriers=("mobilite", "numerique"),
            adhesion_on=date(2026, 3, 1),
        ),
    }
    return IdentityProvided(**(given | changes))


def sent_by(kind: str) -> OrientationFile:
    """The file of `snapshot()`, from a prescriber of another kind."""
    file = snapshot().file
    assert file is not None
    return file.model_copy(update={"prescriber": FilePrescriber(organisation="mission-locale", kind=kind)})


def members(*, present: int = 3, organisations: int = 2) -> tuple[Member, ...]:
    return tuple(
        Member(organisation=f"Organisation {n % organisations}", name=f"Membre {n}", present=True)
        for n in range(present)
    )


def session(**changes: Any) -> Session:
    return Session(**({"session_id": SESSION, "held_on": TODAY, "place": "Voiron", "members": members()} | changes))


def file(**changes: Any) -> File:
    given = {
        "orientation_id": ORIENTATION,
        "status": Status.IN_COMMISSION,
        "name": "Noémie Bérard",
        "session_id": SESSION,
    }
    return File(**(given | changes))


def assessment(residence: Residence = VOIRON, **changes: Any) -> PreAssessment:
    return assess(orientation(**changes), residence, TODAY)


def ground(assessed: PreAssessment | None = None, **changes: Any) -> Ground:
    given: dict[str, Any] = {
        "clas": "centre-isere",
        "maisons": {"centre-isere"},
        "assessment": assessed or assessment(),
        "held_on": TODAY,
        "today": TODAY,
    }
    return Ground(**(given | changes))


def admission(**changes: Any) -> Draft:
    given: dict[str, Any] = {"maison": "centre-isere", "plus_value_code": "levee-freins"}
    return Draft(Kind.ADMIT, **(given | changes))


def deferral(**changes: Any) -> Draft:
    given: dict[str, Any] = {"reason_code": "dossier-incomplet", "defer_until": date(2026, 4, 9)}
    return Draft(Kind.DEFER, **(given | changes))


def refusal(**changes: Any) -> Draft:
    return Draft(Kind.REFUSE, **({"reason_code": "deja-accompagne"} | changes))
