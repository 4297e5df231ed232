"""How a fact is told in French, in a few words: on the timeline, and when a stale form says what changed."""

from datetime import date

from plie_chassis.typesetting import capitalized
from plie_contracts import events
from plie_contracts.events import Event
from plie_contracts.vocabulary import label


def told(event: Event) -> str:  # noqa: PLR0912 (one branch a fact)
    """« Téléphone, honoré », « Contrat PLIE signé »…"""
    match event:
        case events.AdmissionValidated():
            return "Admission par la CLAS"
        case events.AdmissionRefused():
            return "Admission refusée par une décision rectifiée"
        case events.AdmissionDeferred():
            return "Admission ajournée par une décision rectifiée"
        case events.OpinionGiven():
            return f"Avis de la CLAS, {label('opinion-subject', event.subject)} : {label('opinion', event.opinion)}"
        case events.ParcoursOpened():
            return "Parcours ouvert, référent affecté"
        case events.ReferentChanged():
            return f"Changement de référent, {label('assignment-reason', event.reason_code)}"
        case events.ContractSigned():
            return f"{capitalized(label('contract-kind', event.kind))} signé"
        case events.ContactLogged():
            medium = capitalized(label("contact-medium", event.medium))
            return f"{medium}, {label('contact-outcome', event.outcome)}"
        case events.ContactCancelled():
            return f"Contact annulé, {label('correction-reason', event.reason_code)}"
        case events.BarriersReviewed():
            return "Revue des freins"
        case events.ActionAttended():
            presence = "présent" if event.present else "absent"
            return f"{capitalized(label('action-kind', event.action_kind))}, {presence}"
        case events.StepStarted():
            return f"{capitalized(step(event.kind, event.siae_kind))}, début"
        case events.StepEnded():
            return f"Étape {label('step-status', event.status)}"
        case events.QualificationObtained():
            return "Qualification obtenue"
        case events.JobStarted():
            durable = ", emploi durable" if event.durable else ""
            return f"{capitalized(label('job-contract', event.contract_kind))}, prise de poste{durable}"
        case events.JobEnded():
            return f"Fin de l’emploi, {label('job-end-reason', event.reason_code)}"
        case events.FollowUpStarted():
            return "Début du suivi en emploi" if event.job_id else "Début du suivi en formation"
        case events.FollowUpMilestone():
            situation = "En emploi" if event.in_employment else "Plus dans cet emploi"
            return f"{situation} à {event.month} mois, attesté"
        case events.FollowUpEnded():
            return f"Fin du suivi, {label('follow-up-outcome', event.outcome)}"
        case events.ResidenceChanged():
            return "Changement de commune"
        case events.MaisonReassigned():
            return f"Changement de Maison décidé par la CLAS, {label('assignment-reason', event.reason_code)}"
        case events.ParcoursHandedOver():
            return "Parcours transmis à une autre Maison"
        case events.ParcoursFileHandedOver():
            return "Dossier reçu de la Maison précédente"
        case events.ParcoursEnded():
            return f"{capitalized(label('exit-kind', event.kind))}, {label('exit-reason', event.reason_code)}"
        case _:
            return event.name


def happened_on(event: Event) -> date:
    """The civil day a fact is about; a cancellation has none of its own and gives the first day of all."""
    for field in DAYS:
        day = getattr(event, field, None)
        if isinstance(day, date):
            return day
    return date.min


DAYS = (
    "decided_on",
    "opened_on",
    "changed_on",
    "signed_on",
    "occurred_on",
    "reviewed_on",
    "held_on",
    "ended_on",
    "obtained_on",
    "attested_on",
    "started_on",
    "given_on",
    "effective_on",
    "handed_over_on",
)


def to_the(maison: str) -> str:
    """« à la Maison de l’emploi Grenoble Sud », « à Centre Isère »."""
    return f"à la {maison}" if maison.startswith("Maison") else f"à {maison}"


def of_the(maison: str) -> str:
    """« de la Maison de l’emploi Grenoble Sud », « de Centre Isère »."""
    return f"de la {maison}" if maison.startswith("Maison") else f"de {maison}"


def by_the(maison: str) -> str:
    """« par la Maison de l’emploi Grenoble Sud », « par Centre Isère »."""
    return f"par la {maison}" if maison.startswith("Maison") else f"par {maison}"


def step(kind: str, siae_kind: str | None) -> str:
    """« poste en SIAE, ACI », « formation qualifiante »."""
    return f"{label('step-kind', kind)}, {siae_kind}" if siae_kind else label("step-kind", kind)
