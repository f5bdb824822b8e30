"""`numberplate serve`: the server."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from numberplate.cli.errors import extra, fail


def _option(help: str, metavar: str | None = None) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(help=help, metavar=metavar, show_default=False)
    return option


def serve(
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="NUMBERPLATE_SERVER_CONFIG",
            show_default=False,
            help="A TOML file of settings.",
        ),
    ] = None,
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Make a token, print it with its digest, and exit.")
    ] = False,
    role: Annotated[
        str, _option("What the new token permits: read, write, admin, or read+write.", "ROLES")
    ] = "admin",
    expires: Annotated[str | None, _option("The new token's last day, such as 2027-01-31.", "DAY")] = None,
    host: Annotated[str | None, _option("Address to listen on: 127.0.0.1.")] = None,
    port: Annotated[int | None, _option("Port: 8000.")] = None,
    tokens: Annotated[str | None, _option("Digests of the tokens that are let in.", "LIST")] = None,
    allowed_hosts: Annotated[str | None, _option("Names the server answers to.", "LIST")] = None,
    cors_origins: Annotated[str | None, _option("Sites whose pages may use it.", "LIST")] = None,
    tls_certificate: Annotated[Path | None, _option("PEM file, for HTTPS.", "FILE")] = None,
    tls_key: Annotated[Path | None, _option("PEM file with its key.", "FILE")] = None,
    workers: Annotated[int | None, _option("Pictures read at a time: as many as cores.")] = None,
    queue: Annotated[int | None, _option("Pictures that may wait: 32.")] = None,
    queue_seconds: Annotated[float | None, _option("Refuse what would wait longer: 0.8.")] = None,
    max_upload_megabytes: Annotated[float | None, _option("Refuse larger requests: 20.")] = None,
    upload_memory_megabytes: Annotated[float | None, _option("Of all uploads together: 100.")] = None,
    max_megapixels: Annotated[float | None, _option("Refuse larger pictures: 50.")] = None,
    read_seconds: Annotated[float | None, _option("Refuse pictures that take longer: 10.")] = None,
    read_megabytes: Annotated[int | None, _option("Memory that one picture may take: 600.")] = None,
    upload_seconds: Annotated[float | None, _option("Refuse slower requests: 30.")] = None,
    write_seconds: Annotated[float | None, _option("Let go who takes no reply: 10.")] = None,
    max_connections: Annotated[int | None, _option("Open connections: 1000.")] = None,
    stop_seconds: Annotated[int | None, _option("To finish what was accepted, when stopped: 30.")] = None,
    weights: Annotated[Path | None, _option("Other networks than the package's.", "DIR")] = None,
    regions: Annotated[str | None, _option("Expected regions, such as gb,de.", "CODES")] = None,
    min_confidence: Annotated[float | None, _option("Least probability of a text: 0.1.")] = None,
    candidates: Annotated[int | None, _option("Texts that each plate offers: 5.")] = None,
    database: Annotated[
        str | None, _option("Sightings to show: a file, a URL, or none; the user's own.", "URL")
    ] = None,
    keep_uploads: Annotated[bool | None, _option("Keep plates of uploads as sightings.")] = None,
    waiting: Annotated[Path | None, _option("Where kept uploads wait for the database.", "DIR")] = None,
    waiting_megabytes: Annotated[float | None, _option("Of kept uploads that wait: 256.")] = None,
    fetch_urls: Annotated[bool | None, _option("Follow upload_url, to public addresses.")] = None,
    log_format: Annotated[str | None, _option("text or json.")] = None,
    log_plates: Annotated[bool | None, _option("Tell in the log which plates were read.")] = None,
) -> None:
    """Serve a page and HTTP interfaces that read pictures and show sightings.

    The page is at http://127.0.0.1:8000/. Programs may speak Plate Recognizer's interface, CodeProject.AI's,
    or that of /api/openapi.json. Only this machine can reach the server, unless --host says otherwise: then
    tokens are needed.

    Each setting is a flag, a variable (NUMBERPLATE_SERVER_PORT) or a line of the file of --config
    (port = 8000), in this order. docs/server.md has the table.

    \b
      numberplate serve
      numberplate serve --new-token
      numberplate serve --host 0.0.0.0 --tokens 5f70bf18a086...
    """
    with extra("server"):
        import numberplate.server as room

    from numberplate.reading import WeightsError
    from numberplate.sightings import SightingsError

    if new_token:
        token, digest = room.new_token()
        entry = ":".join(
            [digest, *([role] if role != "admin" or expires else []), *([expires] if expires else [])]
        )
        try:
            room.load_settings(tokens=entry)
        except room.SettingsError as error:
            fail(str(error))
        print(f"token   {token}\ndigest  {entry}\n\nThe client shows the token; the digest goes into tokens.")
        return
    flags = {name: value for name, value in locals().items() if name in room.Settings.model_fields}
    try:
        room.serve(
            room.load_settings(config, **flags),
            started=lambda address: print(f"numberplate: serving {address}", file=sys.stderr, flush=True),
        )
    except (room.SettingsError, WeightsError, SightingsError) as error:
        fail(str(error))
