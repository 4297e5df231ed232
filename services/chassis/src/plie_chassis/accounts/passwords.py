"""Passwords: argon2id, at least twelve characters. Hashing runs in threads, never on the event loop."""

import asyncio
from functools import cache
from typing import TYPE_CHECKING

from plie_chassis.problems import FieldError, Invalid

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 12
LONGEST = 256

# A verification takes about 19 MiB and 20 ms of a core; more than two at a time would starve the pages.
_verifications = asyncio.Semaphore(2)


class PasswordTooWeak(Invalid):
    code = "password.too-weak"
    title = "Mot de passe trop court"


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("the password of an account that does not exist")


def hash_password(password: str) -> str:
    """Raises PasswordTooWeak outside of 12 to 256 characters."""
    if not SHORTEST <= len(password) <= LONGEST:
        rule = f"Le mot de passe compte de {SHORTEST} à {LONGEST} caractères."
        raise PasswordTooWeak(rule, errors=[FieldError("password", "password.too-weak", rule)])
    return _hasher().hash(password)


async def verify(password_hash: str | None, password: str) -> bool:
    """Whether `password` fits. Without a hash it takes as long and answers False, so that logins cannot be guessed."""
    async with _verifications:
        return await asyncio.to_thread(_fits, password_hash, password)


def _fits(password_hash: str | None, password: str) -> bool:
    from argon2.exceptions import VerificationError

    try:
        _hasher().verify(password_hash or _nobodys_hash(), password)
    except VerificationError:
        return False
    return password_hash is not None
