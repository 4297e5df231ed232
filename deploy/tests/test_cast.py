from importlib import import_module
from pathlib import Path

import pytest
import yaml

from plie_contracts.declaration import Declaration, load, parse
from plie_deploy import cast
from plie_deploy.plan import DECLARATION


@pytest.fixture
def declaration() -> Declaration:
    return load(DECLARATION)


def test_every_instance_has_one_account_for_each_role_its_service_knows(
    declaration: Declaration, tmp_path: Path
) -> None:
    accounts = cast.of(declaration, tmp_path / "secrets.json").accounts
    played = {(account.instance, account.role) for account in accounts}
    roles = {service: import_module(f"plie_{service}.app").SERVICE.roles for service in cast.ROLES}
    assert played == {(name, role) for name, it in declaration.instances.items() for role in roles[it.service]}
    assert len(accounts) == len(played)


def test_logins_and_people_are_never_given_out_twice(declaration: Declaration, tmp_path: Path) -> None:
    accounts = cast.of(declaration, tmp_path / "secrets.json").accounts
    assert len({account.login for account in accounts}) == len({account.name for account in accounts}) == len(accounts)


def test_a_second_run_finds_the_same_cast(declaration: Declaration, tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    assert cast.of(declaration, path) == cast.of(declaration, path)


def test_two_data_directories_have_no_secret_in_common(declaration: Declaration, tmp_path: Path) -> None:
    one, other = (cast.of(declaration, tmp_path / name) for name in ("one.json", "other.json"))
    for ours, theirs in zip(map(_secrets, (one, other)), map(_secrets, (other, one)), strict=True):
        assert ours.isdisjoint(theirs)


def test_the_secrets_are_their_owners_alone(declaration: Declaration, tmp_path: Path) -> None:
    cast.of(declaration, tmp_path / "secrets.json")
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_new_organisation_joins_without_changing_what_the_others_have(
    declaration: Declaration, tmp_path: Path
) -> None:
    before = cast.of(declaration, tmp_path / "secrets.json")
    document = yaml.safe_load(DECLARATION.read_text())
    newcomer = {"title": "CCAS", "prescribers": ["CCAS"], "services": {"orientation": {"port": 8104}}}
    document["organisations"] = {"a-newcomer": newcomer, **document["organisations"]}
    after = cast.of(parse(document), tmp_path / "secrets.json")
    assert [account for account in after.accounts if not account.instance.startswith("a-newcomer")] == before.accounts
    for kept, grown in (
        (before.kafka, after.kafka),
        (before.databases, after.databases),
        (before.tokens, after.tokens),
    ):
        assert grown.items() > kept.items()


def test_passwords_are_long_enough_to_be_accepted(declaration: Declaration, tmp_path: Path) -> None:
    assert min(len(account.password) for account in cast.of(declaration, tmp_path / "s.json").accounts) >= 12


def _secrets(one: cast.Cast) -> set[str]:
    return {
        *(secret for kept in (one.kafka, one.databases, one.secret_keys, one.tokens) for secret in kept.values()),
        *(account.password for account in one.accounts),
    }
