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

from numberplate.server.tokens import Token

PREFIX = "NUMBERPLATE_SERVER_"
"""Of the environment's variables: NUMBERPLATE_SERVER_PORT is `port`. A list has commas between its items."""

CONFIG_VARIABLE = f"{PREFIX}CONFIG"
"""The variable that names the file of settings."""

NO_DATABASE = "none"
"""The `database` of a server that shows no sightings."""

Names = Annotated[tuple[str, ...], NoDecode]


class SettingsError(ValueError):
    """Settings that cannot be used. The message names each and the reason, a line each."""


class Settings(BaseSettings):
    """All settings of the server. The descriptions are those of the table in docs/server.md.

    Use `load_settings`; unknown names are refused, and nothing is changed after it was made.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on. Any but loopback needs tokens.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    tokens: Names = Field(
        (),
        description="SHA-256 digests of the tokens that are let in, as `numberplate serve --new-token` makes "
        "them; each may be followed by :ROLES and :EXPIRY.",
    )
    allowed_hosts: Names = Field(
        (),
        description="Names by which clients may address the server. Empty: localhost's names on loopback, "
        "any name elsewhere.",
    )
    cors_origins: Names = Field(
        (),
        description="Origins of other sites whose pages may use the interfaces, such as https://example.org.",
    )
    tls_certificate: Path | None = Field(None, description="PEM file: serve HTTPS with this certificate.")
    tls_key: Path | None = Field(None, description="PEM file with the certificate's key.")
    workers: int | None = Field(
        None, ge=1, description="Pictures that are read at a time. Unset: the processor's cores."
    )
    queue: int = Field(
        32, ge=0, description="Pictures that may wait; beyond it clients are told to come again later."
    )
    queue_seconds: float = Field(
        0.8, gt=0, description="A picture that would have to wait longer is refused, as one beyond the queue."
    )
    max_upload_megabytes: float = Field(20.0, gt=0, description="Larger requests are refused.")
    upload_memory_megabytes: float = Field(
        100.0,
        gt=0,
        description="Of all uploads together, until they are read; beyond it the one that has been arriving "
        "longest is given up.",
    )
    max_megapixels: float = Field(
        50.0, gt=0, description="Larger pictures are refused before they are decoded."
    )
    read_seconds: float = Field(
        10.0, gt=0, description="A picture whose reading takes longer is refused, and its process replaced."
    )
    read_megabytes: int = Field(
        600,
        ge=50,
        description="Memory that reading one picture may take, where the system limits it (Linux).",
    )
    upload_seconds: float = Field(30.0, gt=0, description="A request has to have arrived in this time.")
    write_seconds: float = Field(
        10.0, gt=0, description="A client that takes no more of its reply for so long is let go."
    )
    max_connections: int = Field(
        1000,
        ge=10,
        description="Open connections; fewer where the system allows fewer. Beyond it the one that has been "
        "idle longest is closed.",
    )
    stop_seconds: int = Field(
        30, ge=0, description="When it is stopped, what was accepted has this long to be finished."
    )
    weights: Path | None = Field(
        None, description="Use the networks of this folder instead of those of the package."
    )
    regions: Names = Field(
        (), description="Regions whose plates are expected, such as gb,de; none is forbidden."
    )
    min_confidence: float = Field(
        0.1, ge=0, le=1, description="Plates whose text is less probable are left out."
    )
    candidates: int = Field(5, ge=1, le=100, description="Texts that each plate offers at most.")
    database: str | None = Field(
        None,
        description="Sightings to show: an SQLite file or a URL. Unset: what NUMBERPLATE_DATABASE names, or "
        "the user's own database, as of `numberplate sightings`. none: no sightings.",
    )
    keep_uploads: bool = Field(
        False, description="Whether plates of uploaded pictures are kept as sightings."
    )
    waiting: Path | None = Field(
        None,
        description="Folder where kept uploads wait for the database. Unset: beside the SQLite file, or in "
        "the user's folder for data of programs.",
    )
    waiting_megabytes: float = Field(
        256.0, gt=0, description="Of kept uploads that wait; what comes then is read, but not kept."
    )
    fetch_urls: bool = Field(
        False, description="Whether `upload_url` is followed, to public addresses only; refused otherwise."
    )
    log_format: Literal["text", "json"] = Field("text", description="Log lines for people or for programs.")
    log_plates: bool = Field(False, description="Whether log lines tell which plates were read.")

    @field_validator("tokens", "allowed_hosts", "cors_origins", "regions", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(item.strip() for item in value.split(",") if item.strip())
        return value

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
        if self.workers is not None:
            return self.workers
        if hasattr(os, "sched_getaffinity"):  # a container may have fewer than the machine
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1

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
