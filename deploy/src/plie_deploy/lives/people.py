"""Who the invented people are: names, age, home, situation, as the field documents describe the public of a PLIE."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from plie_contracts.declaration import Declaration
from plie_contracts.territory import COMMUNES

WOMEN = [
    "Noémie",
    "Samira",
    "Lucie",
    "Fatima",
    "Sandrine",
    "Aïcha",
    "Mélanie",
    "Corinne",
    "Anaïs",
    "Nadia",
    "Isabelle",
    "Valérie",
    "Leïla",
    "Sabrina",
    "Élodie",
    "Fatoumata",
    "Martine",
    "Christelle",
    "Amel",
    "Nathalie",
    "Véronique",
    "Zohra",
    "Jessica",
    "Aurélie",
    "Mariam",
    "Patricia",
    "Cécile",
    "Hanane",
    "Laëtitia",
    "Estelle",
    "Souad",
    "Céline",
    "Oumou",
    "Stéphanie",
    "Karima",
    "Audrey",
    "Delphine",
    "Yasmina",
    "Florence",
    "Emmanuelle",
    "Halima",
    "Virginie",
    "Rachida",
    "Maëlle",
    "Svetlana",
    "Maria",
    "Thi-Mai",
    "Gülsen",
]
MEN = [
    "Karim",
    "Yannick",
    "Bernard",
    "Adama",
    "Rachid",
    "Julien",
    "Mohamed",
    "Nicolas",
    "Sébastien",
    "Ahmed",
    "Cédric",
    "Moussa",
    "Laurent",
    "Adnan",
    "Farid",
    "Christophe",
    "Ibrahima",
    "Jérôme",
    "Samir",
    "David",
    "Mustapha",
    "Patrick",
    "Kévin",
    "Abdoulaye",
    "Olivier",
    "Hocine",
    "Thierry",
    "Youssef",
    "Guillaume",
    "Mamadou",
    "Stéphane",
    "Bilal",
    "Frédéric",
    "Nordine",
    "Pascal",
    "Alexandre",
    "Hakim",
    "Fabrice",
    "Ousmane",
    "Anthony",
    "Tarek",
    "Didier",
    "Mickaël",
    "José",
    "Emre",
    "Viktor",
]
LAST_NAMES = [
    "Bérard",
    "Traoré",
    "Ferrier",
    "Benali",
    "Bonnardel",
    "Belkacem",
    "Giroud",
    "Aydın",
    "Chabert",
    "N’Diaye",
    "Perrin",
    "Diallo",
    "Martin-Rey",
    "Haddad",
    "Rochette",
    "Brun",
    "Charvet",
    "Ouedraogo",
    "Blanc-Gonnet",
    "Cherif",
    "Guillaud",
    "Vial",
    "Mansouri",
    "Pellet",
    "Fernandes",
    "Kovačević",
    "Jacquemet",
    "Zidani",
    "Repellin",
    "Coulibaly",
    "Argoud",
    "Lacroix",
    "Bouchet",
    "Toumi",
    "Veyret",
    "Carlin",
    "Micoud",
    "Sanogo",
    "Tournier",
    "Ravel",
    "Dos-Santos",
    "Budillon",
    "Saïdi",
    "Clavel",
    "Reynaud",
    "Meunier",
    "Yıldız",
    "Cottin",
    "Hamidi",
    "Barnier",
    "Gaillard",
    "Nguyen",
    "Villard",
    "Kaddour",
    "Pommier",
    "Rivoire",
    "Camara",
    "Chevallier",
    "Boudjemaa",
    "Faure",
    "Ginet",
    "Locatelli",
    "Marchand",
    "Pascalis",
    "Buisson",
    "Rahmani",
    "Vachon",
    "Escoffier",
    "Germain",
    "Moutin",
    "Bellemin",
    "Khelifi",
    "Ripert",
    "Janin",
    "Sow",
    "Morel-Journel",
    "Trillat",
    "Ziani",
    "Dumolard",
    "Mollaret",
    "Allard",
    "Cissé",
    "Poncet",
    "Rambaud",
    "Lefort",
    "Gharbi",
    "Eymard",
    "Sorrel",
    "Bayle",
    "Touré",
    "Chollat",
    "Vuillerme",
    "Amrani",
    "Drevet",
    "Salles",
    "Petrov",
]
STREETS = (
    "rue des Alpes", "avenue de la Gare", "rue du Vercors", "place du Marché", "chemin des Noyers", "rue Victor-Hugo", "allée des Tilleuls",
    "rue de la République", "montée du Château", "rue Jean-Jaurès", "impasse des Lilas", "avenue du 8-Mai-1945", "rue de la Chartreuse",
)  # fmt: skip

BARRIERS = {
    "mobilite": 44, "numerique": 31, "formation": 34, "logement": 17, "difficulte-financiere": 29, "difficulte-administrative": 18,
    "sante": 21, "contraintes-familiales": 24, "maitrise-langue": 20, "emploi": 26,
}  # fmt: skip

MOTIVATIONS = (
    "Souhaite reprendre une activité à temps partiel, proche du domicile.",
    "Sort de plusieurs contrats courts dans le nettoyage ; voudrait un emploi stable.",
    "A besoin d’un accompagnement régulier pour préciser son projet.",
    "Projet de formation d’aide-soignante, à consolider.",
    "Cherche dans la logistique, attend le permis de conduire.",
    "Reprend confiance après une longue période sans emploi.",
    "Diplôme obtenu à l’étranger, souhaite le faire reconnaître.",
    "Souhaite travailler dans les espaces verts.",
    "Isolement en milieu rural, pas de véhicule ; très volontaire.",
    "Voudrait créer une activité de couture.",
    "Entre en chantier d’insertion le mois prochain.",
    "Envisage un poste en cuisine collective.",
)

STRUCTURES = {
    "DEPT": {
        "voironnais": "Maison du Département Voironnais Chartreuse", "chartreuse": "Maison du Département Voironnais Chartreuse",
        "sud-gresivaudan": "Maison du Département Sud Grésivaudan", "": "Maison du Département Agglomération grenobloise",
    },
    "TRAVAILLEUR_SOCIAL": {"": "Service local de solidarité"},
    "FT": {"voironnais": "Agence de Voiron", "chartreuse": "Agence de Voiron", "sud-gresivaudan": "Agence de Saint-Marcellin", "": "Agence de Grenoble Bastille"},
    "CCAS": {"voironnais": "CCAS de Voiron", "sud-gresivaudan": "CCAS de Saint-Marcellin", "chartreuse": "CCAS de Voreppe", "": "CCAS de Grenoble"},
    "ML": {"": "Mission Locale de Grenoble"},
    "CAP_EMPLOI": {"": "Cap emploi Isère"},
    "STRUCTURE_EMPLOI_COMMUNALE": {"": "Service emploi de la Ville", "voironnais": "Service emploi du Pays voironnais"},
    "PLIE": {"": "Équipe du PLIE"},
}  # fmt: skip
HOSTS = {"DEPT": "departement-38", "TRAVAILLEUR_SOCIAL": "departement-38", "FT": "pole-emploi-38"}


@dataclass(frozen=True)
class Person:
    sex: str
    last_name: str
    first_name: str
    birth_date: date
    commune_insee: str
    territory: str
    address: str
    phone: str
    rsa: bool
    months_unemployed: int
    first_time_jobseeker: bool
    precarious_jobs: bool
    foreign_diploma: bool
    education_level: int
    qpv: bool
    disability: str
    barriers: tuple[str, ...]
    motivation: str
    prescriber_kind: str
    structure: str

    @property
    def host(self) -> str:
        """The organisation whose orientation service the prescriber works on."""
        return HOSTS.get(self.prescriber_kind, "metropole")


def invent(random: Random, clas: str, declaration: Declaration, oriented_on: date) -> Person:
    """Somebody the commission `clas` serves, as they are on the day of their orientation."""
    commune = COMMUNES[_commune(random, declaration.communes_of(clas))]
    sex = random.choices(("F", "M"), (54, 46))[0]
    age = min(62, max(18, round(random.triangular(18, 63, 38))))
    rsa = random.random() < 0.46
    young = age < 26
    kind = _prescriber_kind(random, rsa=rsa, young=young)
    structures = STRUCTURES[kind]
    return Person(
        sex=sex,
        last_name=random.choice(LAST_NAMES),
        first_name=random.choice(WOMEN if sex == "F" else MEN),
        birth_date=oriented_on - timedelta(days=age * 365 + age // 4 + random.randrange(3, 350)),
        commune_insee=commune.insee,
        territory=commune.territory,
        address=f"{random.randrange(1, 120)} {random.choice(STREETS)}, {commune.postal_codes[0]} {commune.name}",
        phone=f"+3363998{random.randrange(10_000):04d}",  # 06 39 98 is kept for fiction by the regulator
        rsa=rsa,
        months_unemployed=round(
            random.triangular(2, 60, 9) if rsa and random.random() < 0.6 else random.triangular(12, 84, 20)
        ),
        first_time_jobseeker=young and random.random() < 0.4,
        precarious_jobs=random.random() < 0.42,
        foreign_diploma=random.random() < 0.11,
        education_level=random.choices((0, 1, 2, 3, 4, 5, 6), (4, 9, 27, 39, 13, 5, 3))[0],
        qpv=random.random() < (0.31 if clas == "metropole" else 0.09),
        disability=random.choices(("no", "yes", "prefer-not-to-say"), (83, 11, 6))[0],
        barriers=_barriers(random),
        motivation=random.choice(MOTIVATIONS),
        prescriber_kind=kind,
        structure=structures.get(commune.territory, structures.get("", next(iter(structures.values())))),
    )


def _commune(random: Random, communes: tuple[str, ...]) -> str:
    return random.choices(communes, [COMMUNES[insee].population for insee in communes])[0]


def _prescriber_kind(random: Random, *, rsa: bool, young: bool) -> str:
    if young and random.random() < 0.5:
        return "ML"
    if rsa:
        return random.choices(("DEPT", "TRAVAILLEUR_SOCIAL", "FT", "CCAS"), (62, 14, 12, 12))[0]
    return random.choices(("FT", "CCAS", "STRUCTURE_EMPLOI_COMMUNALE", "CAP_EMPLOI", "PLIE"), (58, 13, 15, 8, 6))[0]


def _barriers(random: Random) -> tuple[str, ...]:
    found = [code for code, percent in BARRIERS.items() if random.random() * 100 < percent]
    return tuple(found or [random.choice(("mobilite", "formation", "numerique"))])
