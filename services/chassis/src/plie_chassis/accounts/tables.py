"""The chassis' tables about accounts. What opens a door (password, session, token) is stored hashed, never as it is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from plie_chassis.database import Base


class Account(Base):
    """A person who signs in on the pages. `login` is kept in lower case."""

    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str]
    organisation: Mapped[str]
    structure: Mapped[str | None]
    prescriber_kinds: Mapped[list[str]]
    roles: Mapped[list[str]]
    referent_id: Mapped[str | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Session(Base):
    """A signed-in browser. `notice` is what the next page tells once."""

    __tablename__ = "session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), index=True)
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    notice: Mapped[str | None]


class Token(Base):
    """An API token of a partner's system. Without `structure` it speaks for all structures of its organisation."""

    __tablename__ = "token"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    label: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    organisation: Mapped[str]
    structure: Mapped[str | None]
    prescriber_kinds: Mapped[list[str]]
    scopes: Mapped[list[str]]
    roles: Mapped[list[str]]
    referent_id: Mapped[str | None]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SignInThrottle(Base):
    """Failed tries in a row; `subject` is `login:<login>` or `address:<address>`."""

    __tablename__ = "sign_in_throttle"

    subject: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    failed_at: Mapped[datetime]


class Idempotency(Base):
    """The first answer to a POST, kept for its retries."""

    __tablename__ = "idempotency"
    __table_args__ = (Index(None, "answered_at"),)

    token_id: Mapped[UUID] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int]
    body: Mapped[str]
    answered_at: Mapped[datetime]
