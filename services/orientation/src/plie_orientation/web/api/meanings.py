"""What the fields and parameters of the API mean, in French; what a code means comes from its vocabulary.

By name, or by `Model.name` where the same name means something else there; what a model is, by `Model`.
"""

from collections.abc import Mapping
from typing import Final

from plie_chassis.web.openapi import PROBLEM
from plie_contracts.meanings import PERSON, SITUATION, codes, terms
from plie_orientation.domain.information import PROOFS

_PROBLEM = {name: told["description"] for name, told in PROBLEM["properties"].items()}
_FIELD_PROBLEM = {
    name: told["description"] for name, told in PROBLEM["properties"]["errors"]["items"]["properties"].items()
}

_MODELS = {
    "Adhesion": "L’accord de la personne.",
    "AnswerReceipt": "Ce qui est répondu à la commission, et ce qui reste de sa demande.",
    "Continuity": "Pourquoi une personne qui habite ailleurs est orientée tout de même.",
    "DeliveryView": "Un message envoyé, ou à envoyer, à un webhook.",
    "FieldProblem": "Un champ refusé.",
    "HistoryEntry": "Ce qui est arrivé, comme la page de l’orientation et, sur Kafka, `OrientationOutcomeNotified` le disent.",
    "InformationAnswer": "Une réponse à la commission : ce qui est donné remplace ce qui était connu.",
    "LineReceived": "Une ligne reçue, maintenant ou déjà avant.",
    "LineRefused": "Une ligne refusée, avec son problème (RFC 9457) ; `orientation_id` quand sa référence a déjà servi.",
    "LineResult": "Ce qu’il advient d’une ligne du lot.",
    "Listing_DeliveryView_": "Une page des messages d’un webhook.",
    "Listing_OrientationLine_": "Une page de vos orientations.",
    "Listing_WebhookView_": "Une page de vos webhooks.",
    "NewWebhook": "Le webhook enregistré et son secret, que la réponse rejouée (`Idempotency-Key`) ne redit pas.",
    "OrientationLine": "Une orientation, dans une liste.",
    "OrientationReceipt": "Une orientation qui vient d’être reçue.",
    "OrientationSubmitted": "Une orientation ; c’est aussi ce qu’un système partenaire publie lui-même sur Kafka.",
    "OrientationView": "Une orientation : ce qui a été envoyé, complété depuis, et ce qu’elle est devenue.",
    "Question": "Une demande de la commission, ouverte tant que `answered` n’égale pas `asked`.",
    "SubmittedPerson": "La personne orientée.",
    "SubmittedPrescriber": "Qui oriente.",
    "SubmittedSituation": "La situation de la personne le jour de l’orientation.",
    "WebhookBody": "Le webhook à enregistrer.",
    "WebhookView": "Un webhook ; son secret n’est dit qu’à l’enregistrement.",
    "Withdrawal": "Un retrait ; `version`, si elle est donnée, est celle qui a été lue.",
}

