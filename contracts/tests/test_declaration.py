"""One page declares the platform; streams and rights follow from it, and a wrong page says why."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from plie_contracts.declaration import Acl, Declaration, DeclarationError, load, parse

PORTS = {
    "departement-38.orientation": 8101,
    "pole-emploi-38.orientation": 8102,
    "metropole.orientation": 8103,
    "metropole.admission": 8201,
    "centre-isere.admission": 8202,
    "mde-grenoble-nord.parcours": 8301,
    "mde-grenoble-sud.parcours": 8302,
    "centre-isere.parcours": 8303,
    "metropole.reporting": 8401,
}


@pytest.fixture
def page(organisations: Path) -> Any:
    return yaml.safe_load(organisations.read_text("utf-8"))


def test_nine_instances_run_on_the_ports_of_the_demo(declaration: Declaration) -> None:
    assert {name: instance.port for name, instance in declaration.instances.items()} == PORTS
    assert declaration.principals() == [*declaration.instances, "mission-locale-voiron"]


def test_every_commune_has_a_clas_or_is_not_served(declaration: Declaration) -> None:
    assert declaration.clas_of("38563") == "centre-isere"
    assert declaration.clas_of("38185") == "metropole"
    assert declaration.clas_of("38169") is None
    assert declaration.clas_of("73010") is None
    assert len(declaration.communes_of("centre-isere")) == 31 + 7 + 47
    assert declaration.communes_of("metropole") == ("38185",)
    assert declaration.territories["metropole"].clas == {"metropole"}
    assert declaration.territories["gresivaudan"].clas == frozenset()


def test_maisons_belong_to_a_clas_and_have_their_etp(declaration: Declaration) -> None:
    assert declaration.maisons_of("metropole") == ("mde-grenoble-nord", "mde-grenoble-sud")
    assert declaration.clas_of_maison("centre-isere") == "centre-isere"
    assert declaration.etp("mde-grenoble-nord") + declaration.etp("mde-grenoble-sud") == pytest.approx(10.95)
    assert declaration.communes_of_maison("mde-grenoble-sud") == {"38185"}


def test_prescribers_and_the_direct_producer_are_hosted_as_declared(declaration: Declaration) -> None:
    assert declaration.prescriber_kinds("departement-38") == ("DEPT", "TRAVAILLEUR_SOCIAL")
    assert declaration.prescriber_kinds("pole-emploi-38") == ("FT",)
    assert declaration.prescriber_kinds("mission-locale-voiron") == ("ML",)
    assert declaration.host_of("mission-locale-voiron").name == "metropole.orientation"
    assert [producer.slug for producer in declaration.hosted_by("metropole.orientation")] == ["mission-locale-voiron"]
    assert declaration.title_of("mission-locale-voiron") == "Mission Locale du Voironnais"


@pytest.mark.parametrize(
    ("topic", "writer", "readers"),
    [
        ("plie.orientation.v1.departement-38", "departement-38.orientation", {"metropole.admission", "centre-isere.admission", "metropole.reporting"}),
        ("plie.admission.v1.metropole", "metropole.admission", {"mde-grenoble-nord.parcours", "mde-grenoble-sud.parcours", "centre-isere.admission", "metropole.reporting"}),
        ("plie.parcours.v1.centre-isere", "centre-isere.parcours", {"centre-isere.admission", "metropole.reporting"}),
        ("plie.submission.v1.mission-locale-voiron", "mission-locale-voiron", {"metropole.orientation"}),
        ("plie.identity.v1.departement-38.orientation.to.centre-isere.admission", "departement-38.orientation", {"centre-isere.admission"}),
        ("plie.identity.v1.metropole.admission.to.centre-isere.admission", "metropole.admission", {"centre-isere.admission"}),
        ("plie.identity.v1.mde-grenoble-nord.parcours.to.mde-grenoble-sud.parcours", "mde-grenoble-nord.parcours", {"mde-grenoble-sud.parcours"}),
        ("plie.fse.v1.centre-isere.parcours.to.metropole.reporting", "centre-isere.parcours", {"metropole.reporting"}),
        ("plie.notice.v1.metropole.orientation.to.mission-locale-voiron", "metropole.orientation", {"mission-locale-voiron"}),
        ("plie.notice.v1.mission-locale-voiron.to.metropole.orientation", "mission-locale-voiron", {"metropole.orientation"}),
        ("plie.dead-letter.v1.metropole.reporting.to.centre-isere.parcours", "metropole.reporting", {"centre-isere.parcours"}),
        ("plie.dead-letter.v1.metropole.orientation.to.mission-locale-voiron", "metropole.orientation", {"mission-locale-voiron"}),
    ],
)  # fmt: skip
def test_the_stream_table_follows_from_the_page(
    declaration: Declaration, topic: str, writer: str, readers: set[str]
) -> None:
    assert declaration.writer_of(topic) == writer
    assert set(declaration.readers_of(topic)) == readers
    assert topic in declaration.writes(writer)
    assert all(topic in declaration.reads(reader) for reader in readers)


def test_a_maison_of_another_clas_reads_nothing_of_this_one(declaration: Declaration) -> None:
    read = declaration.reads("centre-isere.parcours")
    assert "plie.admission.v1.metropole" not in read
    assert not any("mde-grenoble" in topic for topic in read)


def test_reporting_has_no_right_on_any_stream_that_names_a_person(declaration: Declaration) -> None:
    topics = {
        acl.name for acl in declaration.acls() if acl.principal == "metropole.reporting" and acl.resource == "topic"
    }
    assert topics
    assert not any(topic.startswith(("plie.identity.", "plie.submission.")) for topic in topics)


def test_addressed_topics_have_one_reader_and_facts_several(declaration: Declaration) -> None:
    for spec in declaration.topics():
        facts = spec.name.split(".")[1] in {"orientation", "admission", "parcours"}
        assert (declaration.reader_of(spec.name) is None) == facts
        assert facts or len(declaration.readers_of(spec.name)) == 1


DAY = 24 * 3600 * 1000


@pytest.mark.parametrize(
    ("topic", "partitions", "config"),
    [
        ("plie.orientation.v1.departement-38", 6, {"cleanup.policy": "delete", "retention.ms": str(3653 * DAY)}),
        ("plie.submission.v1.mission-locale-voiron", 1, {"cleanup.policy": "delete", "retention.ms": str(30 * DAY)}),
        (
            "plie.identity.v1.departement-38.orientation.to.centre-isere.admission",
            1,
            {"cleanup.policy": "compact", "segment.ms": str(DAY), "max.compaction.lag.ms": str(7 * DAY), "delete.retention.ms": str(90 * DAY)},
        ),
        ("plie.notice.v1.metropole.admission.to.centre-isere.admission", 1, {"cleanup.policy": "delete", "retention.ms": str(365 * DAY)}),
        ("plie.dead-letter.v1.metropole.reporting.to.centre-isere.parcours", 1, {"cleanup.policy": "delete", "retention.ms": str(90 * DAY)}),
    ],
)  # fmt: skip
def test_each_kind_of_stream_is_kept_as_long_as_it_must(
    declaration: Declaration, topic: str, partitions: int, config: dict[str, str]
) -> None:
    spec = next(spec for spec in declaration.topics() if spec.name == topic)
    assert spec.partitions == partitions
    assert spec.replication == 3
    assert spec.config == config | {"message.timestamp.type": "LogAppendTime", "min.insync.replicas": "2"}


def test_only_the_demo_lets_facts_keep_the_time_of_their_writer(declaration: Declaration) -> None:
    for spec in declaration.topics(demo=True):
        facts = spec.name.split(".")[1] in {"orientation", "admission", "parcours"}
        assert spec.config["message.timestamp.type"] == ("CreateTime" if facts else "LogAppendTime")
        assert (spec.replication, spec.config["min.insync.replicas"]) == (1, "1")


def test_a_writer_whose_clock_runs_ahead_is_not_refused_by_the_broker_of_the_demo(declaration: Declaration) -> None:
    """Elsewhere the broker's clock counts, whatever the writer's says."""
    for spec in declaration.topics(demo=True):
        if spec.config["message.timestamp.type"] == "CreateTime":
            assert int(spec.config["message.timestamp.after.max.ms"]) > 365 * DAY


def test_a_principal_has_its_own_group_and_exactly_its_topics(declaration: Declaration) -> None:
    granted = declaration.acls()
    assert len(granted) == len(set(granted))
    for principal in declaration.principals():
        expected = {Acl(principal, "group", principal, "Read")}
        expected |= {
            Acl(principal, "topic", topic, right)
            for topic in declaration.writes(principal)
            for right in ("Write", "Describe")
        }
        expected |= {
            Acl(principal, "topic", topic, right)
            for topic in declaration.reads(principal)
            for right in ("Read", "Describe")
        }
        assert {acl for acl in granted if acl.principal == principal} == expected


def test_a_slug_that_begins_like_another_gets_none_of_its_rights(page: Any) -> None:
    page["organisations"]["centre"] = {"title": "Centre", "services": {"orientation": {"port": 8199}}}
    page["organisations"]["mission-locale"] = {
        "title": "Mission Locale",
        "publishes": {"hosted-by": "centre.orientation", "kind": "ML", "structure": "Mission Locale"},
    }
    declared = parse(page)
    for principal in ("centre.orientation", "mission-locale"):
        for acl in declared.acls():
            if acl.principal == principal and acl.resource == "topic":
                assert principal in {declared.writer_of(acl.name), *declared.readers_of(acl.name)}
                assert "mission-locale-voiron" not in acl.name
    assert Acl("mission-locale", "group", "mission-locale", "Read") in declared.acls()


def test_adding_an_organisation_is_one_block(page: Any, declaration: Declaration) -> None:
    page["organisations"]["mde-gresivaudan"] = {
        "title": "Maison de l’emploi du Grésivaudan",
        "services": {
            "admission": {"port": 8203, "title": "CLAS Grésivaudan", "serves": {"territories": ["gresivaudan"]}},
            "parcours": {"port": 8304, "clas": "mde-gresivaudan", "etp": 3.5},
        },
    }
    page["not-served"]["territories"].remove("gresivaudan")
    declared = parse(page)
    assert declared.clas_of("38140") == "mde-gresivaudan"
    assert "plie.identity.v1.departement-38.orientation.to.mde-gresivaudan.admission" in declared.reads(
        "mde-gresivaudan.admission"
    )
    assert set(declaration.acls()) < set(declared.acls())


def test_a_maison_may_cover_a_part_of_its_clas(page: Any) -> None:
    page["organisations"]["centre-isere"]["services"]["parcours"]["serves"] = {
        "territories": ["chartreuse"],
        "communes": ["38563"],
    }
    assert len(parse(page).communes_of_maison("centre-isere")) == 8


def spoilt(page: Any, path: str, value: Any) -> Any:
    changed = copy.deepcopy(page)
    *way, last = path.split("/")
    block = changed
    for name in way:
        block = block[name]
    if value is None:
        del block[last]
    else:
        block[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("organisations/centre-isere/services/parcours/port", 8101, "le port 8101 est déjà celui de"),
        ("organisations/centre-isere/services/parcours/clas", "voiron", "n’est pas déclarée"),
        (
            "organisations/centre-isere/services/parcours/serves",
            {"communes": ["38185"]},
            "n’est pas servie par sa CLAS",
        ),
        ("organisations/centre-isere/services/admission/serves", {"territories": ["voironnais"]}, "ni CLAS ni"),
        ("organisations/metropole/services/admission/serves", {"territories": ["voironnais"]}, "est déjà servi par"),
        (
            "organisations/metropole/services/admission/serves",
            {"communes": ["99999"]},
            "n’est ni une commune ni un territoire",
        ),
        ("organisations/metropole/prescribers", ["MAIRIE"], "n’est pas au vocabulaire"),
        (
            "organisations/mission-locale-voiron/publishes/hosted-by",
            "metropole.reporting",
            "n’est pas une instance d’orientation",
        ),
        ("organisations/mission-locale-voiron/services", {"reporting": {"port": 8500}}, "ne fait tourner aucun"),
        ("organisations/metropole/title", None, "organisations.metropole.title"),
        ("organisations/metropole/colour", "blue", "organisations.metropole.colour"),
        ("organisations/metropole/services/reporting/port", "8401", "organisations.metropole.services.reporting.port"),
        ("esf-operations/plie-centre-isere-2022-2027/maisons", ["ailleurs"], "n’est pas une Maison déclarée"),
        ("esf-operations/plie-centre-isere-2022-2027/ends-on", "2021-12-31", "finit avant de commencer"),
    ],
)
def test_a_wrong_page_says_what_is_wrong_and_where(page: Any, path: str, value: Any, says: str) -> None:
    with pytest.raises(DeclarationError) as error:
        parse(spoilt(page, path, value))
    assert any(says in problem for problem in error.value.problems), error.value.problems


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    for name, text in (("absent.yaml", None), ("bad.yaml", "a: ["), ("bad.json", "{")):
        path = tmp_path / name
        if text is not None:
            path.write_text(text)
        with pytest.raises(DeclarationError, match=name):
            load(path)


def test_the_page_may_be_json(tmp_path: Path, page: Any, declaration: Declaration) -> None:
    import json

    path = tmp_path / "organisations.json"
    path.write_text(json.dumps(page, default=str), "utf-8")
    assert load(path).acls() == declaration.acls()
