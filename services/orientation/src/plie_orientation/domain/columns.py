"""A table of orientations: which column holds which field, how a cell reads.

A cell is a text and stays one: what begins like a formula is never evaluated, and is escaped where it goes out again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Any, Final

from plie_chassis.problems import FieldError
from plie_contracts.territory import without_accents
from plie_contracts.vocabulary import VOCABULARIES
from plie_orientation.domain import communes
from plie_orientation.domain.authors import Author
from plie_orientation.domain.communes import NotOneCommune

LONGEST_CELL: Final = 12_000


@dataclass(frozen=True)
class Target:
    """A field that a column may fill; `names` are what such columns are called, without accents."""

    field: str
    label: str
    names: tuple[str, ...]
    needed: bool = False


TARGETS: Final = (
    Target("person.last_name", "Nom", ("nom", "nom de famille", "nom usage", "last name"), needed=True),
    Target("person.first_name", "Prénom", ("prenom", "prenoms", "first name"), needed=True),
    Target(
        "person.birth_date",
        "Date de naissance",
        ("date de naissance", "naissance", "ne le", "ne e le", "nee le", "birth date"),
        True,
    ),
    Target("person.sex", "Sexe", ("sexe", "genre", "civilite")),
    Target(
        "person.commune_insee", "Commune", ("commune", "ville", "commune de residence", "code insee", "insee"), True
    ),
    Target("person.address", "Adresse", ("adresse", "adresse postale")),
    Target("person.phone", "Téléphone", ("telephone", "tel", "portable", "mobile", "numero de telephone")),
    Target("person.email", "Adresse électronique", ("email", "courriel", "mail", "adresse electronique", "e mail")),
    Target("situation.employment", "Situation d’emploi", ("situation d emploi", "emploi", "situation", "statut"), True),
    Target(
        "situation.unemployed_since", "Sans emploi depuis", ("sans emploi depuis", "date inscription", "inscrit le")
    ),
    Target("situation.rsa_recipient", "Bénéficiaire du RSA", ("rsa", "beneficiaire du rsa", "brsa")),
    Target(
        "situation.first_time_jobseeker", "Primo-demandeur d’emploi", ("primo demandeur", "primo demandeur d emploi")
    ),
    Target("situation.entering_iae", "Entrée prévue en IAE", ("iae", "entree en iae", "entree prevue en iae")),
    Target("situation.precarious_jobs", "Emplois précaires", ("emplois precaires", "emplois precaires successifs")),
    Target("situation.foreign_diploma", "Diplôme étranger", ("diplome etranger",)),
    Target("situation.qpv_resident", "Quartier prioritaire (QPV)", ("qpv", "quartier prioritaire")),
    Target("situation.education_level", "Niveau d’études", ("niveau d etudes", "niveau", "diplome", "niveau cite")),
    Target("situation.disability", "Situation de handicap", ("handicap", "rqth", "situation de handicap")),
    Target("barriers", "Freins", ("freins", "frein", "difficultes")),
    Target("motivation", "Pour la commission", ("motivation", "commentaire", "observations", "projet")),
    Target("adhesion.given", "Adhésion (oui, non)", ("adhesion", "accord", "adhere"), needed=True),
    Target("adhesion.on", "Accord donné le", ("date adhesion", "accord donne le", "date accord", "date d adhesion")),
    Target("continuity.clas", "Continuité : commission", ("continuite clas", "commission de continuite")),
    Target("continuity.reason", "Continuité : motif", ("continuite motif", "motif de continuite")),
    Target("prescriber.kind", "Qualité du prescripteur", ("qualite", "prescripteur", "type de prescripteur"), True),
    Target("prescriber.structure", "Structure", ("structure", "site", "agence", "antenne"), True),
    Target("prescriber.advisor", "Conseiller", ("conseiller", "referent social", "travailleur social")),
    Target("prescriber.advisor_email", "Courriel du conseiller", ("courriel conseiller", "email conseiller")),
    Target(
        "external_reference",
        "Votre référence",
        ("reference", "ref", "id", "identifiant", "numero de dossier", "matricule"),
    ),
)
LIKE_ENOUGH: Final = 0.84


def plain(text: str) -> str:
    """« Date de Naissance * » → « date de naissance »."""
    return " ".join(re.findall(r"[a-z0-9]+", without_accents(text)))


def guess(columns: Sequence[str]) -> dict[str, int]:
    """Which column fills which field, by its name: the likest first, each column once."""
    likeness = sorted(
        (
            (max(_alike(plain(column), plain(name)) for name in (target.label, *target.names)), -number, target.field)
            for number, column in enumerate(columns)
            for target in TARGETS
        ),
        reverse=True,
    )
    mapping: dict[str, int] = {}
    for alike, number, field in likeness:
        if alike >= LIKE_ENOUGH and field not in mapping and -number not in mapping.values():
            mapping[field] = -number
    return mapping


def lacking(mapping: Mapping[str, int], given: Sequence[str]) -> list[Target]:
    """The fields that no column fills though nothing can be sent without; `given` are known otherwise."""
    return [target for target in TARGETS if target.needed and target.field not in mapping and target.field not in given]


def given_by(author: Author) -> dict[str, str]:
    """What a line need not say: the only quality or structure that its author has."""
    known = {}
    if len(author.kinds) == 1:
        known["prescriber.kind"] = min(author.kinds)
    if author.structure is not None:
        known["prescriber.structure"] = author.structure
    return known


def document(
    cells: Sequence[str], mapping: Mapping[str, int], given: Mapping[str, str]
) -> tuple[dict[str, Any], list[FieldError]]:
    """The body that a line stands for, and what cannot be read of it; `given` fills what the line leaves empty."""
    body: dict[str, Any] = {"prescriber": {}, "person": {}, "situation": dict(UNSAID), "adhesion": {}, "barriers": []}
    errors: list[FieldError] = []
    for target in TARGETS:
        number = mapping.get(target.field)
        cell = cells[number].strip() if number is not None and number < len(cells) else ""
        text = cell or given.get(target.field, "")
        if not text:
            continue
        *parents, name = target.field.split(".")
        try:
            value = READINGS.get(target.field, _text)(text)
        except ValueError as unreadable:
            errors.append(FieldError(target.field, "import.unreadable", str(unreadable)))
            continue
        part = body
        for parent in parents:
            part = part.setdefault(parent, {})
        part[name] = value
    return body, errors


def escaped(cell: str) -> str:
    """As it may go into a table again: what a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


