"""Settings of one instance, from the environment (`PLIE_…`) or files (`PLIE_…_FILE`).

A wrong or missing setting stops the start with one line that names it.
"""

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "PLIE_"


class FromEnvironment(BaseSettings):
    """Where every setting comes from, the common ones and a service's own."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _FilesNamedByEnvironment(settings_cls)


class Settings(FromEnvironment):
    organisation: str = Field(pattern=r"^[a-z0-9-]+$")
    database_url: str = Field(pattern=r"^postgresql(\+asyncpg)?://")
    kafka_bootstrap_servers: str = Field(min_length=3)
    kafka_security_protocol: Literal["SASL_PLAINTEXT", "SASL_SSL"] = "SASL_SSL"
    kafka_username: str = Field(min_length=1)
    kafka_password: SecretStr
    kafka_ca_file: Path | None = None
    declaration: Path
    secret_key: SecretStr = Field(min_length=32)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)

    @field_validator("database_url")
    @classmethod
    def driven_by_asyncpg(cls, url: str) -> str:
        return url.replace("postgresql://", "postgresql+asyncpg://", 1)

    @field_validator("declaration", "kafka_ca_file")
    @classmethod
    def is_a_readable_file(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError(f"no such file: {path}")
        return path

    @classmethod
    def from_environment(cls) -> Self:
        """Read the settings or leave with status 2 and one line per setting that is wrong."""
        try:
            return cls()
        except ValidationError as wrong:
            lines = [
                f"{PREFIX}{str(error['loc'][0]).upper()}: {_reason(error['type'], error['msg'])}"
                for error in wrong.errors()
            ]
        except UnreadableSettingFile as wrong:
            lines = [str(wrong)]
        raise SystemExit("\n".join(lines))


class UnreadableSettingFile(ValueError):
    """A `PLIE_…_FILE` variable names a file that cannot be read."""


class _FilesNamedByEnvironment(PydanticBaseSettingsSource):
    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(variable)
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableSettingFile(f"{variable}: {path} cannot be read ({type(error).__name__})") from error

    def __call__(self) -> dict[str, str]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


def _reason(kind: str, message: str) -> str:
    return "is missing" if kind == "missing" else message
