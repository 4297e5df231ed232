"""The command line that every service has, built from its definition.

Errors are one line on standard error and exit status 1 or 2, never a traceback.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import structlog
from cyclopts import App, Parameter
from sqlalchemy.exc import SQLAlchemyError

from plie_chassis.messaging.inbox import Verdict
from plie_chassis.problems import Problem
from plie_chassis.service import Runtime, Service
from plie_contracts.declaration import DeclarationError

SAID = {
    Verdict.APPLIED: "applied",
    Verdict.REFUSED: "refused again",
    Verdict.PARKED: "accepted, but its handler failed: it is parked",
    Verdict.PASSED: "nothing to apply: something newer stands",
}

Json = Annotated[bool, Parameter(name="--json", negative="")]


def build(service: Service) -> App:
    """`plie-<service>` with serve, migrate, check, users, tokens and dead-letters."""
    app = App(name=f"plie-{service.name}", help=f"{service.title}.", version_flags=[])
    _add_serving(app, service)
    app.command(_users(service))
    app.command(_tokens(service))
    app.command(_dead_letters(service))
    return app


@asynccontextmanager
async def instance_of(service: Service) -> AsyncIterator[Runtime]:
    """The instance that the environment describes, not consuming nor relaying."""
    runtime = Runtime(service, service.settings.from_environment())
    try:
        yield runtime
    finally:
        await runtime.close()


def run(command: Callable[[], Awaitable[int | None]]) -> None:
    """Run a command; say what is wrong in one line."""
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    try:
        status = asyncio.run(_awaited(command))
    except Problem as problem:
        sys.exit(problem.detail)
    except DeclarationError as error:
        sys.exit(f"PLIE_DECLARATION: {error}")
    except KeyError as error:
        sys.exit(f"PLIE_ORGANISATION: {error} is not declared to run this service")
    except (SQLAlchemyError, OSError) as error:
        sys.exit(f"database or Kafka not reached: {type(error).__name__}")
    sys.exit(status or 0)


async def _awaited(command: Callable[[], Awaitable[int | None]]) -> int | None:
    return await command()


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Rows as a JSON array, or as aligned columns."""
    if as_json:
        print(json.dumps(rows, default=_plain, ensure_ascii=False))
        return
    if not rows:
        print("—")
        return
    titles = list(rows[0])
    texts = [titles, *([_text(row[title]) for title in titles] for row in rows)]
    widths = [max(len(line[column]) for line in texts) for column in range(len(titles))]
    for line in texts:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _plain(value: object) -> object:
    return (
        sorted(value)
        if isinstance(value, set | frozenset)
        else value.isoformat()
        if isinstance(value, datetime)
        else str(value)
    )


def _text(value: object) -> str:
    if isinstance(value, list | set | frozenset | tuple):
        return ", ".join(map(str, value)) or "—"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return "—" if value is None else str(value)


def _add_serving(app: App, service: Service) -> None:
    @app.command
    def serve() -> None:
        """Serve pages and API, relay and consume, until ended."""
        from plie_chassis.serving import serve as serve_instance

        try:
            serve_instance(service, service.settings.from_environment())
        except DeclarationError as error:
            sys.exit(f"PLIE_DECLARATION: {error}")
        except KeyError as error:
            sys.exit(f"PLIE_ORGANISATION: {error} is not declared to run this service")

    @app.command
    def migrate() -> None:
        """Bring the database to this release's schema."""
        from plie_chassis.database import create_engine
        from plie_chassis.migrations import migrate

        async def upgraded() -> None:
            engine = create_engine(service.settings.from_environment().database_url, schemas=service.search_path)
            await migrate(engine, package=service.package, metadata=service.metadata)
            await engine.dispose()

        run(upgraded)

    @app.command
    def check() -> None:
        """Settings, database and Kafka rights, a line each; status 1 when one is not right."""
        from plie_chassis.checking import findings

        async def checked() -> int:
            async with instance_of(service) as runtime:
                found = [finding async for finding in findings(runtime)]
            for finding in found:
                print(f"{'ok     ' if finding.right else 'FAILING'}  {finding.what}")
            return 0 if all(finding.right for finding in found) else 1

        run(checked)