UNSAID: Final = MappingProxyType({"rsa_recipient": False, "first_time_jobseeker": False, "entering_iae": False})
_YES: Final = frozenset({"oui", "o", "x", "1", "vrai", "true", "yes", "y"})
_NO: Final = frozenset({"non", "n", "0", "faux", "false", "no", ""})
_DAY: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ALIASES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "sex": {"femme": "F", "f": "F", "mme": "F", "madame": "F", "homme": "M", "h": "M", "m": "M", "monsieur": "M"},
        "employment": {
            **dict.fromkeys(("demandeur d emploi", "demandeuse d emploi", "chomage", "au chomage"), "unemployed"),
            **dict.fromkeys(("inactif", "inactive"), "inactive"),
            "en emploi": "employed",
        },
        "disability": {"oui": "yes", "non": "no", "ne souhaite pas repondre": "prefer-not-to-say"},
    }
)


def _alike(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    matcher = SequenceMatcher(None, one, other)
    return matcher.ratio() if matcher.quick_ratio() >= LIKE_ENOUGH else 0.0


def _text(text: str) -> str:
    if len(text) > LONGEST_CELL:
        raise ValueError("Cette cellule est trop longue : 12 000 caractères au plus.")
    return text


def _day(text: str) -> date:
    found = _DAY.fullmatch(text)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text[:10])
    except ValueError:
        raise ValueError(f"« {_short(text)} » n’est pas une date. Écrivez 05/04/1983 ou 1983-04-05.") from None


def _yes_or_no(text: str) -> bool:
    said = plain(text)
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise ValueError(f"« {_short(text)} » n’est ni oui ni non.")


def _code(vocabulary: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        said = plain(text)
        found = _ALIASES.get(vocabulary, {}).get(said)
        if found is not None:
            return found
        for code, term in VOCABULARIES[vocabulary].items():
            if said in {plain(code), plain(term.label)}:
                return code
        expected = ", ".join(term.label for term in VOCABULARIES[vocabulary].values())
        raise ValueError(f"« {_short(text)} » n’est pas dans la liste : {expected}.")

    return read


def _level(text: str) -> int:
    found = re.fullmatch(r"(?:CITE\s*)?([0-8])", text, re.IGNORECASE)
    return int(found[1]) if found else int(_code("education-level")(text))


def _barriers(text: str) -> list[str]:
    read = _code("barrier")
    return list(dict.fromkeys(read(part) for part in re.split(r"[;,|/\n]", text) if part.strip()))


def _commune(text: str) -> str:
    try:
        return communes.insee_of(text)
    except NotOneCommune as unsure:
        if not unsure.candidates:
            raise ValueError(
                f"Aucune commune du PLIE ne s’appelle « {_short(text)} ». Hors territoire, donnez son code INSEE."
            ) from None
        names = ", ".join(communes.shown(commune.insee) for commune in unsure.candidates[:6])
        raise ValueError(f"« {_short(text)} » peut être : {names}. Écrivez le nom complet.") from None


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


READINGS: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType(
    {
        "person.birth_date": _day,
        "person.sex": _code("sex"),
        "person.commune_insee": _commune,
        "situation.employment": _code("employment"),
        "situation.unemployed_since": _day,
        **{f"situation.{name}": _yes_or_no for name in (*UNSAID, "precarious_jobs", "foreign_diploma", "qpv_resident")},
        "situation.education_level": _level,
        "situation.disability": _code("disability"),
        "barriers": _barriers,
        "adhesion.given": _yes_or_no,
        "adhesion.on": _day,
        "prescriber.kind": _code("prescriber-kind"),
    }
)
