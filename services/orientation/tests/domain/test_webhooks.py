import hashlib
import hmac
from datetime import datetime, timedelta
from ipaddress import ip_address

import pytest

from plie_chassis.calendar import PARIS
from plie_orientation.domain.webhooks import (
    TRIED_AGAIN_AFTER,
    ForbiddenAddress,
    UnusableUrl,
    may_be_reached,
    next_try,
    signature,
    usable_url,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=PARIS)


@pytest.mark.parametrize(
    "url",
    [
        "https://partenaire.example/plie",
        "https://partenaire.example:8443/a?b=c",
        "http://127.0.0.1:9000/",
        "http://localhost/",
    ],
)
def test_https_or_this_machine_may_be_told(url: str) -> None:
    usable_url(url, loopback=True)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/", "http://localhost/"])
def test_this_machine_is_told_only_where_the_settings_say_so(url: str) -> None:
    with pytest.raises(UnusableUrl):
        usable_url(url)
    with pytest.raises(ForbiddenAddress):
        may_be_reached("http", ip_address("127.0.0.1"))


@pytest.mark.parametrize(
    "url",
    [
        "http://partenaire.example/",
        "ftp://partenaire.example/",
        "https://",
        "partenaire.example",
        "https://nom:secret@partenaire.example/",
        "https://partenaire.example/ a",
        "https://partenaire.example/\nHost: x",
        "https://partenaire.example:99999/",
        "https://[::1/",
        "https://partenaire.example/" + "a" * 2000,
        "",
    ],
)
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(UnusableUrl):
        usable_url(url)


@pytest.mark.parametrize(
    "host",
    ["10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "127.0.0.1", "0.0.0.0", "[::1]", "[fd00::1]",
     "[fe80::1]", "[::ffff:10.0.0.1]", "224.0.0.1", "100.64.0.1",
     "[2002:a00:1::]", "[64:ff9b::a00:1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]", "[64:ff9b:1:a00:0:100::]",
     "[64:ff9b:1:808:8:800::]", "[::a00:1]", "[::7f00:1]", "[fec0::1]", "[::]"],
)  # fmt: skip
def test_no_address_of_a_private_network_may_be_told(host: str) -> None:
    with pytest.raises(ForbiddenAddress):
        usable_url(f"https://{host}/")


def test_http_reaches_this_machine_only() -> None:
    may_be_reached("http", ip_address("127.0.0.1"), loopback=True)
    may_be_reached("https", ip_address("93.184.216.34"))
    may_be_reached("https", ip_address("2606:4700::1111"))
    with pytest.raises(ForbiddenAddress):
        may_be_reached("http", ip_address("93.184.216.34"), loopback=True)


def test_the_signature_covers_the_time_and_the_body() -> None:
    signed = signature("secret", 1_772_442_000, b"{}")
    expected = hmac.new(b"secret", b"1772442000.{}", hashlib.sha256).hexdigest()
    assert signed == f"t=1772442000,v1={expected}"
    assert signature("secret", 1_772_442_001, b"{}") != signed


def test_tries_are_further_and_further_apart_and_end() -> None:
    assert next_try(1, NOW) == NOW + timedelta(seconds=30)
    waits = [next_try(attempts, NOW) for attempts in range(1, len(TRIED_AGAIN_AFTER) + 1)]
    assert waits == sorted(wait for wait in waits if wait)
    assert next_try(len(TRIED_AGAIN_AFTER) + 1, NOW) is None
