"""Who may sign in to the demo, and with what: drawn once per data directory and kept in a file only its owner reads."""

import json
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from plie_contracts.declaration import Declaration, Instance
from plie_deploy.processes import write_secret

ROLES: Final = {
    "orientation": ("prescriber", "admin"),
    "admission": ("secretary", "member", "admin"),
    "parcours": ("referent", "coordinator", "admin"),
    "reporting": ("analyst", "admin"),
}

# Invented people, given out in this order.
PEOPLE: Final = (
    "Hélène Barthod", "Karim Oulmane", "Sylvie Champavier", "Antoine Rochas", "Fatou Diémé", "Laurent Pellissard",
    "Claudine Reymondat", "Mehdi Zerrouk", "Nathalie Guichardaz", "Thomas Veyrier", "Amélie Boisserand", "Didier Fontvieille",
    "Samia Lakhdari", "Julien Perrachon", "Martine Clavelin", "Bruno Estaquier", "Léa Dufournet", "Moussa Kéitana",
    "Isabelle Trouillon", "Cédric Manevy", "Rachel Assouline-Brun", "Yves Colombet", "Ingrid Salvaterre", "Pascal Ruffinel",
    "Estelle Jourdanet", "Farid Benchaouche", "Odile Marquisan", "Grégory Vinaypas", "Lucile Chavassieu", "Hugo Mandrillon",
)  # fmt: skip


@dataclass(frozen=True)
class Account:
    """`referent_id` is set for who accompanies people in a Maison."""

    instance: str
    role: str
    name: str
    login: str
    password: str
    referent_id: str | None = None


@dataclass(frozen=True)
class Cast:
    """The secrets of one data directory. `kafka` and `databases` are passwords by principal and by instance."""

    kafka: dict[str, str]
    databases: dict[str, str]
    secret_keys: dict[str, str]
    tokens: dict[str, str]
    accounts: list[Account]


def of(declaration: Declaration, path: Path) -> Cast:
    """The cast kept in `path`, completed by what the declaration has gained since."""
    known = _read(path)
    for principal in declaration.principals():
        known.kafka.setdefault(principal, secrets.token_urlsafe(24))
    for instance in declaration.instances.values():
        known.databases.setdefault(instance.name, secrets.token_urlsafe(24))
        known.secret_keys.setdefault(instance.name, secrets.token_urlsafe(48))
        known.tokens.setdefault(instance.name, f"plie_demo_{secrets.token_urlsafe(32)}")
    strangers = (name for name in PEOPLE if name not in {account.name for account in known.accounts})
    for instance in declaration.instances.values():
        played = {account.role for account in known.accounts if account.instance == instance.name}
        known.accounts.extend(
            _account(instance, role, strangers) for role in ROLES[instance.service] if role not in played
        )
    write_secret(path, json.dumps(asdict(known), ensure_ascii=False, indent=1))
    return known


def _read(path: Path) -> Cast:
    if not path.exists():
        return Cast({}, {}, {}, {}, [])
    document: dict[str, Any] = json.loads(path.read_text())
    accounts = [Account(**account) for account in document.pop("accounts")]
    return Cast(**document, accounts=accounts)


def _account(instance: Instance, role: str, strangers: Iterator[str]) -> Account:
    name = next(strangers, None) or f"Personne {secrets.token_hex(2)}"
    first, _, last = name.partition(" ")
    login = f"{_ascii(first)[0]}.{_ascii(last)}@{instance.organisation}.example"
    referent_id = str(uuid.uuid4()) if role == "referent" else None
    return Account(instance.name, role, name, login, _password(), referent_id)


def _ascii(text: str) -> str:
    import unicodedata

    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in decomposed if letter.isascii() and (letter.isalnum() or letter == "-"))


def _password() -> str:
    """Four groups that can be typed from a screen, 50 bits: `kazu-timo-lera-vupi`."""
    consonants, vowels = "bcdfghjklmnprstvz", "aeiou"
    return "-".join("".join(secrets.choice(consonants) + secrets.choice(vowels) for _ in range(2)) for _ in range(4))