def _users(service: Service) -> App:
    from plie_chassis.accounts import commands

    users = App(name="users", help="Accounts of this instance's pages.")

    @users.command
    def add(
        login: str,
        *,
        name: str,
        role: list[str],
        password_from_stdin: Annotated[bool, Parameter(negative="")] = False,
        structure: str | None = None,
        prescriber_kind: list[str] | None = None,
        referent_id: str | None = None,
        json: Json = False,
    ) -> None:
        """Add an account; its password is read from standard input or drawn and printed once."""
        if unknown := sorted(set(role) - set(service.roles)):
            sys.exit(f"unknown role {', '.join(unknown)}; this service knows {', '.join(sorted(service.roles))}")
        command = commands.AddAccount(
            login=login,
            display_name=name,
            roles=role,
            password=sys.stdin.readline().strip() if password_from_stdin else None,
            structure=structure,
            prescriber_kinds=prescriber_kind or (),
            referent_id=referent_id,
        )

        async def added() -> None:
            async with instance_of(service) as runtime, runtime.units.begin() as work:
                result = await commands.add_account(command, work)
            show([{"login": result.account.login, "password": result.password}], as_json=json)

        run(added)

    @users.command(name="list")
    def list_(*, json: Json = False) -> None:
        """Accounts, oldest first."""

        async def listed() -> None:
            async with instance_of(service) as runtime, runtime.units.begin() as work:
                accounts = await commands.list_accounts(work)
            show(
                [{"login": a.login, "name": a.display_name, "roles": a.roles, "structure": a.structure, "disabled_at": a.disabled_at} for a in accounts],
                as_json=json,
            )  # fmt: skip

        run(listed)

    @users.command
    def disable(login: str) -> None:
        """Close an account and its sessions at once."""

        async def disabled() -> None:
            async with instance_of(service) as runtime, runtime.units.begin() as work:
                await commands.disable_account(login, work)

        run(disabled)

    return users


def _tokens(service: Service) -> App:
    from plie_chassis.accounts import commands

    tokens = App(name="tokens", help="API tokens of partners.")

    @tokens.command
    def add(
        label: str,
        *,
        scope: list[str],
        organisation: str | None = None,
        structure: str | None = None,
        prescriber_kind: list[str] | None = None,
        role: list[str] | None = None,
        referent_id: str | None = None,
        json: Json = False,
    ) -> None:
        """Add a token; it is printed once and kept hashed. Without --structure it holds all of the organisation's."""
        command = commands.AddToken(
            label=label,
            scopes=scope,
            organisation=organisation,
            structure=structure,
            prescriber_kinds=prescriber_kind or (),
            roles=role or (),
            referent_id=referent_id,
        )

        async def added() -> None:
            async with instance_of(service) as runtime, runtime.units.begin() as work:
                result = await commands.add_token(command, work)
            show([{"id": result.token.id, "label": label, "token": result.secret}], as_json=json)

        run(added)

    @tokens.command(name="list")
    def list_(*, json: Json = False) -> None:
        """Tokens, oldest first, without their secrets."""

        async def listed() -> None:
            async with instance_of(service) as runtime, runtime.units.begin() as work:
                known = await commands.list_tokens(work)
            show(
                [{"id": t.id, "label": t.label, "organisation": t.organisation, "structure": t.structure, "scopes": t.scopes, "revoked_at": t.revoked_at} for t in known],
                as_json=json,
            )  # fmt: skip

        run(listed)

    @tokens.command
    def revoke(token_id: UUID) -> None:
        """Refuse a token from now on."""

        async def revoked() -> None:
            async with instance_of(service) as runtime, runtime.units.begin() as work:
                await commands.revoke_token(token_id, work)

        run(revoked)

    return tokens


def _dead_letters(service: Service) -> App:
    from plie_chassis.messaging import dead_letters, kafka

    letters = App(name="dead-letters", help="Records that were refused or parked.")

    @letters.command(name="list")
    def list_(*, limit: int = 200, before: str | None = None, json: Json = False) -> None:
        """Open records, newest first; `--before` the last reference of a page gives the next."""

        async def listed() -> None:
            async with instance_of(service) as runtime, runtime.units.begin() as work:
                found = await dead_letters.listed(work.session, limit=limit, before=before)
            show([asdict(letter) for letter in found], as_json=json)

        run(listed)

    @letters.command(name="show")
    def show_(reference: str, *, json: Json = False) -> None:
        """One record, with why it is kept aside."""

        async def shown() -> None:
            async with instance_of(service) as runtime, runtime.units.begin() as work:
                letter = asdict(await dead_letters.found(work.session, reference))
            if json:
                show([letter], as_json=True)
            else:
                show([{"field": name, "value": value} for name, value in letter.items()], as_json=False)

        run(shown)

    @letters.command
    def replay(reference: str) -> None:
        """Take up a record: the whole chain of its key in order, or judge a refused one again."""

        async def replayed() -> int:
            async with instance_of(service) as runtime:
                if reference.startswith("r"):
                    async with runtime.units.begin() as work:
                        letter = await dead_letters.found(work.session, reference)
                    record = await kafka.fetch(runtime.connection, letter.topic, letter.partition, letter.offset)
                    verdict = await dead_letters.replay_refused(runtime.units, runtime.inbox, reference, record)
                    print(SAID[verdict])
                    return 0 if verdict is Verdict.APPLIED else 1
                applied = await dead_letters.replay_held(runtime.units, runtime.inbox, reference)
                print(f"{applied} applied")
                return 0 if applied else 1

        run(replayed)

    @letters.command
    def discard(reference: str, *, reason: str) -> None:
        """Never apply this record; the decision holds again when the streams are read anew."""

        async def discarded() -> None:
            async with instance_of(service) as runtime:
                await dead_letters.discard(runtime.units, reference, reason)

        run(discarded)

    return letters
