"""Every code the organisations share, in one table: code, French label, ESF+ mapping.

Codes are stable identifiers: one may be added, none is ever removed or given another meaning."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["SENSITIVE_BARRIERS", "SENSITIVE_PRESCRIBERS", "VOCABULARIES", "Term", "codes", "in_facts", "label"]


@dataclass(frozen=True, slots=True)
class Term:
    """One code of a vocabulary.

    `esf` is the ESF+ common indicator (EU 2021/1057, annex I) it feeds. `in_facts` is what facts say instead when
    the code itself reveals something sensitive: another code, or "" when facts say nothing.
    """

    code: str
    label: str
    esf: str | None = None
    in_facts: str | None = None


def _terms(
    rows: str, *, esf: Mapping[str, str] | None = None, hidden: Mapping[str, str] | None = None
) -> dict[str, Term]:
    esf, hidden = esf or {}, hidden or {}
    pairs = [[part.strip() for part in row.split("|")] for row in rows.strip().splitlines()]
    return {code: Term(code, text, esf.get(code), hidden.get(code)) for code, text in pairs}


_YES_NO = """
    yes | oui
    no | non
    prefer-not-to-say | ne souhaite pas répondre
"""
_PRESCRIBERS = _terms(
    """
    DEPT | Département
    FT | Pôle emploi / France Travail
    ML | Mission Locale
    CCAS | CCAS
    CAP_EMPLOI | Cap emploi
    ODC | Organisme délégataire du Conseil départemental
    CAF | CAF
    MSA | MSA
    AFPA | AFPA
    E2C | École de la deuxième chance
    EPIDE | EPIDE
    CHRS | CHRS
    CIDFF | CIDFF
    SPIP | SPIP
    PJJ | Protection judiciaire de la jeunesse
    PLIE | PLIE
    STRUCTURE_EMPLOI_COMMUNALE | Structure communale ou intercommunale pour l’emploi
    TRAVAILLEUR_SOCIAL | Travailleur social
    AUTRE | Autre prescripteur
    """,
    hidden=dict.fromkeys(("CAP_EMPLOI", "CIDFF", "SPIP", "PJJ", "CHRS"), "AUTRE"),
)
_REORIENTATIONS = {
    (code := term.code.lower().replace("_", "-")): Term(code, term.label, None, term.in_facts and term.in_facts.lower())
    for term in _PRESCRIBERS.values()
} | {"droit-commun": Term("droit-commun", "Service public de l’emploi de droit commun")}

VOCABULARIES: Mapping[str, Mapping[str, Term]] = MappingProxyType(
    {
        "prescriber-kind": _PRESCRIBERS,
        "reorientation": _REORIENTATIONS,
        "sex": _terms("F | femme\nM | homme\nX | non binaire"),
        "employment": _terms(
            "unemployed | sans emploi\ninactive | inactif\nemployed | en emploi",
            esf={"unemployed": "EECO02", "inactive": "EECO04", "employed": "EECO05"},
        ),
        "employment-at-entry": _terms(
            """
            unemployed | demandeur d’emploi
            long-term-unemployed | demandeur d’emploi de longue durée
            inactive | inactif
            employed | en emploi
            """,
            esf={
                "unemployed": "EECO02",
                "long-term-unemployed": "EECO03",
                "inactive": "EECO04",
                "employed": "EECO05",
            },
        ),
        "disability": _terms(_YES_NO, esf={"yes": "EECO12"}),
        "answer": _terms(_YES_NO + "    missing | réponse manquante"),
        "household": _terms(
            """
            seul | vit seul
            seul-avec-enfants | vit seul avec des enfants à charge
            couple | vit en couple
            couple-avec-enfants | vit en couple avec des enfants à charge
            autre | autre situation
            """
        ),
        "situation-at-exit": _terms(
            """
            job-searching | en recherche d’emploi
            in-training | en formation
            qualified | a obtenu une qualification
            employed | en emploi
            other | autre situation
            """,
            esf={"job-searching": "EECR01", "in-training": "EECR02", "qualified": "EECR03", "employed": "EECR04"},
        ),
        "situation-6-months": _terms(
            """
            employed | en emploi six mois après
            improved | situation améliorée six mois après
            other | autre situation
            """,
            esf={"employed": "EECR05", "improved": "EECR06"},
        ),
        "education-level": _terms(
            """
            0 | moins que le primaire (CITE 0)
            1 | primaire (CITE 1)
            2 | premier cycle du secondaire (CITE 2)
            3 | CAP, BEP, baccalauréat (CITE 3)
            4 | post-secondaire non supérieur (CITE 4)
            5 | supérieur court, BTS, DUT (CITE 5)
            6 | licence (CITE 6)
            7 | master (CITE 7)
            8 | doctorat (CITE 8)
            """,
            esf=dict.fromkeys("012", "EECO09") | dict.fromkeys("34", "EECO10") | dict.fromkeys("5678", "EECO11"),
        ),
        "criterion-result": _terms("met | rempli\nnot-met | non rempli\nunknown | inconnu"),
        "criterion": _terms(
            """
            territory | résidence sur le territoire
            without_employment | sans emploi
            difficulties | difficultés d’insertion
            adhesion | adhésion à la démarche
            """
        ),
        "barrier": _terms(
            """
            logement | logement
            emploi | emploi
            formation | formation
            difficulte-administrative | difficultés administratives
            difficulte-financiere | difficultés financières
            mobilite | mobilité
            sante | santé
            contraintes-familiales | contraintes familiales
            maitrise-langue | maîtrise de la langue
            numerique | numérique
            """,
            hidden={"sante": ""},
        ),
        "barrier-level": _terms("0 | absent\n1 | léger\n2 | marqué\n3 | bloquant"),
        "orientation-status": _terms(
            """
            received | reçue
            in-commission | inscrite en commission
            admitted | admise
            deferred | ajournée
            refused | refusée
            withdrawn | retirée
            first-interview-held | premier entretien tenu
            job-started | emploi commencé
            exited | sortie du parcours
            withdrawal-too-late | retrait reçu après la décision
            """
        ),
        "withdrawal-reason": _terms(
            """
            refus-personne | refus de la personne
            demenagement | déménagement
            emploi-trouve | emploi trouvé
            erreur | erreur
            autre | autre motif
            """
        ),
        "correction-reason": _terms(
            """
            erreur-saisie | erreur de saisie
            changement-situation | changement de situation
            doublon | doublon
            autre | autre motif
            """
        ),
        "transfer-reason": _terms(
            "autre-territoire | relève d’un autre territoire\ndemenagement | déménagement\nautre | autre motif"
        ),
        "assignment-reason": _terms(
            """
            affectation | première affectation
            demenagement | déménagement
            charge | charge des référents
            absence | absence du référent
            depart | départ du référent
            demande-personne | demande de la personne
            autre | autre motif
            """
        ),
        "decision-reason": _terms(
            """
            hors-territoire | hors du territoire
            sans-plus-value | pas de plus-value du PLIE
            non-adhesion | n’adhère pas à la démarche
            deja-accompagne | déjà accompagné par ailleurs
            non-joignable | non joignable
            absent | absent
            en-emploi | en emploi
            en-formation | en formation
            non-eligible | non éligible
            freins-peripheriques | freins périphériques à lever d’abord
            session-complete | séance complète
            doublon | doublon
            dossier-incomplet | dossier incomplet
            reoriente | réorienté
            autre | autre motif
            """
        ),
        "override-reason": _terms(
            """
            poursuite-accompagnement | poursuite d’un accompagnement
            qualification-en-cours | qualification en cours
            proximite | proximité
            autre | autre motif
            """
        ),
        "plus-value": _terms(
            """
            coordination-parcours | coordination du parcours
            levee-freins | levée des freins
            remobilisation | remobilisation
            acces-formation | accès à la formation
            mise-en-relation-entreprise | mise en relation avec les entreprises
            accompagnement-renforce | accompagnement renforcé
            autre | autre plus-value
            """
        ),
        "opinion-subject": _terms(
            """
            extension | prolongation
            exit | sortie
            reassignment | changement de Maison
            standby | mise en veille
            """
        ),
        "opinion": _terms("favourable | favorable\nunfavourable | défavorable\ndeferred | ajourné"),
        "modality": _terms("emploi-renforce | emploi renforcé\nautre | autre modalité"),
        "parcours-origin": _terms("takeover | repris de l’outil précédent"),
        "stage": _terms(
            """
            welcome | accueil
            accompaniment | accompagnement
            training | formation
            siae | SIAE
            job | emploi
            ended | terminé
            """
        ),
        "contract-kind": _terms(
            """
            contrat-plie | contrat PLIE
            cer | contrat d’engagement réciproque
            contrat-engagement | contrat d’engagement
            ppae | PPAE
            cej | contrat d’engagement jeune
            pacea | PACEA
            """
        ),
        "contact-medium": _terms(
            """
            presentiel | en présentiel
            telephone | téléphone
            visio | visioconférence
            courriel | courriel
            autre | autre
            """
        ),
        "contact-format": _terms("individuel | individuel\ncollectif | collectif"),
        "contact-outcome": _terms(
            """
            honore | honoré
            excuse | excusé
            absent | absent
            annule-par-le-service | annulé par le service
            """
        ),
        "action-kind": _terms(
            """
            atelier-numerique | atelier numérique
            atelier-linguistique | atelier linguistique
            atelier-numerique-linguistique | atelier numérique et linguistique
            atelier-recherche-emploi | atelier de recherche d’emploi
            information-collective | information collective
            visite-entreprise | visite d’entreprise
            rencontre-employeurs | rencontre avec des employeurs
            temps-collectif | temps collectif
            autre | autre action
            """
        ),
        "step-kind": _terms(
            """
            bilan | bilan
            remobilisation | remobilisation
            projet | projet professionnel
            pre-qualifiant | formation préqualifiante
            qualifiant | formation qualifiante
            action-collective | action collective
            siae | poste en SIAE
            geiq | GEIQ
            immersion | immersion
            """
        ),
        "siae-kind": _terms(
            """
            ACI | atelier et chantier d’insertion
            AI | association intermédiaire
            EI | entreprise d’insertion
            ETTI | entreprise de travail temporaire d’insertion
            EITI | entreprise d’insertion par le travail indépendant
            """
        ),
        "step-status": _terms(
            """
            planned | prévue
            in-progress | en cours
            standby | en veille
            done | terminée
            abandoned | abandonnée par la personne
            cancelled | annulée par la structure
            """
        ),
        "job-contract": _terms(
            """
            cdi | CDI
            cdd | CDD
            interim | intérim
            saisonnier | saisonnier
            cdi-interimaire | CDI intérimaire
            alternance | alternance
            creation-entreprise | création d’entreprise
            """
        ),
        "employer-kind": _terms(
            """
            private | entreprise privée
            public | employeur public
            association | association
            siae | SIAE
            individual | particulier employeur
            """,
            esf={"public": "EECO18"},
        ),
        "employer-size": _terms(
            "micro | moins de 10 salariés\nsme | PME\nlarge | 250 salariés et plus",
            esf={"micro": "EECO19", "sme": "EECO19"},
        ),
        "job-end-reason": _terms(
            """
            fin-contrat | fin du contrat
            periode-essai | fin de la période d’essai
            demission | démission
            licenciement | licenciement
            rupture-conventionnelle | rupture conventionnelle
            autre | autre motif
            """
        ),
        "evidence": _terms(
            """
            payslip | bulletin de paie
            contract | contrat de travail
            employer-attestation | attestation de l’employeur
            business-registration | immatriculation de l’entreprise
            diploma | diplôme
            declaration | déclaration de la personne
            """
        ),
        "follow-up-outcome": _terms(
            """
            in-employment | en emploi
            qualified | qualification validée
            job-ended | emploi terminé
            no-news | sans nouvelles
            moved | a déménagé
            not-relevant | pas de suivi
            """
        ),
        "exit-kind": _terms("positive | sortie positive\nen-attente | en attente\nsans-suite | sans suite"),
        "exit-reason": _terms(
            """
            emploi-durable | emploi durable
            qualification | qualification obtenue
            creation-entreprise | création d’entreprise
            consolidation | situation en cours de consolidation
            abandon | abandon
            demenagement | déménagement
            deces | décès
            retraite | retraite
            sante | santé
            reorientation | réorientation
            autre | autre motif
            """,
            hidden={"sante": "autre"},
        ),
        "positive-rule": _terms(
            """
            emploi-6-mois | six mois continus en emploi, au moins à mi-temps choisi
            interim-6-mois | six mois d’intérim cumulés sans interruption
            saisonnier-8-mois | huit mois saisonniers sur les douze derniers
            cdi-6-mois | CDI tenu à six mois
            cdd-6-mois | CDD de plus de six mois tenu à six mois
            creation-6-mois | création d’entreprise tenue à six mois
            alternance | contrat en alternance
            formation-qualifiante | formation qualifiante validée
            """
        ),
        "information": _terms(
            """
            coordonnees | coordonnées
            situation-emploi | situation au regard de l’emploi
            adhesion | adhésion de la personne
            justificatif-domicile | justificatif de domicile
            parcours-anterieur | parcours antérieur
            motivation | motivation
            autre | autre information
            """
        ),
        "subject-kind": _terms("orientation | orientation\nparticipant | participant"),
        "erasure-ground": _terms(
            """
            demande-personne | demande de la personne
            duree-conservation | durée de conservation atteinte
            erreur | donnée collectée par erreur
            archive-fse | archive FSE+ à conserver
            obligation-legale | obligation légale
            """
        ),
        "erasure-result": _terms("erased | effacé\nrestricted | accès restreint"),
    }
)

SENSITIVE_BARRIERS = frozenset(code for code, term in VOCABULARIES["barrier"].items() if term.in_facts is not None)
SENSITIVE_PRESCRIBERS = frozenset(code for code, term in _PRESCRIBERS.items() if term.in_facts is not None)


def codes(vocabulary: str) -> Iterable[str]:
    return VOCABULARIES[vocabulary].keys()


def label(vocabulary: str, code: object) -> str:
    """The French label; an unknown code (written by a newer version) is shown as it is."""
    term = VOCABULARIES[vocabulary].get(str(code))
    return term.label if term else str(code)


def in_facts(vocabulary: str, code: str) -> str | None:
    """What facts say for this code: itself, its stand-in when it is sensitive, or None when facts say nothing."""
    term = VOCABULARIES[vocabulary].get(code)
    if term is None or term.in_facts is None:
        return code
    return term.in_facts or None
