"""What is wrong with an installation, before it runs."""

import os
import re
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from numberplate.configuration.loading import Loaded, Problem, load
from numberplate.installation.parts import server_settings
from numberplate.models.device import DeviceError, candidates

_SECONDS = 10.0
"""That a camera or a server may take to answer."""

Key = tuple[str | int, ...]


def check(file: str | Path, connect: bool = False) -> tuple[Loaded, list[Problem]]:
    """The file, and all that would keep a part of it from running.

    Files that it names are read, of videos and folders the first frame; nothing is sent or started, and
    nothing written, but that a database that is there is brought up to date. With `connect`, cameras, the
    database's server, the broker and the mail server are reached for as well, which may take seconds each:
    what is away for a time keeps no part from running.

    Raises ConfigurationError where the file itself cannot be used.
    """
    file = Path(file)
    loaded = load(file)
    found = [
        *_cameras(loaded, connect),
        *_weights(loaded),
        *_device(loaded),
        *_database(loaded, connect),
        *_lists(loaded),
        *_server(loaded),
        *_actions(loaded, file.absolute().parent),
        *(_reached(loaded) if connect else ()),
    ]
    problems = [loaded.problem(key, reason) for key, reason in found]
    return loaded, sorted(problems, key=lambda problem: problem.line or 0)


def _cameras(loaded: Loaded, connect: bool) -> Iterator[tuple[Key, str]]:
    if loaded.configuration.camera:
        try:
            import rapidfuzz  # noqa: F401
            import trackers  # noqa: F401

            from numberplate.live.sources.base import SourceError
            from numberplate.live.sources.opening import is_network, open_source
        except ModuleNotFoundError as error:
            yield ("camera",), f"needs {error.name}: pip install 'numberplate[live]'"
            return
    for i, camera in enumerate(loaded.configuration.camera):
        key: Key = ("camera", i, "source" if camera.source_file is None else "source_file")
        try:
            address = camera.address()
        except ValueError as error:
            yield key, str(error)
            continue
        if is_network(address) and camera.every is None and not connect:
            continue
        # Where a file says that it begins is of no interest, and may take all of it to be known.
        options = replace(camera.source_options(), wait=False, timeout=_SECONDS, start=datetime.now(UTC))
        try:
            source = open_source(address, options)
            # A pipe would be waited for.
            if connect or os.path.isfile(address) or os.path.isdir(address):
                next(source.frames(), None)
                source.close()
        except SourceError as error:
            yield key, error.reason if is_network(address) else f"{address}: {error.reason}"


def _weights(loaded: Loaded) -> Iterator[tuple[Key, str]]:
    from numberplate.models.bundle import load_manifest
    from numberplate.reading import WeightsError

    try:
        load_manifest(loaded.configuration.weights)
    except WeightsError as error:
        yield ("weights",), str(error)


def _device(loaded: Loaded) -> Iterator[tuple[Key, str]]:
    try:
        candidates(loaded.configuration.device)
    except DeviceError as error:
        yield ("device",), str(error)


def _database(loaded: Loaded, connect: bool) -> Iterator[tuple[Key, str]]:
    from numberplate.sightings import Sightings, SightingsError
    from numberplate.sightings.database import DATABASE_VARIABLE

    database = loaded.configuration.database
    if database is not None and "://" not in database and not os.path.exists(database):
        folder = Path(database).parent
        if not folder.is_dir():
            yield ("database",), f"{folder}: no such folder"
        elif not os.access(folder, os.W_OK):
            yield ("database",), f"{folder}: cannot be written"
        return
    if database is None and not os.environ.get(DATABASE_VARIABLE):
        return  # the user's own, made where it is not there
    try:
        with Sightings(database, create=False, timeout=_SECONDS, at_once=False) as store:
            if connect or "://" not in store.name:
                store.check_writing()
    except SightingsError as error:
        yield ("database",), str(error)


def _lists(loaded: Loaded) -> Iterator[tuple[Key, str]]:
    for i, listed in enumerate(loaded.configuration.watch_list):
        try:
            if not listed.patterns():
                yield ("watch_list", i), "holds no plate"
        except ValueError as error:
            yield ("watch_list", i, "file"), str(error)


def _server(loaded: Loaded) -> Iterator[tuple[Key, str]]:
    if loaded.configuration.server is None:
        return
    try:
        from numberplate.server import SettingsError
    except ModuleNotFoundError as error:
        yield ("server",), f"needs {error.name}: pip install 'numberplate[server]'"
        return
    try:
        settings = server_settings(loaded.configuration, loaded.file.absolute().parent)
    except SettingsError as error:
        for line in str(error).splitlines():
            name, colon, reason = line.partition(": ")
            known = bool(colon) and re.fullmatch(r"\w+", name) is not None
            yield (("server", name), reason) if known else (("server",), line)
        return
    try:
        if "device" in loaded.configuration.server:
            candidates(settings.device)
    except DeviceError as error:
        yield ("server", "device"), str(error)
    for name in ("tls_certificate", "tls_key"):
        path = getattr(settings, name)
        if path is not None and not path.is_file():
            yield ("server", name), f"{path}: no such file"


def _actions(loaded: Loaded, folder: Path) -> Iterator[tuple[Key, str]]:
    configuration = loaded.configuration
    if not (configuration.action or configuration.mqtt):
        return
    try:
        from numberplate.actions.run import check_targets
    except ModuleNotFoundError as error:
        yield ("action",), f"needs {error.name}: pip install 'numberplate[actions]'"
        return
    yield from check_targets(configuration, folder)
    for i, action in enumerate(configuration.action):
        if action.command is not None:
            program = action.command.arguments[0]
            place = action.command.folder or folder
            if not place.is_dir():
                yield ("action", i, "command", "folder"), f"{place}: no such folder"
            found = shutil.which(place / program if os.sep in program else program)
            if "{" not in program and found is None:
                yield ("action", i, "command"), f"{program}: no such program"
        target = None if action.file is None else action.file.folder
        if target is not None and target.exists() and not os.access(target, os.W_OK):
            yield ("action", i, "file", "folder"), f"{target}: cannot be written"


def _reached(loaded: Loaded) -> Iterator[tuple[Key, str]]:
    configuration = loaded.configuration
    for name, table in (("mqtt", configuration.mqtt), ("mail", configuration.mail)):
        if table is None:
            continue
        host, port = table.address
        try:
            socket.create_connection((host, port), _SECONDS).close()
        except OSError as error:
            yield (name, "host"), f"{host}:{port}: {error.strerror or error}"
