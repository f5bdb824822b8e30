"""What can be set of the server: by flags, by the environment and by a file, in this order of precedence."""

import os
import re
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from numberplate.processes.cores import cores
from numberplate.server.options import SETTINGS
from numberplate.server.tokens import Token

PREFIX = "NUMBERPLATE_SERVER_"
"""Of the environment's variables: NUMBERPLATE_SERVER_PORT is `port`. A list has commas between its items."""

CONFIG_VARIABLE = f"{PREFIX}CONFIG"
"""The variable that names the file of settings."""

NO_DATABASE = "none"
"""The `database` of a server that shows no sightings."""

_DAY = 86400
"""Seconds: processes and sockets cannot be waited for without end."""

_TERABYTE = 1_000_000
"""Megabytes, or megapixels."""

Names = Annotated[tuple[str, ...], NoDecode]


class SettingsError(ValueError):
    """Settings that cannot be used. The message names each and the reason, a line each."""


def _field(name: str, **limits: Any) -> Any:
    said = SETTINGS[name]
    return Field(said.default, description=said.description, **limits)


class Settings(BaseSettings):
    """All settings of the server, with the defaults and descriptions of `options.SETTINGS`.

    Use `load_settings`; unknown names are refused, and nothing is changed after it was made.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    host: str = _field("host")
    port: int = _field("port", ge=0, le=65535)
    tokens: Names = _field("tokens")
    allowed_hosts: Names = _field("allowed_hosts")
    cors_origins: Names = _field("cors_origins")
    tls_certificate: Path | None = _field("tls_certificate")
    tls_key: Path | None = _field("tls_key")
    workers: int | None = _field("workers", ge=1, le=1024)
    queue: int = _field("queue", ge=0)
    queue_seconds: float = _field("queue_seconds", gt=0, le=_DAY)
    max_upload_megabytes: float = _field("max_upload_megabytes", gt=0, le=_TERABYTE)
    upload_memory_megabytes: float = _field("upload_memory_megabytes", gt=0, le=_TERABYTE)
    max_megapixels: float = _field("max_megapixels", gt=0, le=_TERABYTE)
    read_seconds: float = _field("read_seconds", gt=0, le=_DAY)
    read_megabytes: int = _field("read_megabytes", ge=50, le=_TERABYTE)
    upload_seconds: float = _field("upload_seconds", gt=0, le=_DAY)
    write_seconds: float = _field("write_seconds", gt=0, le=_DAY)
    max_connections: int = _field("max_connections", ge=10)
    stop_seconds: int = _field("stop_seconds", ge=0, le=_DAY)
    weights: Path | None = _field("weights")
    device: str = _field("device")
    regions: Names = _field("regions")
    min_confidence: float | None = _field("min_confidence", ge=0, le=1)
    candidates: int = _field("candidates", ge=1, le=100)
    database: str | None = _field("database")
    keep_uploads: bool = _field("keep_uploads")
    max_sources: int = _field("max_sources", ge=1)
    waiting: Path | None = _field("waiting")
    waiting_megabytes: float = _field("waiting_megabytes", gt=0, le=_TERABYTE)
    fetch_urls: bool = _field("fetch_urls")
    log_format: Literal["text", "json"] = _field("log_format")
    log_plates: bool = _field("log_plates")

    @field_validator("tokens", "allowed_hosts", "cors_origins", "regions", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(item.strip() for item in value.split(",") if item.strip())
        return value

    @field_validator("allowed_hosts", "cors_origins")
    @classmethod
    def _lower(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(str.lower, names))  # as they are compared

    @field_validator("tokens")
    @classmethod
    def _digests(cls, tokens: tuple[str, ...]) -> tuple[str, ...]:
        for token in tokens:
            Token.parse(token)
        return tokens

    @field_validator("cors_origins")
    @classmethod
    def _no_wildcard(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not re.fullmatch(r"https?://[^/*]+", origin):
                raise ValueError(f"{origin!r}: expected an origin such as https://example.org")
        return origins

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.tokens and not self.is_loopback:
            raise ValueError(
                f"host {self.host}: others can reach this address, so tokens are needed; "
                "`numberplate serve --new-token` makes one"
            )
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key: one needs the other")
        if self.upload_memory_megabytes < self.max_upload_megabytes:
            raise ValueError("upload_memory_megabytes: less than the max_upload_megabytes of one request")
        if self.keep_uploads and self.database == NO_DATABASE:
            raise ValueError("keep_uploads: there is no database to keep them in")
        return self

    @property
    def is_loopback(self) -> bool:
        """Whether this machine alone can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names that a request's Host may have; empty: any."""
        if self.allowed_hosts or not self.is_loopback:
            return self.allowed_hosts
        # A page elsewhere whose name was made to point here is no name of ours.
        return tuple(dict.fromkeys(("localhost", "127.0.0.1", "::1", self.host)))

    @property
    def max_bytes(self) -> int:
        """Of one request."""
        return int(self.max_upload_megabytes * 1_000_000)

    @property
    def worker_count(self) -> int:
        """Pictures that are read at a time."""
        return cores() if self.workers is None else self.workers

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then the environment, then the file that `load_settings` names."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(file: Path | None = None, **flags: Any) -> Settings:
    """The settings: flags (None: not given) over the environment over a TOML file over the defaults.

    Raises SettingsError for a file that cannot be read and for settings that cannot be used.
    """

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    if file is not None and not file.is_file():
        raise SettingsError(f"{file}: no such file")
    try:
        loaded = FromFile(**{name: value for name, value in flags.items() if value is not None})
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: {error}") from error
    except RecursionError as error:
        raise SettingsError(f"{file}: has too many parts within each other") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {getattr(error, 'strerror', None) or error}") from error
    except ValidationError as error:
        raise SettingsError("\n".join(_line(detail) for detail in error.errors())) from error
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX)
        and name != CONFIG_VARIABLE
        and name.removeprefix(PREFIX).lower() not in Settings.model_fields
    )
    if unknown:
        raise SettingsError("\n".join(f"{name}: no such setting" for name in unknown))
    return loaded


def _line(detail: Any) -> str:
    name = ".".join(map(str, detail["loc"]))
    reason = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        reason = "no such setting"
    return f"{name}: {reason}" if name else reason
