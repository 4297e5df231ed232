"""What the broker itself allows and refuses, against the declaration: every principal, every topic and group, every operation."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclOperation,
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from plie_contracts.declaration import parse
from plie_deploy import provision
from plie_deploy.kafka import LocalKafka, client_config
from plie_deploy.testing import DECLARATION, Declare, Declared

REFUSED = KafkaError.TOPIC_AUTHORIZATION_FAILED


@pytest.fixture
def cast(declare: Declare) -> Declared:
    """The demo's cast and, for each kind of instance, one whose slug begins with another's slug."""
    document = yaml.safe_load(DECLARATION.read_text())
    organisations = document["organisations"]
    organisations["departement-38-1"] = {
        "title": "Département, antenne",
        "prescribers": ["DEPT"],
        "services": {"orientation": {"port": 8191}},
    }
    organisations["centre-isere-est"] = {
        "title": "Centre Isère Est",
        "services": {
            "admission": {"port": 8291, "serves": {"communes": ["38563"]}},
            "parcours": {"port": 8391, "clas": "centre-isere-est", "etp": 1.0},
            "reporting": {"port": 8491},
        },
    }
    organisations["mission-locale-voiron-2"] = {
        "title": "Une autre Mission Locale",
        "publishes": {"hosted-by": "metropole.orientation", "kind": "ML", "structure": "Une autre Mission Locale"},
    }
    return declare(document=document)


def client(kafka: LocalKafka, cast: Declared, principal: str) -> dict[str, Any]:
    return client_config(kafka.bootstrap_servers, principal, cast.passwords[principal])


def written_by(config: Mapping[str, Any], topics: list[str]) -> dict[str, bool]:
    """Whether a record that this client sends to each topic is taken."""
    outcome: dict[str, bool] = {}

    def delivered(error: KafkaError | None, message: Message) -> None:
        topic = message.topic()
        assert topic is not None
        if error is not None and error.code() != REFUSED:
            raise KafkaException(error)
        outcome[topic] = error is None

    producer = Producer({**config, "message.timeout.ms": 60_000})
    for topic in topics:
        producer.produce(topic, b"{}", key=b"k", partition=0, on_delivery=delivered)
        producer.poll(0)
    assert producer.flush(60) == 0
    return outcome


def read_by(config: Mapping[str, Any], topics: list[str]) -> dict[str, bool]:
    """Whether this client gets the record that lies in each topic; of those it may not even describe it learns nothing."""
    outcome: dict[str, bool] = {}
    consumer = Consumer({**config, "group.id": config["sasl.username"], "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0) for topic in topics])
    try:
        while len(outcome) < len(topics):
            message = consumer.poll(30)
            assert message is not None, "some topics answer with neither a record nor a refusal"
            error, topic = message.error(), message.topic()
            assert topic is not None
            if error is not None and error.code() != REFUSED:
                raise KafkaException(error)
            outcome[topic] = error is None
    finally:
        consumer.close()
    return outcome


def groups_of(config: Mapping[str, Any], groups: list[str]) -> set[str]:
    """The groups that the broker lets this client read."""
    admin = AdminClient(dict(config))
    allowed = set()
    for group, future in admin.describe_consumer_groups(groups, include_authorized_operations=True).items():
        try:
            operations = future.result(30).authorized_operations
        except KafkaException as error:
            if error.args[0].code() != KafkaError.GROUP_AUTHORIZATION_FAILED:
                raise
        else:
            assert set(operations) == {AclOperation.READ, AclOperation.DESCRIBE}
            allowed.add(group)
    return allowed


def operations_on(config: Mapping[str, Any], topics: list[str]) -> dict[str, set[AclOperation]]:
    """All that the broker lets this client do to each topic, deleting and altering too."""
    admin = AdminClient(dict(config))
    outcome: dict[str, set[AclOperation]] = {}
    described = admin.describe_topics(TopicCollection(topics), include_authorized_operations=True)
    for topic, future in described.items():
        try:
            outcome[topic] = set(future.result(30).authorized_operations)
        except KafkaException as error:
            if error.args[0].code() != REFUSED:
                raise
            outcome[topic] = set()
    return outcome


def test_the_broker_lets_each_principal_do_what_the_declaration_says_and_nothing_else(
    kafka: LocalKafka, cast: Declared
) -> None:
    declaration = cast.declaration
    topics, principals = [topic.name for topic in declaration.topics()], declaration.principals()
    for principal in principals:
        config = client(kafka, cast, principal)
        writes, reads = set(declaration.writes(principal)), set(declaration.reads(principal))
        assert written_by(config, topics) == {topic: topic in writes for topic in topics}, principal
        assert groups_of(config, principals) == {principal}
        assert operations_on(config, topics) == {
            topic: ({AclOperation.WRITE, AclOperation.DESCRIBE} if topic in writes else set())
            | ({AclOperation.READ, AclOperation.DESCRIBE} if topic in reads else set())
            for topic in topics
        }, principal
    for principal in principals:  # now that every topic holds its writer's record
        writes, reads = set(declaration.writes(principal)), set(declaration.reads(principal))
        known = sorted(writes | reads)
        assert read_by(client(kafka, cast, principal), known) == {topic: topic in reads for topic in known}, principal


def test_a_longer_slug_gives_no_right_on_the_streams_of_the_shorter(kafka: LocalKafka, cast: Declared) -> None:
    facts, config = cast.name("departement-38"), client(kafka, cast, cast.name("departement-38-1.orientation"))
    assert written_by(config, [f"plie.orientation.v1.{facts}"]) == {f"plie.orientation.v1.{facts}": False}
    assert written_by(config, [f"plie.orientation.v1.{facts}-1"]) == {f"plie.orientation.v1.{facts}-1": True}


def test_a_principal_cannot_move_the_offsets_of_another_ones_group(kafka: LocalKafka, cast: Declared) -> None:
    intruder, group = cast.name("metropole.reporting"), cast.name("metropole.admission")
    offsets = [TopicPartition(cast.declaration.reads(intruder)[0], 0, 1)]
    admin = AdminClient(client(kafka, cast, intruder))
    attempt = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, offsets)])[group]
    with pytest.raises(KafkaException) as refusal:
        attempt.result(30)
    assert refusal.value.args[0].code() == KafkaError.GROUP_AUTHORIZATION_FAILED


def test_a_service_can_neither_make_topics_nor_rights_nor_users(kafka: LocalKafka, cast: Declared) -> None:
    admin = AdminClient(client(kafka, cast, cast.name("metropole.admission")))
    topic = dataclasses.replace(cast.declaration.topics(demo=True)[0], name="plie.orientation.v1.invented")
    somebody = UserScramCredentialUpsertion(
        "somebody", ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), b"password"
    )
    for attempt in (
        lambda: provision.create_topics(admin, [topic]),
        lambda: provision.create_acls(admin, cast.declaration.acls()[:1]),
        lambda: admin.alter_user_scram_credentials([somebody])["somebody"].result(30),
    ):
        with pytest.raises(KafkaException) as refusal:
            attempt()
        assert refusal.value.args[0].code() in {REFUSED, KafkaError.CLUSTER_AUTHORIZATION_FAILED}


def test_provisioning_again_changes_nothing(kafka: LocalKafka, cast: Declared) -> None:
    other_passwords = dict.fromkeys(cast.passwords, "another password")
    provision.provision(kafka.admin_config, cast.declaration, other_passwords)
    principal = cast.name("metropole.reporting")
    assert groups_of(client(kafka, cast, principal), [principal]) == {principal}


def test_what_a_newer_declaration_adds_is_added(kafka: LocalKafka, cast: Declared) -> None:
    document = json.loads(cast.path.read_text())
    newcomer = cast.name("pole-emploi-73")
    document["organisations"][newcomer] = {
        "title": "Pôle emploi Savoie",
        "prescribers": ["FT"],
        "services": {"orientation": {"port": 8192}},
    }
    declaration, principal = parse(document), f"{newcomer}.orientation"
    passwords = {**cast.passwords, principal: "a password of its own"}
    provision.provision(kafka.admin_config, declaration, passwords)
    config = client_config(kafka.bootstrap_servers, principal, passwords[principal])
    topics = [topic.name for topic in declaration.topics()]
    assert written_by(config, topics) == {topic: topic in declaration.writes(principal) for topic in topics}


def test_topics_are_made_as_the_declaration_describes_them(kafka: LocalKafka, cast: Declared) -> None:
    known = AdminClient(kafka.admin_config).list_topics(timeout=20).topics
    for topic in cast.declaration.topics(demo=True):
        assert len(known[topic.name].partitions) == topic.partitions
