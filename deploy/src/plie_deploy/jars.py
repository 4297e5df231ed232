"""Kafka's jars: exactly those of deploy/kafka/jgo.lock.toml, each verified by its sha256 before every start."""

import hashlib
import os
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from plie_deploy.processes import Unavailable

LOCK = Path(__file__).parents[2] / "kafka" / "jgo.lock.toml"


@dataclass(frozen=True)
class Jar:
    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def path(self) -> Path:
        """Its place in the cache, laid out as a Maven repository."""
        return repository() / self.group.replace(".", "/") / self.artifact / self.version / self.name

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    def is_intact(self) -> bool:
        if not self.path.exists():
            return False
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256


def repository() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "plie" / "maven"


def locked() -> list[Jar]:
    document = tomllib.loads(LOCK.read_text())
    return [
        Jar(entry["groupId"], entry["artifactId"], entry["version"], entry["sha256"])
        for entry in document["dependencies"]
    ]


def classpath(progress: Callable[[str], None]) -> str:
    """Java's class path. Gets what the cache lacks; raises Unavailable when that fails or a jar is not the locked one."""
    jars = locked()
    with ThreadPoolExecutor(8) as pool:
        intact = list(pool.map(Jar.is_intact, jars))
        missing = [jar for jar, good in zip(jars, intact, strict=True) if not good]
        if missing:
            progress(f"getting {len(missing)} jars of Kafka (about 45 MB, kept in {repository()})")
            list(pool.map(_get, missing))
    return os.pathsep.join(str(jar.path) for jar in jars)


def _get(jar: Jar) -> None:
    import requests
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext

    jar.path.unlink(missing_ok=True)
    repositories = GlobalSettings.load().repositories
    context = MavenContext(repo_cache=repository(), remote_repos=repositories or None, timeout=60)
    try:
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (OSError, RuntimeError, ValueError, requests.RequestException) as error:
        jar.path.unlink(missing_ok=True)
        raise Unavailable(
            f"{jar.name} of Kafka could not be downloaded ({type(error).__name__}): this needs the network once; "
            "HTTPS_PROXY and the repositories of ~/.config/jgo.conf are obeyed"
        ) from error
    if not jar.is_intact():
        jar.path.unlink(missing_ok=True)
        raise Unavailable(f"{jar.name} of Kafka is not the one that was locked (its sha256 differs); it was removed")