MEANINGS: Final[Mapping[str, str]] = {
    **_MODELS,
    **PERSON,
    "sex": "Sexe.",
    **SITUATION,
    "orientation_id": "L’orientation ; un UUID, à garder.",
    "external_reference": "Votre référence : une fois par structure, elle retrouve l’orientation et garde d’un second envoi.",
    "received_at": "Quand elle a été reçue, heure de Paris.",
    "addressed_to": "La commission (CLAS) qui décide.",
    "links": "Chemins de cette orientation : `self`, `withdraw`, et `page` pour une personne.",
    "history": "Tout ce qui est arrivé, du plus ancien au plus récent.",
    "waiting_for": "Ce que la commission attend encore de vous.",
    "OrientationReceipt.status": "Où en est l’orientation.",
    "OrientationView.status": "Où en est l’orientation. La suite (premier entretien, emploi, sortie) est dans `history`.",
    "OrientationLine.status": "Où en est l’orientation.",
    "status": "Orientations qui en sont là.",
    # what was submitted
    "prescriber": "Qui oriente.",
    "kind": "En quelle qualité vous orientez ; le jeton dit lesquelles sont permises.",
    "structure": "La structure qui oriente, celle du jeton.",
    "advisor": "Le conseiller, pour la commission.",
    "advisor_email": "L’adresse électronique du conseiller, pour la commission.",
    "person": "La personne orientée.",
    "commune_insee": "Commune de résidence, par son code INSEE ; elle désigne la commission.",
    "situation": "Sa situation le jour de l’orientation.",
    "education_level": f"Niveau d’études : {terms('education-level')}",
    "disability": "Situation de handicap ; jamais dans les faits partagés.",
    "barriers": "Freins à l’emploi ; `sante` n’est jamais dans les faits partagés.",
    "adhesion": "L’accord de la personne à la démarche.",
    "Adhesion.given": "Vrai si elle l’a donné.",
    "Adhesion.on": "Le jour où elle l’a donné.",
    "motivation": "Ce que la commission doit savoir ; jamais dans les faits partagés.",
    "continuity": "Hors territoire : pourquoi une commission suit la personne tout de même.",
    "clas": "La commission qui poursuit l’accompagnement.",
    "reason": "Le motif, en toutes lettres.",
    # what became of it
    "HistoryEntry.status": "Ce qui est arrivé.",
    "HistoryEntry.on": "Le jour où c’est arrivé.",
    "HistoryEntry.reason_code": "Le motif d’un ajournement, d’un refus ou d’un retrait.",
    "session_on": "La séance de la commission, pour une inscription ou une décision.",
    "reorientation": "Vers qui la commission propose d’orienter la personne, pour un refus.",
    "Withdrawal.reason_code": "Pourquoi vous la retirez.",
    # what the commission asks for
    "request_id": "La demande de la commission.",
    "asked": "Ce que la commission demande.",
    "answered": "Ce qui a sa réponse.",
    "left": "Ce qui attend encore la sienne.",
    "asked_at": "Quand elle l’a demandé, heure de Paris.",
    "text": "Votre réponse en toutes lettres ; elle s’ajoute à la motivation.",
    "text_answers": "Ce à quoi `text` répond ; sans rien, à la motivation ou à la seule chose encore attendue.",
    "adhesion_given": "Vrai si la personne adhère à la démarche.",
    "adhesion_on": "Le jour où elle l’a dit.",
    "proof_of_address": f"Le justificatif de domicile que vous avez vu : {codes(PROOFS)}",
    # batches
    "line": "Le numéro de la ligne, à partir de 1.",
    "LineReceived.result": "`received` (reçue) ou `already-received` (déjà reçue, même contenu).",
    "LineRefused.result": "Toujours `refused` : rien de la ligne n’est enregistré.",
    "LineReceived.status": "201 reçue, 200 déjà reçue.",
    **{f"LineRefused.{name}": meaning for name, meaning in _PROBLEM.items()},
    **{f"FieldProblem.{name}": meaning for name, meaning in _FIELD_PROBLEM.items()},
    # webhooks
    "webhook_id": "Le webhook.",
    "url": "Où le message est envoyé : une adresse publique en « https:// ».",
    "WebhookView.structure": "La structure dont il suit les orientations ; sans, toutes celles de l’organisation.",
    "NewWebhook.structure": "La structure dont il suit les orientations ; sans, toutes celles de l’organisation.",
    "secret": "Signe chaque message ; donné une seule fois, avec la réponse qui l’enregistre.",
    "delivery_id": "Le message ; le même quand il est renvoyé.",
    "DeliveryView.status": "Ce qui est arrivé à l’orientation.",
    "DeliveryView.on": "Le jour où c’est arrivé.",
    "WebhookView.created_at": "Quand il a été enregistré.",
    "state": "`active` (les messages partent) ou `paused` (en pause : le jeton qui l’a inscrit est révoqué, les messages attendent).",
    "paused_since": "Depuis quand il est en pause ; sans valeur s’il ne l’est pas.",
    "paused_because": "Pourquoi il est en pause et comment le reprendre, pour une personne.",
    "NewWebhook.created_at": "Quand il a été enregistré.",
    "DeliveryView.created_at": "Quand le message a été préparé.",
    "attempts": "Combien de fois il a été envoyé.",
    "due_at": "Le prochain envoi ; sans valeur quand il est reçu ou abandonné.",
    "delivered_at": "Quand vous l’avez reçu (réponse 2xx).",
    "dead_at": "Quand il a été abandonné ; il peut être renvoyé.",
    "DeliveryView.answered": "Le statut HTTP de votre dernière réponse.",
    "error": "Pourquoi le dernier envoi n’a pas abouti.",
}
