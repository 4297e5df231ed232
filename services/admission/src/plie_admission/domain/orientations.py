"""What the commission knows of an orientation: pseudonymous facts and the named snapshot, whichever came first.

Where both say something, the snapshot is the fuller one; what neither says is None, never a guess.
"""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from plie_chassis.calendar import age_on, paris_date
from plie_contracts.events import FilePrescriber, FileSituation, IdentityProvided, OrientationFile, OrientationReceived
from plie_contracts.vocabulary import codes


@dataclass(frozen=True)
class Identity:
    """Who the person is; only this commission and the Maison it chooses read it."""

    last_name: str
    first_name: str
    birth_date: date
    phone: str | None = None
    email: str | None = None
    address: str | None = None

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class Orientation:
    """`barriers` includes `sante` once the snapshot is here: facts never carry it."""

    orientation_id: UUID
    facts_known: bool = False
    identity: Identity | None = None
    received_on: date | None = None
    external_reference: str | None = None
    prescriber_kind: str | None = None
    organisation: str | None = None
    structure: str | None = None
    advisor: str | None = None
    age_at_reception: int | None = None
    sex: str | None = None
    commune_insee: str | None = None
    continuity: bool = False
    continuity_reason: str | None = None
    employment: str | None = None
    unemployed_since: date | None = None
    unemployed_months: int | None = None
    rsa_recipient: bool | None = None
    first_time_jobseeker: bool | None = None
    entering_iae: bool | None = None
    precarious_jobs: bool | None = None
    foreign_diploma: bool | None = None
    qpv_resident: bool | None = None
    education_level: int | None = None
    disability: str | None = None
    barriers: tuple[str, ...] = ()
    adhesion: bool | None = None
    adhesion_on: date | None = None
    motivation: str | None = None

    def age(self, on: date) -> int | None:
        """Completed years: exact with a birth date, else as the facts gave them at reception."""
        return age_on(on, self.identity.birth_date) if self.identity else self.age_at_reception


def known(orientation_id: UUID, facts: OrientationReceived | None, snapshot: IdentityProvided | None) -> Orientation:
    """Put together what is there; the other half completes it when it comes."""
    orientation = _from_facts(facts) if facts else Orientation(orientation_id)
    if snapshot is None:
        return orientation
    orientation = _with_identity(orientation, snapshot)
    return _with_file(orientation, snapshot.file) if snapshot.file else orientation


def _from_facts(facts: OrientationReceived) -> Orientation:
    person, situation = facts.person, facts.situation
    return Orientation(
        orientation_id=facts.orientation_id,
        facts_known=True,
        received_on=paris_date(facts.received_at),
        prescriber_kind=facts.prescriber.kind,
        age_at_reception=person.age,
        sex=person.sex,
        commune_insee=person.commune_insee,
        continuity=facts.continuity,
        employment=situation.employment,
        unemployed_months=situation.unemployed_months,
        rsa_recipient=situation.rsa_recipient,
        first_time_jobseeker=situation.first_time_jobseeker,
        entering_iae=situation.entering_iae,
        precarious_jobs=situation.precarious_jobs,
        foreign_diploma=situation.foreign_diploma,
        qpv_resident=person.qpv_resident,
        education_level=person.education_level,
        barriers=facts.barriers,
        adhesion=facts.adhesion,
    )


def _with_identity(orientation: Orientation, snapshot: IdentityProvided) -> Orientation:
    return replace(
        orientation,
        identity=Identity(
            last_name=snapshot.last_name,
            first_name=snapshot.first_name,
            birth_date=snapshot.birth_date,
            phone=snapshot.phone,
            email=snapshot.email,
            address=snapshot.address,
        ),
        sex=snapshot.sex or orientation.sex,
        commune_insee=snapshot.commune_insee,
        disability=snapshot.disability,
        barriers=_joined(orientation.barriers, snapshot.sensitive_barriers),
        motivation=snapshot.motivation,
    )


def _with_file(orientation: Orientation, file: OrientationFile) -> Orientation:
    situation, prescriber = file.situation, file.prescriber
    return replace(
        orientation,
        received_on=file.received_on,
        external_reference=file.external_reference,
        prescriber_kind=prescriber.kind,
        organisation=prescriber.organisation,
        structure=prescriber.structure,
        advisor=prescriber.advisor,
        continuity=orientation.continuity or file.continuity_reason is not None,
        continuity_reason=file.continuity_reason,
        employment=situation.employment,
        unemployed_since=situation.unemployed_since,
        rsa_recipient=situation.rsa_recipient,
        first_time_jobseeker=situation.first_time_jobseeker,
        entering_iae=situation.entering_iae,
        precarious_jobs=situation.precarious_jobs,
        foreign_diploma=situation.foreign_diploma,
        qpv_resident=orientation.qpv_resident if situation.qpv_resident is None else situation.qpv_resident,
        education_level=orientation.education_level if file.education_level is None else file.education_level,
        barriers=_joined(file.barriers, orientation.barriers),
        adhesion=orientation.adhesion if orientation.facts_known else file.adhesion_on is not None or None,
        adhesion_on=file.adhesion_on,
    )


def _joined(barriers: tuple[str, ...], more: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(barriers + (more or ())))


def snapshot_for_the_maison(
    participant_id: UUID, snapshot: IdentityProvided, facts: OrientationReceived | None, prescriber: str
) -> IdentityProvided:
    """The whole file on the edge to the Maison: the prescriber's snapshot under the participant's id.

    `prescriber` is the organisation that holds the orientation, for a snapshot that came without its file.
    """
    file = snapshot.file or (_file_from(facts, prescriber) if facts else None)
    return snapshot.model_copy(
        update={
            "subject_kind": "participant",
            "subject_id": participant_id,
            "sensitive_barriers": _writable(snapshot.sensitive_barriers),
            "file": _writable_file(file) if file else None,
        }
    )


def snapshot_for_a_commission(snapshot: IdentityProvided) -> IdentityProvided:
    """The prescriber's snapshot as it is, on the edge to the commission that takes the orientation over."""
    return snapshot.model_copy(
        update={
            "sensitive_barriers": _writable(snapshot.sensitive_barriers),
            "file": _writable_file(snapshot.file) if snapshot.file else None,
        }
    )


def _writable_file(file: OrientationFile) -> OrientationFile:
    """A prescriber ahead of us may use codes that we cannot write yet: they stop here, and the person goes on."""
    known_kind = file.prescriber.kind in codes("prescriber-kind")
    prescriber = file.prescriber if known_kind else file.prescriber.model_copy(update={"kind": "AUTRE"})
    return file.model_copy(update={"prescriber": prescriber, "barriers": _writable(file.barriers)})


def _writable(barriers: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return barriers and tuple(code for code in barriers if code in codes("barrier"))


def _file_from(facts: OrientationReceived, prescriber: str) -> OrientationFile:
    said = facts.situation
    return OrientationFile(
        orientation_id=facts.orientation_id,
        prescriber=FilePrescriber(organisation=prescriber, kind=facts.prescriber.kind),
        received_on=paris_date(facts.received_at),
        situation=FileSituation(
            employment=said.employment,
            rsa_recipient=said.rsa_recipient,
            first_time_jobseeker=said.first_time_jobseeker,
            entering_iae=said.entering_iae,
            precarious_jobs=said.precarious_jobs,
            foreign_diploma=said.foreign_diploma,
            qpv_resident=facts.person.qpv_resident,
        ),
        education_level=facts.person.education_level,
        barriers=facts.barriers,
    )
