"""What a file still lacks before the commission looks at it; nothing here stops a decision.

Each line says what is missing and whom it is asked of.
"""

from dataclasses import dataclass

from plie_admission.domain.orientations import Orientation


@dataclass(frozen=True)
class Missing:
    code: str
    label: str


def missing(orientation: Orientation) -> tuple[Missing, ...]:
    """In the order in which a secretary would ask."""
    identity = orientation.identity
    lacks = {
        "facts": ("orientation en cours d’arrivée", not orientation.facts_known),
        "identity": ("identité en cours d’arrivée", identity is None),
        "contact": ("téléphone ou courriel", identity is not None and not (identity.phone or identity.email)),
        "adhesion": (
            "date de l’accord de la personne",
            orientation.adhesion is not False and not orientation.adhesion_on,
        ),
        "unemployed_since": (
            "date de début du chômage",
            orientation.employment == "unemployed"
            and orientation.unemployed_since is None
            and orientation.unemployed_months is None,
        ),
        "education_level": ("niveau de formation", orientation.education_level is None),
        "barriers": ("freins à l’emploi", not orientation.barriers),
        "motivation": ("motivation de la personne", identity is not None and not orientation.motivation),
        "continuity_reason": (
            "motif de continuité",
            orientation.continuity and orientation.continuity_reason is None,
        ),
    }
    return tuple(Missing(code, label) for code, (label, lacking) in lacks.items() if lacking)
