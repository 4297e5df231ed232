"""Brings the databases of a demo to their schema and adds the accounts and tokens they lack, all in one process."""

import asyncio
import sys
from importlib import import_module
from pathlib import Path

from plie_chassis.accounts import commands
from plie_chassis.accounts.tokens import hash_of
from plie_chassis.migrations import migrate
from plie_chassis.service import Runtime, Service
from plie_chassis.unit_of_work import UnitOfWork
from plie_deploy import state
from plie_deploy.plan import Run


async def prepare(run: Run) -> None:
    service: Service = import_module(f"plie_{run.service}.app").SERVICE
    settings = {name.removeprefix("PLIE_").lower(): value for name, value in run.environment.items()}
    runtime = Runtime(service, service.settings.model_validate(settings))
    try:
        await migrate(runtime.engine, package=service.package, metadata=service.metadata)
        async with runtime.units.begin() as work:
            await _add_what_is_missing(run, work)
    finally:
        await runtime.engine.dispose()


async def _add_what_is_missing(run: Run, work: UnitOfWork) -> None:
    logins = {account.login for account in await commands.list_accounts(work)}
    for account in run.accounts:
        if account.login not in logins:
            await commands.add_account(
                commands.AddAccount(
                    login=account.login,
                    display_name=account.name,
                    roles=[account.role],
                    password=account.password,
                    prescriber_kinds=run.prescriber_kinds,
                    referent_id=account.referent_id,
                ),
                work,
            )
    hashes = {token.token_hash for token in await commands.list_tokens(work)}
    if hash_of(run.token) not in hashes:
        await commands.add_token(
            commands.AddToken(
                label="Démonstration",
                scopes=run.scopes,
                secret=run.token,
                prescriber_kinds=run.prescriber_kinds,
                roles=["coordinator"] if run.service == "parcours" else [],
            ),
            work,
        )


async def prepare_all(data_dir: Path) -> None:
    for run in state.plan_of(data_dir).runs:
        await prepare(run)
        print(run.name, flush=True)


def main() -> None:
    asyncio.run(prepare_all(Path(sys.argv[1])))
