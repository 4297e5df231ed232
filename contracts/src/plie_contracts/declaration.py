"""The declaration: which organisation runs what, for which communes. Streams, rights and ports derive from it.

Every commune has exactly one CLAS or is `not-served`; every edge between two organisations is derived, never written."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from plie_contracts import streams
from plie_contracts.territory import COMMUNES, TERRITORIES
from plie_contracts.vocabulary import codes

__all__ = [
    "Acl",
    "Declaration",
    "DeclarationError",
    "EsfOperation",
    "Instance",
    "Organisation",
    "Producer",
    "Territory",
    "TopicSpec",
    "load",
]

Service = Literal["orientation", "admission", "parcours", "reporting"]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]

DAY_MS: Final = 24 * 3600 * 1000
FACTS_PARTITIONS: Final = 6


class DeclarationError(Exception):
    """What is wrong with a declaration, one sentence a problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Instance(NamedTuple):
    """One service run by one organisation; `name` is also its Kafka principal and its consumer group."""

    organisation: str
    service: Service
    name: str
    port: int
    title: str


@dataclass(frozen=True, slots=True)
class Organisation:
    slug: str
    title: str
    prescriber_kinds: tuple[str, ...]
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class Producer:
    """A prescriber with no service of ours: its own IT publishes to its submission topic."""

    slug: str
    title: str
    host: str
    kind: str
    structure: str


@dataclass(frozen=True, slots=True)
class Territory:
    slug: str
    title: str
    communes: tuple[str, ...]
    clas: frozenset[str]
    """The CLAS that serve at least one of its communes."""


@dataclass(frozen=True, slots=True)
class EsfOperation:
    code: str
    title: str
    starts_on: date
    ends_on: date
    maisons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicSpec:
    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "partitions": self.partitions,
            "replication": self.replication,
            "config": dict(self.config),
        }


class Acl(NamedTuple):
    """One LITERAL grant. `resource` is "topic" or "group"; `operation` is "Read", "Write" or "Describe"."""

    principal: str
    resource: str
    name: str
    operation: str


@dataclass(frozen=True)
class Declaration:
    organisations: Mapping[str, Organisation]
    instances: Mapping[str, Instance]
    producers: Mapping[str, Producer]
    territories: Mapping[str, Territory]
    operations: tuple[EsfOperation, ...]
    _clas_of_commune: Mapping[str, str]
    _clas_of_maison: Mapping[str, str]
    _communes_of_maison: Mapping[str, frozenset[str]]
    _etp: Mapping[str, float]

    def instance(self, name: str) -> Instance:
        """The instance of that name (`centre-isere.admission`); KeyError when none is declared."""
        return self.instances[name]

    def of_service(self, service: Service) -> tuple[Instance, ...]:
        return tuple(instance for instance in self.instances.values() if instance.service == service)

    def clas_of(self, insee: str) -> str | None:
        """The organisation whose CLAS serves a commune, None when it is not served or not ours."""
        return self._clas_of_commune.get(insee)

    def communes_of(self, clas: str) -> tuple[str, ...]:
        return tuple(insee for insee, owner in self._clas_of_commune.items() if owner == clas)

    def maisons_of(self, clas: str) -> tuple[str, ...]:
        return tuple(maison for maison, owner in self._clas_of_maison.items() if owner == clas)

    def clas_of_maison(self, maison: str) -> str:
        return self._clas_of_maison[maison]

    def communes_of_maison(self, maison: str) -> frozenset[str]:
        """The communes a Maison covers: all those of its CLAS unless its block names some."""
        return self._communes_of_maison[maison]

    def etp(self, maison: str) -> float:
        """Full-time equivalents of référents in a Maison."""
        return self._etp[maison]

    def prescriber_kinds(self, organisation: str) -> tuple[str, ...]:
        if producer := self.producers.get(organisation):
            return (producer.kind,)
        return self.organisations[organisation].prescriber_kinds

    def host_of(self, partner: str) -> Instance:
        """The orientation instance that hosts a direct producer."""
        return self.instances[self.producers[partner].host]

    def hosted_by(self, instance: str) -> tuple[Producer, ...]:
        return tuple(producer for producer in self.producers.values() if producer.host == instance)

    def title_of(self, organisation: str) -> str:
        if producer := self.producers.get(organisation):
            return producer.title
        return self.organisations[organisation].title

    def principals(self) -> list[str]:
        """Every Kafka user: the instances, and the direct producers under their bare slug."""
        return [*self.instances, *self.producers]

    def writer_of(self, topic: str) -> str:
        return self._flows[topic].writer

    def readers_of(self, topic: str) -> tuple[str, ...]:
        return self._flows[topic].readers

    def reader_of(self, topic: str) -> str | None:
        """The only reader of an addressed or submission topic; None for facts, which several read."""
        parsed = streams.parse_topic(topic)
        if topic not in self._flows or parsed is None or parsed.family in streams.FACTS:
            return None
        return self._flows[topic].readers[0]

    def reads(self, principal: str) -> list[str]:
        return [name for name, flow in self._flows.items() if principal in flow.readers]

    def writes(self, principal: str) -> list[str]:
        return [name for name, flow in self._flows.items() if principal == flow.writer]

    def topics(self, *, demo: bool = False) -> list[TopicSpec]:
        """Every topic with its configuration; `demo`: one broker, and facts keep the time their writer gives them."""
        return [_topic_spec(name, demo=demo) for name in self._flows]

    def acls(self) -> list[Acl]:
        grants: list[Acl] = []
        for principal in self.principals():
            grants.append(Acl(principal, "group", principal, "Read"))
            grants += [
                Acl(principal, "topic", name, right)
                for name in self.writes(principal)
                for right in ("Write", "Describe")
            ]
            grants += [
                Acl(principal, "topic", name, right) for name in self.reads(principal) for right in ("Read", "Describe")
            ]
        return grants

    @cached_property
    def _flows(self) -> Mapping[str, "_Flow"]:
        return MappingProxyType(_flows(self))


