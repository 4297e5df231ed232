"""The file that declares: its blocks, reading it, and all that can be wrong with it, each problem in one sentence."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from plie_contracts.declaration.model import Declaration
from plie_contracts.declaration.organisations import (
    EsfOperation,
    Instance,
    Organisation,
    Producer,
    Service,
    Territory,
)
from plie_contracts.territory import COMMUNES, TERRITORIES
from plie_contracts.vocabulary import codes

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]


class DeclarationError(Exception):
    """What is wrong with a declaration, one sentence a problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=lambda name: name.replace("_", "-"), strict=True)


class _Covers(_Block):
    territories: list[str] = []
    communes: list[str] = []


class _Runs(_Block):
    port: Annotated[int, Field(ge=1, le=65535)]
    title: str | None = None


class _RunsAdmission(_Runs):
    serves: _Covers


class _RunsParcours(_Runs):
    clas: Slug
    etp: Annotated[float, Field(gt=0)]
    serves: _Covers | None = None


class _Services(_Block):
    orientation: _Runs | None = None
    admission: _RunsAdmission | None = None
    parcours: _RunsParcours | None = None
    reporting: _Runs | None = None

    def declared(self) -> dict[Service, _Runs]:
        runs: dict[Service, _Runs | None] = {
            "orientation": self.orientation,
            "admission": self.admission,
            "parcours": self.parcours,
            "reporting": self.reporting,
        }
        return {service: run for service, run in runs.items() if run is not None}


class _Publishes(_Block):
    hosted_by: str
    kind: str
    structure: str


class _OrganisationBlock(_Block):
    title: str
    prescribers: list[str] = []
    services: _Services = _Services()
    publishes: _Publishes | None = None


class _OperationBlock(_Block):
    title: str
    starts_on: Annotated[date, Field(strict=False)]
    ends_on: Annotated[date, Field(strict=False)]
    maisons: list[str]


class _Document(_Block):
    organisations: dict[Slug, _OrganisationBlock]
    not_served: _Covers = _Covers()
    esf_operations: dict[Slug, _OperationBlock] = {}


def load(path: str | Path) -> Declaration:
    """Reads a declaration (YAML or JSON); raises DeclarationError with all that is wrong, in words."""
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError([f"{path} : la déclaration est illisible ({error})"]) from error
    return parse(_document(str(path), text))


def parse(document: Any) -> Declaration:
    try:
        declared = _Document.model_validate(document)
    except ValidationError as error:
        from plie_contracts.explanations import explain

        raise DeclarationError([f"{path} : {message}" for path, _, message in explain(error)]) from error
    return _build(declared)


