"""`numberplate serve`: the server."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from numberplate.cli.errors import extra, fail
from numberplate.cli.options import named_database, named_path
from numberplate.server.options import SETTINGS


def _option(
    help: str, metavar: str | None = None, parser: Callable[[str], Any] | None = None
) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        help=help, metavar=metavar, show_default=False, parser=parser
    )
    return option


def _setting(name: str, parser: Callable[[str], Any] | None = None) -> typer.models.OptionInfo:
    """The option of a setting of the server, which says its description and default itself."""
    said = SETTINGS[name]
    shown = "" if said.default in (None, (), False) else f" Default: {said.default}."
    return _option(said.description.replace("`", "") + shown, said.metavar, parser)


def serve(
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="NUMBERPLATE_SERVER_CONFIG",
            show_default=False,
            help="A TOML file of settings.",
            parser=named_path,
        ),
    ] = None,
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Make a token, print it with its digest, and exit.")
    ] = False,
    role: Annotated[
        str | None,
        _option("What the new token permits: read, write, admin, or read+write. Default: admin.", "ROLES"),
    ] = None,
    expires: Annotated[str | None, _option("The new token's last day, such as 2027-01-31.", "DAY")] = None,
    host: Annotated[str | None, _setting("host")] = None,
    port: Annotated[int | None, _setting("port")] = None,
    tokens: Annotated[str | None, _setting("tokens")] = None,
    allowed_hosts: Annotated[str | None, _setting("allowed_hosts")] = None,
    cors_origins: Annotated[str | None, _setting("cors_origins")] = None,
    tls_certificate: Annotated[Path | None, _setting("tls_certificate", named_path)] = None,
    tls_key: Annotated[Path | None, _setting("tls_key", named_path)] = None,
    workers: Annotated[int | None, _setting("workers")] = None,
    queue: Annotated[int | None, _setting("queue")] = None,
    queue_seconds: Annotated[float | None, _setting("queue_seconds")] = None,
    max_upload_megabytes: Annotated[float | None, _setting("max_upload_megabytes")] = None,
    upload_memory_megabytes: Annotated[float | None, _setting("upload_memory_megabytes")] = None,
    max_megapixels: Annotated[float | None, _setting("max_megapixels")] = None,
    read_seconds: Annotated[float | None, _setting("read_seconds")] = None,
    read_megabytes: Annotated[int | None, _setting("read_megabytes")] = None,
    upload_seconds: Annotated[float | None, _setting("upload_seconds")] = None,
    write_seconds: Annotated[float | None, _setting("write_seconds")] = None,
    max_connections: Annotated[int | None, _setting("max_connections")] = None,
    stop_seconds: Annotated[int | None, _setting("stop_seconds")] = None,
    weights: Annotated[Path | None, _setting("weights", named_path)] = None,
    device: Annotated[str | None, _setting("device")] = None,
    regions: Annotated[str | None, _setting("regions")] = None,
    min_confidence: Annotated[float | None, _setting("min_confidence")] = None,
    candidates: Annotated[int | None, _setting("candidates")] = None,
    database: Annotated[str | None, _setting("database", named_database)] = None,
    keep_uploads: Annotated[bool | None, _setting("keep_uploads")] = None,
    max_sources: Annotated[int | None, _setting("max_sources")] = None,
    waiting: Annotated[Path | None, _setting("waiting", named_path)] = None,
    waiting_megabytes: Annotated[float | None, _setting("waiting_megabytes")] = None,
    fetch_urls: Annotated[bool | None, _setting("fetch_urls")] = None,
    log_format: Annotated[str | None, _setting("log_format")] = None,
    log_plates: Annotated[bool | None, _setting("log_plates")] = None,
) -> None:
    """Serve a page and HTTP interfaces that read pictures and show sightings.

    The page is at http://127.0.0.1:8000/. Programs may speak the interfaces of Plate Recognizer,
    CodeProject.AI, DeepStack or OpenALPR, or that of /api/openapi.json. Only this machine can reach the
    server, unless --host says otherwise: then tokens are needed.

    Each setting is a flag, a variable (NUMBERPLATE_SERVER_PORT) or a line of the file of --config
    (port = 8000), in this order. docs/server.md has the table.

    \b
      numberplate serve
      numberplate serve --new-token
      numberplate serve --host 0.0.0.0 --tokens 5f70bf18a086...
    """
    with extra("server"):
        import numberplate.server as room
        from numberplate.server.tokens import Token

        start = room.serve  # which is imported on first use

    from numberplate.reading import DeviceError, WeightsError
    from numberplate.sightings import SightingsError

    if new_token:
        token, digest = room.new_token()
        entry = ":".join(
            [digest, *([role or "admin"] if role or expires else []), *([expires] if expires else [])]
        )
        try:
            made = Token.parse(entry)
        except ValueError as error:
            fail(str(error))
        if not made.is_valid(datetime.now(UTC)):
            raise typer.BadParameter(f"{expires} has passed", param_hint="--expires")
        print(f"token   {token}\ndigest  {entry}\n\nThe client shows the token; the digest goes into tokens.")
        return
    for name, value in (("--role", role), ("--expires", expires)):
        if value is not None:
            raise typer.BadParameter("is of a new token: goes with --new-token", param_hint=name)
    flags = {name: value for name, value in locals().items() if name in room.Settings.model_fields}
    try:
        start(
            room.load_settings(config, **flags),
            started=lambda address: print(f"numberplate: serving {address}", file=sys.stderr, flush=True),
        )
    except (room.SettingsError, WeightsError, DeviceError, SightingsError) as error:
        fail(str(error))
