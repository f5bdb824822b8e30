"""`numberplate run` and `numberplate check`: a whole installation, as one file names it."""

import logging
from typing import Annotated

import typer

from numberplate.cli.errors import extra, fail
from numberplate.cli.options import Config
from numberplate.cli.output.lines import complain, shown


def run(
    config: Config = None,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="PART",
            show_default=False,
            help="Run this part alone, in this process: camera:NAME, server, actions, or retention.",
        ),
    ] = None,
) -> None:
    """Run all that numberplate.toml names: cameras, server, actions, and the deletion of what is old.

    Each part is a process. One that dies is started again, after a pause that doubles up to a minute. A video
    or a folder that has come to its end is done. Ctrl-C and SIGTERM end all of it, and lose nothing.

    docs/installation.md describes the file; "numberplate check" says what is wrong with one.

    \b
      numberplate check
      numberplate run
      numberplate run --config /etc/numberplate.toml --only camera:gate
    """
    with extra("actions"):
        from numberplate.configuration import ConfigurationError, load_configuration
        from numberplate.configuration.loading import find_file
        from numberplate.installation.parts import PartError, parts, run_part
        from numberplate.installation.supervisor import Supervisor

    file = find_file(config)
    try:
        configuration = load_configuration(file)
    except ConfigurationError as error:
        fail(str(error))
    names = parts(configuration)
    if not names:
        fail(f"{file}: names no camera, server or action: there is nothing to run")
    if only is None:
        Supervisor(names, file, complain).run()
        return
    if only not in names:
        raise typer.BadParameter(f"no {only!r}; there are {', '.join(names)}", param_hint="--only")
    logging.basicConfig(format=f"%(asctime)s {shown(only)}: %(message)s", datefmt="%Y-%m-%d %H:%M:%S")
    logging.getLogger("numberplate").setLevel(logging.INFO)
    with extra("live" if only.startswith("camera:") else "server" if only == "server" else "mqtt"):
        try:
            run_part(only, configuration, file)
        except PartError as error:
            complain(f"{shown(only)}: {error}")
            raise typer.Exit(1) from error


def check(
    config: Config = None,
    connect: Annotated[
        bool,
        typer.Option(
            "--connect", help="Reach for cameras and servers as well: of the database, MQTT and mail."
        ),
    ] = False,
) -> None:
    """Say what is wrong with numberplate.toml, before it runs.

    Each fault is a line with the file, the line in it, the key and the reason; the exit code is 1 then. Files
    that it names are read. Nothing is sent or started, and nothing written, but that a database of an older
    version is brought up to date.

    \b
      numberplate check
      numberplate check --connect
    """
    with extra("actions"):
        from numberplate.configuration import ConfigurationError
        from numberplate.configuration.loading import find_file
        from numberplate.installation.check import check as find_problems
        from numberplate.installation.parts import parts

    try:
        loaded, problems = find_problems(find_file(config), connect)
    except ConfigurationError as error:
        complain(str(error))
        raise typer.Exit(1) from error
    for problem in problems:
        complain(f"{loaded.file}: {problem}")
    if problems:
        raise typer.Exit(1)
    names = parts(loaded.configuration)
    print(f"{loaded.file}: nothing is wrong; it runs {', '.join(names) if names else 'nothing'}")
