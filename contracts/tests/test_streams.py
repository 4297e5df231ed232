"""Names of topics are built and parsed in one place, both ways the same."""

import pytest

from plie_contracts.streams import (
    Topic,
    addressed_topic,
    dead_letter_topic,
    facts_topic,
    parse_topic,
    source_of,
    submission_topic,
)


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        (facts_topic("admission", "centre-isere"), Topic("admission", "centre-isere.admission", None)),
        (submission_topic("mission-locale-voiron"), Topic("submission", "mission-locale-voiron", None)),
        (
            addressed_topic("identity", "metropole.admission", "mde-grenoble-nord.parcours"),
            Topic("identity", "metropole.admission", "mde-grenoble-nord.parcours"),
        ),
        (
            dead_letter_topic("metropole.orientation", "mission-locale-voiron"),
            Topic("dead-letter", "metropole.orientation", "mission-locale-voiron"),
        ),
        (addressed_topic("notice", "to.parcours", "to"), Topic("notice", "to.parcours", "to")),
    ],
)
def test_a_topic_says_who_writes_it_and_who_reads_it(name: str, topic: Topic) -> None:
    assert parse_topic(name) == topic


def test_a_dead_letter_topic_is_written_by_the_reader_who_refuses() -> None:
    name = "plie.dead-letter.v1.metropole.orientation.to.mission-locale-voiron"
    assert dead_letter_topic("metropole.orientation", "mission-locale-voiron") == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "plie.admission.v1",
        "plie.admission.v2.centre-isere",
        "plie.admission.v1.Centre",
        "plie.admission.v1.centre-isere.parcours",
        "plie.admission.v1.centre-isere\n",
        "plie.identity.v1.a.to.b.admission.x",
        "plie.identity.v1.centre-isere.secret.to.b",
        "__consumer_offsets",
    ],
)
def test_another_name_is_no_stream_of_ours(name: str) -> None:
    assert parse_topic(name) is None


def test_a_name_that_would_not_parse_is_not_built() -> None:
    with pytest.raises(ValueError, match="not a stream"):
        facts_topic("parcours", "Centre Isère")
    with pytest.raises(ValueError, match="not a stream"):
        submission_topic("x" * 250)


def test_the_source_is_the_writers_path() -> None:
    assert source_of("centre-isere.admission") == "/organisations/centre-isere/admission"
    assert source_of("mission-locale-voiron") == "/organisations/mission-locale-voiron"
    with pytest.raises(ValueError, match="not an instance"):
        source_of("../etc")
