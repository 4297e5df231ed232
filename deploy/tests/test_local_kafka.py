from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from plie_deploy import jars
from plie_deploy.kafka import LocalKafka, client_config
from plie_deploy.processes import Unavailable, accepts_connections


def write(kafka: LocalKafka, topic: str, value: bytes) -> None:
    producer = Producer({**kafka.admin_config, "message.timeout.ms": 15_000, "acks": "all"})
    producer.produce(topic, value)
    assert producer.flush(20) == 0


def content(kafka: LocalKafka, topic: str) -> list[bytes | None]:
    consumer = Consumer({**kafka.admin_config, "group.id": "unused", "enable.auto.commit": False})
    try:
        partition = TopicPartition(topic, 0, 0)
        end = consumer.get_watermark_offsets(partition, timeout=15)[1]
        consumer.assign([partition])
        return [message.value() for message in consumer.consume(end, timeout=15)]
    finally:
        consumer.close()


def make_topic(kafka: LocalKafka, topic: str) -> None:
    admin = AdminClient(kafka.admin_config)
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(15)


def test_what_was_acknowledged_survives_a_kill_and_a_restart(kafka: LocalKafka) -> None:
    make_topic(kafka, "survivors")
    write(kafka, "survivors", b"before")
    kafka.kill()
    assert not kafka.is_running()
    kafka.start()
    write(kafka, "survivors", b"after the kill")
    kafka.restart()
    assert content(kafka, "survivors") == [b"before", b"after the kill"]


def test_two_brokers_run_side_by_side(kafka: LocalKafka, tmp_path: Path) -> None:
    other = LocalKafka(tmp_path)
    other.start()
    try:
        make_topic(other, "only-there")
        assert "only-there" not in AdminClient(kafka.admin_config).list_topics(timeout=10).topics
        assert other.admin_password != kafka.admin_password
    finally:
        other.stop()
    assert not accepts_connections(other.port)
    assert kafka.is_running()


def test_a_wrong_password_is_refused(kafka: LocalKafka) -> None:
    stranger = AdminClient({**client_config(kafka.bootstrap_servers, "admin", "guessed"), "socket.timeout.ms": 3000})
    with pytest.raises(KafkaException):
        stranger.list_topics(timeout=3)


def test_a_taken_port_is_said_in_one_line(kafka: LocalKafka, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=rf"^port {kafka.port} \(Kafka\) is already taken on this machine$"):
        LocalKafka(tmp_path, port=kafka.port).start()


def test_the_secrets_of_a_data_directory_are_its_owners_alone(kafka: LocalKafka) -> None:
    for name in ("admin.password", "server.properties"):
        assert (kafka.data_dir / name).stat().st_mode & 0o777 == 0o600


def test_a_jar_that_is_not_the_locked_one_never_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    jar = jars.locked()[0]
    jar.path.parent.mkdir(parents=True)
    jar.path.write_bytes(b"something else")
    assert not jar.is_intact()
