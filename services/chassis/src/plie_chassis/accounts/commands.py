"""What an administrator does on the command line: accounts and tokens. Every function takes part in a unit of work."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from plie_chassis.accounts import passwords, tokens
from plie_chassis.accounts.tables import Account, Session, Token
from plie_chassis.ids import new_id
from plie_chassis.problems import Conflict, FieldError, Invalid, NotFound
from plie_chassis.unit_of_work import UnitOfWork


class LoginTaken(Conflict):
    code = "account.login-taken"
    title = "Identifiant déjà pris"


@dataclass(frozen=True, slots=True)
class AddAccount:
    """`password` None draws one. `organisation` None is the instance's own."""

    login: str
    display_name: str
    roles: Sequence[str]
    password: str | None = None
    organisation: str | None = None
    structure: str | None = None
    prescriber_kinds: Sequence[str] = ()
    referent_id: str | None = None


@dataclass(frozen=True, slots=True)
class AddedAccount:
    account: Account
    password: str


@dataclass(frozen=True, slots=True)
class AddToken:
    """`secret` None draws one. `organisation` None is the instance's own; `structure` None stands for all of its own."""

    label: str
    scopes: Sequence[str]
    secret: str | None = None
    organisation: str | None = None
    structure: str | None = None
    prescriber_kinds: Sequence[str] = ()
    roles: Sequence[str] = ()
    referent_id: str | None = None


@dataclass(frozen=True, slots=True)
class AddedToken:
    """`secret` is shown here and never again: the table keeps its hash."""

    token: Token
    secret: str


async def add_account(command: AddAccount, work: UnitOfWork) -> AddedAccount:
    """Raises LoginTaken, PasswordTooWeak, Invalid."""
    login = command.login.strip().lower()
    if not login or not login.isprintable() or any(character.isspace() for character in login):
        rule = "L’identifiant ne contient ni espace ni caractère de contrôle."
        raise Invalid(rule, errors=[FieldError("login", "account.login", rule)])
    if await work.session.scalar(select(Account.id).where(Account.login == login)):
        raise LoginTaken(f"Un compte « {login} » existe déjà. Choisissez un autre identifiant.")
    password = command.password or secrets.token_urlsafe(12)
    account = Account(
        id=new_id(work.now),
        login=login,
        display_name=command.display_name,
        password_hash=passwords.hash_password(password),
        organisation=command.organisation or work.instance.organisation,
        structure=command.structure,
        prescriber_kinds=sorted(command.prescriber_kinds),
        roles=sorted(command.roles),
        referent_id=command.referent_id,
        created_at=work.now,
    )
    work.session.add(account)
    await work.session.flush()
    return AddedAccount(account, password)


async def list_accounts(work: UnitOfWork) -> Sequence[Account]:
    return (await work.session.scalars(select(Account).order_by(Account.created_at, Account.login))).all()


async def disable_account(login: str, work: UnitOfWork) -> Account:
    """Close the account and all its sessions at once. Raises NotFound."""
    account = await work.session.scalar(select(Account).where(Account.login == login.strip().lower()))
    if account is None:
        raise NotFound(f"Aucun compte « {login} » ici.")
    account.disabled_at = account.disabled_at or work.now
    await work.session.execute(delete(Session).where(Session.account_id == account.id))
    return account


async def add_token(command: AddToken, work: UnitOfWork) -> AddedToken:
    """Raises Invalid without a scope."""
    if not command.scopes:
        rule = "Un jeton sans droit ne sert à rien. Donnez au moins un droit, par exemple « orientation:write »."
        raise Invalid(rule, errors=[FieldError("scopes", "token.scopes", rule)])
    secret = command.secret or tokens.new_token()
    token = Token(
        id=new_id(work.now),
        label=command.label,
        token_hash=tokens.hash_of(secret),
        organisation=command.organisation or work.instance.organisation,
        structure=command.structure,
        prescriber_kinds=sorted(command.prescriber_kinds),
        scopes=sorted(command.scopes),
        roles=sorted(command.roles),
        referent_id=command.referent_id,
        created_at=work.now,
    )
    work.session.add(token)
    await work.session.flush()
    return AddedToken(token, secret)


async def list_tokens(work: UnitOfWork) -> Sequence[Token]:
    return (await work.session.scalars(select(Token).order_by(Token.created_at, Token.id))).all()


async def revoke_token(token_id: UUID, work: UnitOfWork) -> Token:
    """Every process refuses the token within `tokens.CACHED`. Raises NotFound."""
    token = await work.session.get(Token, token_id)
    if token is None:
        raise NotFound(f"Aucun jeton {token_id} ici.")
    token.revoked_at = token.revoked_at or work.now
    return token
