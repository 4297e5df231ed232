"""What may be read and written: the topics, who writes and who reads each of them, and the rights this takes in Kafka."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from plie_contracts import streams
from plie_contracts.declaration.organisations import Instance, Producer, Service

DAY_MS: Final = 24 * 3600 * 1000
FACTS_PARTITIONS: Final = 6


class Flow(NamedTuple):
    """Of one topic; a principal is an instance or, under its bare slug, a direct producer."""

    writer: str
    readers: tuple[str, ...]


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


def flows_between(
    instances: Collection[Instance], producers: Collection[Producer], clas_of_maison: Mapping[str, str]
) -> dict[str, Flow]:
    """Who writes and who reads each topic: the stream table of the architecture, applied to what is declared."""

    def of_service(service: Service) -> list[Instance]:
        return [instance for instance in instances if instance.service == service]

    orientations, commissions, maisons = of_service("orientation"), of_service("admission"), of_service("parcours")
    figures = tuple(instance.name for instance in of_service("reporting"))
    flows: dict[str, Flow] = {}

    for prescriber in orientations:
        readers = (*(clas.name for clas in commissions), *figures)
        flows[streams.facts_topic("orientation", prescriber.organisation)] = Flow(prescriber.name, readers)
    for clas in commissions:
        own = tuple(m.name for m in maisons if clas_of_maison[m.organisation] == clas.organisation)
        others = tuple(other.name for other in commissions if other != clas)
        flows[streams.facts_topic("admission", clas.organisation)] = Flow(clas.name, (*own, *others, *figures))
    for maison in maisons:
        home = f"{clas_of_maison[maison.organisation]}.admission"
        flows[streams.facts_topic("parcours", maison.organisation)] = Flow(maison.name, (home, *figures))
    for producer in producers:
        flows[streams.submission_topic(producer.slug)] = Flow(producer.slug, (producer.host,))

    identities = [(prescriber.name, clas.name) for prescriber in orientations for clas in commissions]
    identities += [(clas.name, other.name) for clas in commissions for other in commissions if other != clas]
    for maison in maisons:
        clas_of = clas_of_maison[maison.organisation]
        identities.append((f"{clas_of}.admission", maison.name))
        siblings = [m for m in maisons if m != maison and clas_of_maison[m.organisation] == clas_of]
        identities += [(maison.name, sibling.name) for sibling in siblings]
    answers = [(maison.name, reporting) for maison in maisons for reporting in figures]
    hosted = [(producer.slug, producer.host) for producer in producers]

    flows |= {streams.addressed_topic("identity", *edge): Flow(edge[0], (edge[1],)) for edge in identities}
    flows |= {streams.addressed_topic("fse", *edge): Flow(edge[0], (edge[1],)) for edge in answers}
    both_ways = dict.fromkeys(pair for a, b in (*identities, *answers, *hosted) for pair in ((a, b), (b, a)))
    flows |= {streams.addressed_topic("notice", *edge): Flow(edge[0], (edge[1],)) for edge in both_ways}

    refusals = dict.fromkeys((reader, flow.writer) for flow in flows.values() for reader in flow.readers)
    flows |= {streams.dead_letter_topic(reader, writer): Flow(reader, (writer,)) for reader, writer in refusals}
    return flows


def grants(principals: Iterable[str], flows: Mapping[str, Flow]) -> list[Acl]:
    """Each principal may use its own consumer group, write what it writes and read what it reads; nothing else."""
    granted: list[Acl] = []
    for principal in principals:
        writes = [name for name, flow in flows.items() if principal == flow.writer]
        reads = [name for name, flow in flows.items() if principal in flow.readers]
        granted.append(Acl(principal, "group", principal, "Read"))
        granted += [Acl(principal, "topic", name, right) for name in writes for right in ("Write", "Describe")]
        granted += [Acl(principal, "topic", name, right) for name in reads for right in ("Read", "Describe")]
    return granted


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


_TOLD_BY_THE_BROKER: Final = {"message.timestamp.type": "LogAppendTime"}
_TOLD_BY_THE_WRITER: Final = {
    "message.timestamp.type": "CreateTime",
    # By default Kafka refuses what is dated an hour ahead: a writer with a wrong clock would tell nothing more.
    "message.timestamp.after.max.ms": str(3653 * DAY_MS),
}


def topic_spec(name: str, *, demo: bool) -> TopicSpec:
    topic = streams.parse_topic(name)
    assert topic is not None
    facts = topic.family in streams.FACTS
    kind = "facts" if facts else "compacted" if topic.family in {"identity", "fse"} else topic.family
    config = dict(_RETENTION[kind])
    config |= _TOLD_BY_THE_WRITER if facts and demo else _TOLD_BY_THE_BROKER
    config["min.insync.replicas"] = "1" if demo else "2"
    return TopicSpec(name, FACTS_PARTITIONS if facts else 1, 1 if demo else 3, MappingProxyType(config))
