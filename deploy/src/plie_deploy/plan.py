"""What one demo consists of, derived from the declaration, the port offset and the data directory."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from plie_contracts.declaration import Declaration, Instance, load
from plie_deploy import cast
from plie_deploy.kafka import SECURITY_PROTOCOL, LocalKafka
from plie_deploy.postgres import LocalPostgres

Scale = Literal["small", "full", "empty"]

DECLARATION: Final = Path(__file__).parents[2] / "organisations.yaml"
HOST: Final = "127.0.0.1"
INDEX_PORT: Final = 8000
KAFKA_PORT: Final = 9092
POSTGRES_PORT: Final = 15432


@dataclass(frozen=True)
class Run:
    """One instance as the demo runs it: `environment` holds its PLIE_ settings."""

    organisation: str
    service: str
    title: str
    port: int
    database_url: str
    environment: dict[str, str]
    accounts: list[cast.Account]
    token: str
    prescriber_kinds: list[str]

    @property
    def name(self) -> str:
        return f"{self.organisation}.{self.service}"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def scopes(self) -> list[str]:
        return [f"{self.service}:read", f"{self.service}:write"]


@dataclass(frozen=True)
class Plan:
    data_dir: Path
    port_offset: int
    scale: Scale

    @cached_property
    def declaration(self) -> Declaration:
        return load(DECLARATION)

    @cached_property
    def cast(self) -> cast.Cast:
        return cast.of(self.declaration, self.data_dir / "secrets.json")

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def index_port(self) -> int:
        return INDEX_PORT + self.port_offset

    @property
    def index_url(self) -> str:
        return f"http://{HOST}:{self.index_port}"

    @cached_property
    def kafka(self) -> LocalKafka:
        return LocalKafka(self.data_dir / "kafka", port=KAFKA_PORT + self.port_offset, log=self.logs / "kafka.log")

    @cached_property
    def postgres(self) -> LocalPostgres:
        return LocalPostgres(
            self.data_dir / "postgres", port=POSTGRES_PORT + self.port_offset, log=self.logs / "postgres.log"
        )

    @cached_property
    def ports(self) -> dict[int, str]:
        """Every port that must be free, and who takes it."""
        instances = {instance.port + self.port_offset: name for name, instance in self.declaration.instances.items()}
        return {
            self.index_port: "the index page",
            self.kafka.port: "Kafka",
            self.postgres.port: "PostgreSQL",
            **instances,
        }

    @cached_property
    def runs(self) -> list[Run]:
        return [self._run(instance) for instance in self.declaration.instances.values()]

    def _run(self, instance: Instance) -> Run:
        port = instance.port + self.port_offset
        database_url = self.postgres.url(instance.name, instance.name, self.cast.databases[instance.name])
        return Run(
            organisation=instance.organisation,
            service=instance.service,
            title=instance.title,
            port=port,
            database_url=database_url,
            environment={
                "PLIE_ORGANISATION": instance.organisation,
                "PLIE_DATABASE_URL": database_url,
                "PLIE_KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
                "PLIE_KAFKA_SECURITY_PROTOCOL": SECURITY_PROTOCOL,
                "PLIE_KAFKA_USERNAME": instance.name,
                "PLIE_KAFKA_PASSWORD": self.cast.kafka[instance.name],
                "PLIE_DECLARATION": str(DECLARATION),
                "PLIE_SECRET_KEY": self.cast.secret_keys[instance.name],
                "PLIE_HOST": HOST,
                "PLIE_PORT": str(port),
                # The demo's partners listen on this machine.
                "PLIE_WEBHOOKS_LOOPBACK": "true",
            },
            accounts=[account for account in self.cast.accounts if account.instance == instance.name],
            token=self.cast.tokens[instance.name],
            prescriber_kinds=list(self.declaration.prescriber_kinds(instance.organisation)),
        )
