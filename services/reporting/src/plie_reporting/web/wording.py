"""How the codes of a filter, a grouping or an event are read on screen."""

from datetime import date

from plie_chassis.calendar import long_month
from plie_contracts.declaration import Declaration
from plie_contracts.territory import COMMUNES, TERRITORIES
from plie_contracts.vocabulary import label

AGE_BANDS = {
    "under-18": "moins de 18 ans",
    "18-29": "18 à 29 ans",
    "30-44": "30 à 44 ans",
    "45-54": "45 à 54 ans",
    "55-and-over": "55 ans et plus",
}
EVENTS = {
    "OrientationReceived": "Orientation reçue",
    "OrientationCorrected": "Orientation corrigée",
    "OrientationWithdrawn": "Orientation retirée",
    "OrientationScheduled": "Dossier inscrit en commission",
    "OrientationTransferred": "Orientation transférée",
    "AdmissionValidated": "Admission",
    "AdmissionDeferred": "Ajournement",
    "AdmissionRefused": "Refus",
    "MaisonReassigned": "Changement de Maison",
    "OpinionGiven": "Avis de la CLAS",
    "ParticipantMerged": "Fiches réunies",
    "ParticipantUnmerged": "Fiches séparées",
    "ParcoursOpened": "Parcours ouvert",
    "ReferentChanged": "Changement de référent",
    "ContractSigned": "Contrat signé",
    "ContactLogged": "Contact",
    "ContactCorrected": "Contact corrigé",
    "ContactCancelled": "Contact annulé",
    "ActionAttended": "Action collective",
    "BarriersReviewed": "Revue des freins",
    "StepStarted": "Étape commencée",
    "StepEnded": "Étape terminée",
    "QualificationObtained": "Qualification obtenue",
    "JobStarted": "Emploi commencé",
    "JobCorrected": "Emploi corrigé",
    "JobEnded": "Emploi terminé",
    "FollowUpStarted": "Suivi commencé",
    "FollowUpMilestone": "Échéance de suivi",
    "FollowUpEnded": "Suivi terminé",
    "ResidenceChanged": "Changement de commune",
    "ParcoursHandedOver": "Parcours transmis",
    "ParcoursEnded": "Sortie",
}
UNATTACHED = {
    "orientation-missing": "l’orientation n’est pas arrivée",
    "not-owner": "une autre organisation a ouvert cette orientation",
    "not-in-charge": "cette CLAS n’est pas saisie de l’orientation",
    "admission-missing": "l’admission n’est pas arrivée",
    "not-assigned": "la personne n’est pas affectée à cette Maison",
}
FAMILIES = {"orientation": "Orientations", "admission": "Admissions", "parcours": "Parcours"}


def commune(insee: str) -> str:
    """A commune that is not ours is shown by its code."""
    return COMMUNES[insee].name if insee in COMMUNES else f"commune {insee}"


def territory_of(insee: str) -> str:
    return territory(COMMUNES[insee].territory) if insee in COMMUNES else "hors du territoire"


def month(key: str) -> str:
    """« mars 2026 » for 2026-03."""
    return long_month(date.fromisoformat(f"{key}-01"))


def territory(slug: str) -> str:
    return TERRITORIES[slug].title if slug in TERRITORIES else "hors du territoire"


def cell(group_by: str, key: str, declared: Declaration) -> str:
    """The name of a cell in French."""
    match group_by:
        case "month":
            return month(key)
        case "territory":
            return territory(key)
        case "commune":
            return commune(key)
        case "clas" | "maison":
            return declared.title_of(key) if key in declared.organisations else "sans Maison"
        case "age_band":
            return AGE_BANDS[key]
        case "rsa" | "qpv":
            return {"yes": "oui", "no": "non"}.get(key, "non renseigné")
        case "education":
            return "non renseigné" if key == "unknown" else label("education-level", key)
        case "sex":
            return "non renseigné" if key == "unknown" else label("sex", key)
        case "prescriber_kind":
            return label("prescriber-kind", key)
        case _:
            return label("barrier", key)
