"""Telling a partner's system that a status changed: where that may go, how it is signed, when it is tried again.

Invariants: a body holds ids and a status only; nothing is ever sent to an address inside our own network.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from plie_chassis.problems import Invalid
from plie_orientation.domain.rules import at_field

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_URL: Final = 2000
CARRY_IPV4: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
"""NAT64, and the IPv4-compatible addresses of old: a gateway takes them to the IPv4 address in their last bits."""
LOCAL_NAT64: Final = IPv6Network("64:ff9b:1::/48")
"""RFC 8215: an operator's own translation, most often towards its own network; the IPv4 address may stand anywhere in it."""

TRIED_AGAIN_AFTER: Final = tuple(
    timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 6 * 3600, 24 * 3600, 24 * 3600)
)
"""Eight tries over two and a half days, then the delivery is given up until somebody replays it."""

WHY_PAUSED: Final = (
    "Le jeton qui a inscrit cette adresse est révoqué : rien n’y part, les messages attendent (90 jours au plus)."
)
HOW_TO_GO_ON: Final = (
    "Pour reprendre, inscrivez de nouveau la même adresse avec un jeton valable de la même structure :"
    " elle reçoit un nouveau secret, puis les messages qui attendaient."
)


class UnusableUrl(Invalid):
    code = "webhook.url"
    title = "Adresse inutilisable"


class ForbiddenAddress(Invalid):
    code = "webhook.private-address"
    title = "Adresse interdite"


def usable_url(url: str, *, loopback: bool = False) -> None:
    """`https`, no account in it, and no private address; with `loopback`, `http` on this machine too.

    Raises UnusableUrl, ForbiddenAddress.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = None, None
    if parts is None or not host or len(url) > LONGEST_URL or parts.username is not None or not _is_plain(url):
        raise at_field(
            "url", UnusableUrl, "Une adresse complète est attendue, par exemple : https://partenaire.example/plie"
        )
    if parts.scheme != "https" and not (loopback and parts.scheme == "http" and host in LOOPBACK):
        raise at_field("url", UnusableUrl, "L’adresse commence par « https:// ».")
    literal = _literal(host)
    if literal is not None:
        may_be_reached(parts.scheme, literal, loopback=loopback)


def may_be_reached(scheme: str, address: IPv4Address | IPv6Address, *, loopback: bool = False) -> None:
    """Looked at again at each delivery, as a name may lead elsewhere by then. Raises ForbiddenAddress."""
    real = _real(address)
    if scheme == "http":
        allowed = loopback and real.is_loopback
    else:
        inside = isinstance(real, IPv6Address) and (real.is_site_local or real in LOCAL_NAT64)
        allowed = real.is_global and not real.is_multicast and not inside
    if not allowed:
        raise at_field(
            "url", ForbiddenAddress, "Cette adresse est celle d’un réseau privé. Indiquez une adresse publique."
        )


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 of `<t>.<body>`, so that an old message cannot be sent again as new."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many failed attempts; None gives it up."""
    return now + TRIED_AGAIN_AFTER[attempts - 1] if attempts <= len(TRIED_AGAIN_AFTER) else None


def _real(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Where a message to this address ends up."""
    if isinstance(address, IPv4Address) or address.is_loopback:
        return address
    carried = address.ipv4_mapped or address.sixtofour
    if carried is None and any(address in network for network in CARRY_IPV4):
        carried = IPv4Address(int(address) & 0xFFFF_FFFF)
    return carried or address


def _is_plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url and "#" not in url


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
