"""What the gallery shows: invented figures for every component in its states."""

from datetime import date
from typing import Any

from plie_chassis.calendar import add_months
from plie_chassis.problems import FieldError, Invalid
from plie_chassis.web import Form
from plie_chassis.web.charts import Bar, Quartiles, Series


def figures() -> dict[str, Any]:
    wrong = Invalid(
        "1 champ est à corriger.",
        errors=[FieldError("ends_on", "date.order", "La fin précède la signature. Indiquez une date postérieure.")],
    )
    return {
        "filled": Form.of(
            {"signed_on": "2026-03-12", "medium": "presentiel", "step": "immersion", "barriers": ["mobilite"]}
        ),
        "refused": Form.of({"ends_on": "2026-03-02"}).refused(wrong),
        "people": PEOPLE,
        "facts": FACTS,
        "stages": STAGES,
        "funnel": FUNNEL,
        "exits": EXITS,
        "delays": DELAYS,
        "loads": LOADS,
        "months": [add_months(date(2025, 4, 1), n) for n in range(12)],
        "flows": FLOWS,
        "partial": date(2026, 3, 10),
    }


PEOPLE = [
    ("Adama Traoré", "Saint-Marcellin", "Accompagnement", date(2026, 1, 22), 4, "late", "10 j de retard"),
    ("Şirin Aydın", "Saint-Laurent-du-Pont", "Accueil", None, 3, "late", "3 j de retard"),
    ("Inès Carvalho", "Saint-Jean-de-Moirans", "Suivi en emploi", date(2026, 2, 24), 1, "soon", "dans 3 j"),
    ("Mirela Kovačević", "Moirans", "Formation", date(2026, 3, 3), 2, "", ""),
]
FACTS = [
    {
        "on": date(2026, 2, 19),
        "icon": "phone",
        "title": "Téléphone, honoré",
        "detail": "20 min",
        "note": "Planning stable, bonne intégration.",
    },
    {
        "on": date(2026, 2, 5),
        "icon": "flag",
        "title": "En emploi à 3 mois",
        "detail": "attesté",
        "note": "Bulletin de janvier 2026.",
        "turning": True,
    },
    {
        "on": date(2026, 1, 15),
        "icon": "mail",
        "title": "Courriel, honoré",
        "note": "Corrigé le 16 janvier : courriel au lieu de téléphone.",
    },
    {
        "on": date(2026, 1, 8),
        "icon": "user",
        "title": "Présentiel, honoré",
        "note": "Annulé le 9 janvier : saisi sur la mauvaise fiche.",
        "struck": True,
    },
]
STAGES = [
    {"title": "Orientation", "note": "4 févr. 2025", "state": "done"},
    {"title": "Admission", "note": "6 mars 2025", "state": "done"},
    {"title": "Accueil", "note": "9e jour sur 30", "state": "current"},
    {"title": "Accompagnement", "note": "", "state": "ahead"},
    {"title": "Emploi", "note": "", "state": "ahead"},
]
FUNNEL = [
    Bar("Reçues", 842, "b"),
    Bar("Étudiées", 739, "b"),
    Bar("Admises", 548, url="/evenements?figure=orientations.admitted"),
    Bar("Premier entretien", 497),
    Bar("Contrat signé", 463),
]
EXITS = [Bar("Emploi durable", 109), Bar("Qualification", 34), Bar("Abandon", 68, "q"), Bar("Retraite", None, "q")]
DELAYS = [
    Quartiles("Orientation à décision", 17, 24, 36, 701),
    Quartiles("Décision à entretien", 11, 18, 27, 484, target=30),
    Quartiles("Décision à contrat", 19, 27, 38, 451, target=30),
]
LOADS = [
    Bar("Voiron", 231, note="sur 245", target=245),
    Bar("Saint-Marcellin", 112, note="sur 105", target=105),
    Bar("Saint-Laurent-du-Pont", 38, note="sur 56", target=56),
]
FLOWS = [
    Series("orientations reçues", "b", [74, 61, 83, 58, 31, 88, 92, 79, 56, 95, 90, 35]),
    Series("parcours ouverts", "a", [44, 39, 47, 41, None, 46, 58, 55, 38, 47, 51, 13]),
]
