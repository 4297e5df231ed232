"""The jars of Debezium and of its worker, as peers/pom.xml pins them, from Maven Central: copied once into build/peers."""

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .rows import NotRun

POM = Path(__file__).parent / "peers" / "pom.xml"
PLACE = Path("build/peers")
WITHIN_SECONDS = 600

# What the worker has already: a second jackson-databind in a plugin hides its modules from the service loader.
OF_THE_WORKER = [
    "connect-api",
    "kafka-clients",
    "slf4j-api",
    "snappy-java",
    "lz4-java",
    "zstd-jni",
    "jackson-core",
    "jackson-databind",
    "jackson-annotations",
]
OTHER_DATABASES = ("mssql-jdbc", "mysql-connector-j", "mariadb-java-client", "ojdbc11")


@dataclass(frozen=True)
class Jars:
    java: str
    worker: Path
    plugins: Path


def get() -> Jars:
    """Raises NotRun where they cannot be had."""
    java, mvn = shutil.which("java"), shutil.which("mvn")
    if java is None or mvn is None:
        raise NotRun("java and mvn are needed, and one is not on this machine")
    place = PLACE.absolute() / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    jars = Jars(java, place / "worker", place / "plugins")
    _copy(mvn, "worker", jars.worker, ())
    _copy(mvn, "outbox-router", jars.plugins / "outbox-router", OF_THE_WORKER)
    _copy(mvn, "jdbc-sink", jars.plugins / "jdbc-sink", (*OF_THE_WORKER, *OTHER_DATABASES))
    return jars


def _copy(mvn: str, profile: str, folder: Path, without: tuple[str, ...] | list[str]) -> None:
    if folder.exists():
        return
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    asked = [f"-DexcludeArtifactIds={','.join(without)}", "-DincludeScope=runtime", f"-DoutputDirectory={unfinished}"]
    command = [mvn, "-q", "-B", "-f", str(POM), "-P", profile, "dependency:copy-dependencies", *asked]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=WITHIN_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = error.stdout.strip().splitlines() if isinstance(error.stdout, str) else []
        raise NotRun(f"mvn could not get {profile}: {said[0] if said else type(error).__name__}") from error
    unfinished.rename(folder)