def _document(path: str, text: str) -> Any:
    if path.endswith(".json"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise DeclarationError([f"{path} : ce n’est pas du JSON ({error})"]) from error
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise DeclarationError([f"{path} : lire du YAML demande plie-contracts[cli]"]) from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DeclarationError([f"{path} : ce n’est pas du YAML ({error})"]) from error


def _build(declared: _Document) -> Declaration:
    problems: list[str] = []
    organisations: dict[str, Organisation] = {}
    instances: dict[str, Instance] = {}
    producers: dict[str, Producer] = {}
    clas_of_maison: dict[str, str] = {}
    etp: dict[str, float] = {}

    for slug, block in declared.organisations.items():
        runs = block.services.declared()
        kinds = [*block.prescribers, *([block.publishes.kind] if block.publishes else [])]
        problems += [
            f"{slug} : le prescripteur « {kind} » n’est pas au vocabulaire"
            for kind in kinds
            if kind not in codes("prescriber-kind")
        ]
        if block.publishes:
            if runs:
                problems.append(f"{slug} : un producteur direct ne fait tourner aucun de nos services")
            producers[slug] = Producer(
                slug, block.title, block.publishes.hosted_by, block.publishes.kind, block.publishes.structure
            )
            continue
        organisations[slug] = Organisation(slug, block.title, tuple(block.prescribers), tuple(runs))
        for service, run in runs.items():
            name = f"{slug}.{service}"
            instances[name] = Instance(slug, service, name, run.port, run.title or block.title)
        if parcours := block.services.parcours:
            clas_of_maison[slug], etp[slug] = parcours.clas, parcours.etp

    problems += _port_clashes(instances.values())
    problems += [
        f"{maison} : la CLAS « {clas} » n’est pas déclarée"
        for maison, clas in clas_of_maison.items()
        if f"{clas}.admission" not in instances
    ]
    problems += [
        f"{producer.slug} : « {producer.host} » n’est pas une instance d’orientation déclarée"
        for producer in producers.values()
        if producer.host not in instances or instances[producer.host].service != "orientation"
    ]
    operations = tuple(_esf_operation(code, block, etp, problems) for code, block in declared.esf_operations.items())

    covers: dict[str | None, _Covers] = {None: declared.not_served}
    for slug, block in declared.organisations.items():
        if block.services.admission:
            covers[slug] = block.services.admission.serves
    owners = _owners(covers, problems)
    communes_of_maison = {
        maison: _covered_by_maison(maison, declared.organisations[maison], owners, problems)
        for maison in clas_of_maison
    }
    if problems:
        raise DeclarationError(problems)

    clas_of_commune = {insee: owner for insee, owner in owners.items() if owner is not None}
    territories = {
        slug: Territory(
            slug, t.title, t.communes, frozenset(clas_of_commune[c] for c in t.communes if c in clas_of_commune)
        )
        for slug, t in TERRITORIES.items()
    }
    return Declaration(
        MappingProxyType(organisations),
        MappingProxyType(instances),
        MappingProxyType(producers),
        MappingProxyType(territories),
        operations,
        MappingProxyType(clas_of_commune),
        MappingProxyType(clas_of_maison),
        MappingProxyType(communes_of_maison),
        MappingProxyType(etp),
    )


def _port_clashes(instances: Iterable[Instance]) -> list[str]:
    first: dict[int, str] = {}
    return [
        f"{instance.name} : le port {instance.port} est déjà celui de {other}"
        for instance in instances
        if (other := first.setdefault(instance.port, instance.name)) != instance.name
    ]


def _esf_operation(code: str, block: _OperationBlock, etp: Mapping[str, float], problems: list[str]) -> EsfOperation:
    problems += [
        f"{code} : « {maison} » n’est pas une Maison déclarée" for maison in block.maisons if maison not in etp
    ]
    if block.ends_on < block.starts_on:
        problems.append(f"{code} : l’opération finit avant de commencer")
    return EsfOperation(code, block.title, block.starts_on, block.ends_on, tuple(block.maisons))


def _owners(covers: Mapping[str | None, _Covers], problems: list[str]) -> dict[str, str | None]:
    """The CLAS of each commune (None: not served). A commune named by its code wins over its territory."""
    by_commune: dict[str, str | None] = {}
    by_territory: dict[str, str | None] = {}

    def claim(claims: dict[str, str | None], place: str, known: Mapping[str, object], owner: str | None) -> None:
        who = owner or "not-served"
        if place not in known:
            problems.append(f"{who} : « {place} » n’est ni une commune ni un territoire du PLIE")
        elif place in claims:
            problems.append(f"{who} : « {place} » est déjà servi par {claims[place] or 'not-served'}")
        else:
            claims[place] = owner

    for owner, cover in covers.items():
        for insee in cover.communes:
            claim(by_commune, insee, COMMUNES, owner)
        for slug in cover.territories:
            claim(by_territory, slug, TERRITORIES, owner)

    owners: dict[str, str | None] = {}
    for insee, commune in COMMUNES.items():
        if insee in by_commune:
            owners[insee] = by_commune[insee]
        elif commune.territory in by_territory:
            owners[insee] = by_territory[commune.territory]
        else:
            problems.append(f"{insee} {commune.name} : ni CLAS ni « not-served »")
    return owners


def _covered_by_maison(
    maison: str, block: _OrganisationBlock, owners: Mapping[str, str | None], problems: list[str]
) -> frozenset[str]:
    parcours = block.services.parcours
    assert parcours is not None
    of_clas = frozenset(insee for insee, owner in owners.items() if owner == parcours.clas)
    if parcours.serves is None:
        return of_clas
    places = [*parcours.serves.communes, *parcours.serves.territories]
    problems += [
        f"{maison} : « {place} » n’est ni une commune ni un territoire du PLIE"
        for place in places
        if place not in COMMUNES and place not in TERRITORIES
    ]
    named = frozenset(parcours.serves.communes).union(
        *(TERRITORIES[place].communes for place in parcours.serves.territories if place in TERRITORIES)
    )
    problems += [f"{maison} : la commune {insee} n’est pas servie par sa CLAS" for insee in sorted(named - of_clas)]
    return named & of_clas