class _Flow(NamedTuple):
    writer: str
    readers: tuple[str, ...]


def _flows(declared: Declaration) -> dict[str, _Flow]:
    """Who writes and who reads each topic: the stream table of the architecture, applied to the declaration."""
    orientations, commissions = declared.of_service("orientation"), declared.of_service("admission")
    maisons, reportings = declared.of_service("parcours"), declared.of_service("reporting")
    figures = tuple(instance.name for instance in reportings)
    flows: dict[str, _Flow] = {}

    for prescriber in orientations:
        readers = (*(clas.name for clas in commissions), *figures)
        flows[streams.facts_topic("orientation", prescriber.organisation)] = _Flow(prescriber.name, readers)
    for clas in commissions:
        own = tuple(m.name for m in maisons if declared.clas_of_maison(m.organisation) == clas.organisation)
        others = tuple(other.name for other in commissions if other != clas)
        flows[streams.facts_topic("admission", clas.organisation)] = _Flow(clas.name, (*own, *others, *figures))
    for maison in maisons:
        home = f"{declared.clas_of_maison(maison.organisation)}.admission"
        flows[streams.facts_topic("parcours", maison.organisation)] = _Flow(maison.name, (home, *figures))
    for producer in declared.producers.values():
        flows[streams.submission_topic(producer.slug)] = _Flow(producer.slug, (producer.host,))

    identities = [(prescriber.name, clas.name) for prescriber in orientations for clas in commissions]
    identities += [(clas.name, other.name) for clas in commissions for other in commissions if other != clas]
    for maison in maisons:
        clas_of = declared.clas_of_maison(maison.organisation)
        identities.append((f"{clas_of}.admission", maison.name))
        siblings = [m for m in maisons if m != maison and declared.clas_of_maison(m.organisation) == clas_of]
        identities += [(maison.name, sibling.name) for sibling in siblings]
    answers = [(maison.name, reporting) for maison in maisons for reporting in figures]
    hosted = [(producer.slug, producer.host) for producer in declared.producers.values()]

    flows |= {streams.addressed_topic("identity", *edge): _Flow(edge[0], (edge[1],)) for edge in identities}
    flows |= {streams.addressed_topic("fse", *edge): _Flow(edge[0], (edge[1],)) for edge in answers}
    both_ways = dict.fromkeys(pair for a, b in (*identities, *answers, *hosted) for pair in ((a, b), (b, a)))
    flows |= {streams.addressed_topic("notice", *edge): _Flow(edge[0], (edge[1],)) for edge in both_ways}

    refusals = dict.fromkeys((reader, flow.writer) for flow in flows.values() for reader in flow.readers)
    flows |= {streams.dead_letter_topic(reader, writer): _Flow(reader, (writer,)) for reader, writer in refusals}
    return flows


_RETENTION: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "facts": {"cleanup.policy": "delete", "retention.ms": str(3653 * DAY_MS)},
        "submission": {"cleanup.policy": "delete", "retention.ms": str(30 * DAY_MS)},
        "notice": {"cleanup.policy": "delete", "retention.ms": str(365 * DAY_MS)},
        "dead-letter": {"cleanup.policy": "delete", "retention.ms": str(90 * DAY_MS)},
        "compacted": {
            "cleanup.policy": "compact",
            "segment.ms": str(DAY_MS),
            "max.compaction.lag.ms": str(7 * DAY_MS),
            "delete.retention.ms": str(90 * DAY_MS),
        },
    }
)


def _topic_spec(name: str, *, demo: bool) -> TopicSpec:
    topic = streams.parse_topic(name)
    assert topic is not None
    facts = topic.family in streams.FACTS
    kind = "facts" if facts else "compacted" if topic.family in {"identity", "fse"} else topic.family
    config = dict(_RETENTION[kind])
    config["message.timestamp.type"] = "CreateTime" if facts and demo else "LogAppendTime"
    config["min.insync.replicas"] = "1" if demo else "2"
    return TopicSpec(name, FACTS_PARTITIONS if facts else 1, 1 if demo else 3, MappingProxyType(config))


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
