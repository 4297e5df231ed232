"""A declaration as it was read, and the questions it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from plie_contracts import streams
from plie_contracts.declaration.flows import Acl, Flow, TopicSpec, flows_between, grants, topic_spec
from plie_contracts.declaration.organisations import (
    EsfOperation,
    Instance,
    Organisation,
    Producer,
    Service,
    Territory,
)


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
        return [topic_spec(name, demo=demo) for name in self._flows]

    def acls(self) -> list[Acl]:
        return grants(self.principals(), self._flows)

    @cached_property
    def _flows(self) -> Mapping[str, Flow]:
        flows = flows_between(self.instances.values(), self.producers.values(), self._clas_of_maison)
        return MappingProxyType(flows)
