"""What the fields and parameters of the API mean, in French.

By name, or by `Model.name` where the same name means something else there; what a model is, by `Model`.
"""

from collections.abc import Mapping
from typing import Final

MEANINGS: Final[Mapping[str, str]] = {
    "StatisticsView": "Les chiffres d’une période, avec la question à laquelle ils répondent.",
    "FigureView": "Un chiffre : son total et, si un regroupement est demandé, ses cases. Parts en %, délais en jours.",
    "CellView": "La part d’un chiffre qui revient à une valeur du regroupement.",
    "EventView": "Un fait partagé, pseudonyme.",
    "Listing_EventView_": "Une page des événements d’un chiffre.",
    "ConservationView": "Où sont toutes les personnes reçues, puis toutes les personnes admises.",
    "OrientationsView": "`received` est la somme des cinq nombres qui suivent.",
    "ParcoursView": "`admitted` est la somme des trois nombres qui suivent.",
    "StreamView": "Une partition d’un flux : jusqu’où Kafka la tient, jusqu’où elle est prise en compte ici.",
    # the question
    "limit": "Combien d’événements, au plus.",
    "period": "De `from` à `to`, les deux jours compris.",
    "partial_months": "Les mois que la période coupe, et celui qui n’est pas terminé, AAAA-MM.",
    "filters": "Les filtres demandés.",
    "group_by": "Le regroupement demandé ; `null` sans regroupement.",
    "as_known_at": "L’instant auquel les faits étaient connus ; `null` : tous ceux d’aujourd’hui.",
    # its figures
    "figures": "Les chiffres, toujours dans le même ordre.",
    "code": "Le chiffre, pour un programme.",
    "label": "Son nom.",
    "unit": "Ce qu’il compte.",
    "value": "Sa valeur ; `null` sans rien à diviser, ou masquée.",
    "numerator": "Ce qui est divisé, pour une part ou une charge.",
    "denominator": "Ce qui le divise.",
    "n": "Combien de durées un délai résume ; sa valeur est leur médiane.",
    "q1": "Premier quartile d’un délai.",
    "q3": "Troisième quartile d’un délai.",
    "suppressed": "Vrai si un petit nombre est masqué, pour qui n’est pas de la Métropole.",
    "events_url": "Le chemin de ses événements ; `null` pour qui n’est pas de la Métropole.",
    "cells": "Ses cases ; vide sans regroupement.",
    "key": "La valeur du regroupement.",
    # the events behind
    "type": "Le fait, par son nom dans les contrats.",
    "subject_id": "L’orientation ou le participant dont il parle.",
    "writer": "L’instance qui l’a dit.",
    "on": "Le jour pour lequel il compte.",
    "recorded_at": "Quand Kafka l’a enregistré, heure de Paris.",
    "topic": "Le flux Kafka.",
    "partition": "La partition du flux.",
    "offset": "Sa place dans la partition.",
    # conservation
    "orientations": "Les personnes orientées.",
    "parcours": "Les personnes admises.",
    "unattached": "Faits qui attendent celui dont ils dépendent, par famille.",
    "streams": "Les flux lus, une ligne par partition.",
    "received": "Orientations reçues.",
    "pending": "En attente d’une décision.",
    "OrientationsView.admitted": "Admises.",
    "deferred": "Ajournées.",
    "OrientationsView.refused": "Refusées.",
    "withdrawn": "Retirées par le prescripteur.",
    "balanced": "Vrai si le compte y est ; `null` tant qu’un fait est en attente, mis de côté ou en retard.",
    "ParcoursView.admitted": "Parcours admis.",
    "awaiting_welcome": "Attendent leur premier référent.",
    "open": "Parcours en cours.",
    "ended": "Parcours terminés.",
    "end_offset": "Jusqu’où Kafka la tient ; `null` s’il ne répond pas.",
    "applied_offset": "Jusqu’où elle est prise en compte ici.",
    "lag": "Combien d’enregistrements restent à prendre en compte ; `null` si Kafka ne répond pas.",
    "parked": "Enregistrements mis de côté après un échec d’ici.",
    "StreamView.refused": "Enregistrements refusés par le contrat.",
}
