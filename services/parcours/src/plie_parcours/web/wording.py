"""The choices that forms offer, from the contracts' vocabularies."""

from collections.abc import Collection, Sequence

from plie_chassis.typesetting import capitalized
from plie_contracts.vocabulary import codes, label


def options(vocabulary: str, only: Collection[str] | None = None) -> Sequence[tuple[str, str]]:
    """Pairs of code and French label, in the vocabulary's order."""
    wanted = [code for code in codes(vocabulary) if only is None or code in only]
    return [(code, capitalized(label(vocabulary, code))) for code in wanted]


LABELS = {
    "attested_on": "Attestée le",
    "barriers": "Freins",
    "changed_on": "Depuis le",
    "commune_insee": "Commune",
    "continuity_reason_code": "Pourquoi l’accompagnement continue",
    "contract_kind": "Contrat",
    "contract_months": "Durée en mois",
    "duration_minutes": "Durée en minutes",
    "ended_on": "Date de fin",
    "ends_on": "Date de fin",
    "held_on": "Date",
    "hours": "Heures",
    "in_employment": "Situation",
    "kind": "Type",
    "medium": "Comment",
    "note": "Note",
    "obtained_on": "Obtenue le",
    "occurred_on": "Date du contact",
    "outcome": "Résultat",
    "planned_end_on": "Fin prévue",
    "reason_code": "Motif",
    "referent_id": "Référent",
    "reviewed_on": "Date de la revue",
    "rome": "Code ROME",
    "siae_kind": "Structure",
    "signed_on": "Date de signature",
    "started_on": "Début",
    "status": "Comment elle finit",
    "text": "Ce qu’elle doit savoir",
    "title": "Intitulé",
    "weekly_hours": "Heures par semaine",
}
"""How the summary of a refused form names its fields."""
