"""The parts of an installation; each runs in a process of its own."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from numberplate.configuration import Camera, Configuration, ConfigurationError, KeepFor
from numberplate.configuration.areas import CurrentAreas
from numberplate.configuration.values import placed
from numberplate.sightings import RemainsError, Sightings, SightingsError

if TYPE_CHECKING:
    from numberplate.live import Watch
    from numberplate.server import Settings

log = logging.getLogger("numberplate")

CAMERA = "camera:"
"""What the name of a camera's part begins with."""

SUPERVISED = "NUMBERPLATE_SUPERVISED"
"""The environment variable of a part whose standard input ends when its supervisor does."""

_LOOKING = 1.0
"""Seconds between two looks at whether the file has changed, and whether the database is there."""

_CLOSING = 10.0
"""Seconds for which the database is waited for at the end."""


class PartError(Exception):
    """A part that cannot run, or no further. The message says why."""


def parts(configuration: Configuration) -> list[str]:
    """The names of a configuration's parts: `camera:NAME` for each, `server`, `actions`, `retention`."""
    found = [f"{CAMERA}{camera.name}" for camera in configuration.camera]
    if configuration.server is not None:
        found.append("server")
    if configuration.action or configuration.mqtt or configuration.watch_list:
        found.append("actions")
    if configuration.retention is not None:
        found.append("retention")
    return found


def run_part(name: str, configuration: Configuration, file: str | Path) -> None:
    """Runs a part until its end, or until SIGINT or SIGTERM.

    `file`: that of the configuration; commands run in its folder.

    Raises PartError where it is none of `parts` or cannot run, and ImportError where an extra is missing.
    """
    file, names = Path(file), parts(configuration)
    if name not in names:
        raise PartError(f"no {name!r}; there are {', '.join(names) or 'none'}")
    if os.environ.get(SUPERVISED):
        threading.Thread(target=_end_with_supervisor, name="supervised", daemon=True).start()
    try:
        if name.startswith(CAMERA):
            camera = next(one for one in configuration.camera if one.name == name.removeprefix(CAMERA))
            _watch(camera, configuration, file)
        elif name == "server":
            _serve(configuration, file)
        elif name == "actions":
            _act(configuration, file.absolute().parent)
        elif configuration.retention is not None:
            _keep_for(configuration.retention, configuration)
    except (SightingsError, ValueError) as error:
        raise PartError(str(error)) from error


def _watch(camera: Camera, configuration: Configuration, file: Path) -> None:
    import cv2

    from numberplate.live import SourceError, Watch, open_source
    from numberplate.live.sources.base import DamagedError
    from numberplate.live.sources.fingerprint import fingerprint
    from numberplate.reading import DeviceError, WeightsError
    from numberplate.sightings.record import Record, to_bytes
    from numberplate.sightings.spool import Spool, spool_folder

    cv2.setNumThreads(1)
    try:
        source = open_source(camera.address(), camera.source_options(), log.warning)
        watch = Watch(
            [source],
            configuration.weights,
            camera.threads,
            camera.watch_options(),
            device=configuration.device,
        )
    except (SourceError, WeightsError, DeviceError) as error:
        raise PartError(str(error)) from error
    # A camera watches on while the database is away, from the start too: what it sees waits on the disk.
    with Sightings(configuration.database, at_once=False) as store:
        spool = Spool(store, spool_folder(store))
        recording = fingerprint(source)
        _on_signals(watch.stop)
        ended = threading.Event()
        threading.Thread(
            target=_follow_areas, args=(camera, file, watch, ended), name="areas", daemon=True
        ).start()
        try:
            for sighting in watch.run():
                try:
                    spool.put(to_bytes([Record.of(sighting, uuid4().hex, recording)]))
                except (SightingsError, ValueError) as error:
                    log.error("%s: a sighting is not kept: %s", camera.name, error)
        finally:
            ended.set()
            if left := spool.close(_CLOSING):
                log.error("%d sightings wait in %s for the next start", left, spool.folder)
    for summary in watch.summaries():
        if isinstance(summary.error, DamagedError):
            log.error("%s", summary.error)
        elif summary.error is not None:
            raise PartError(str(summary.error))


def _follow_areas(camera: Camera, file: Path, watch: "Watch", ended: threading.Event) -> None:
    """Takes up the camera's zones, masks and line when they change in the file."""
    current, known = CurrentAreas(file), camera.areas()
    while not ended.wait(_LOOKING):
        try:
            areas = current.read().get(camera.name, known)
        except ConfigurationError as error:
            log.error("no zone, mask or line is taken up: %s", error)
            continue
        if areas != known:
            watch.set_areas(areas)
            known = areas
            log.warning("zones, masks and line are taken up as %s has them now", file.name)


def _serve(configuration: Configuration, file: Path) -> None:
    from numberplate.reading import DeviceError, WeightsError
    from numberplate.server import serve

    settings = server_settings(configuration, file.absolute().parent)
    try:
        serve(settings, lambda address: print(f"serving {address}", file=sys.stderr, flush=True), file)
    except (WeightsError, DeviceError) as error:
        raise PartError(str(error)) from error


def server_settings(configuration: Configuration, folder: Path) -> "Settings":
    """Those of the table [server]; database, weights and device are the installation's where it names none.

    `folder`: of the configuration's file, where relative paths start.

    Raises SettingsError, a ValueError, where they cannot be used.
    """
    from numberplate.server import SettingsError, load_settings

    shared = {
        "database": configuration.database,
        "weights": configuration.weights,
        "device": configuration.device,
    }
    own = dict(configuration.server or {})
    for name, value in own.items():
        if isinstance(value, str) and _is_path(name, value):
            try:
                own[name] = str(placed(Path(value), folder))
            except ValueError as error:
                raise SettingsError(f"{name}: {error}") from error
    return load_settings(None, **shared | own)


def _is_path(name: str, value: str) -> bool:
    from numberplate.server.options import SETTINGS
    from numberplate.server.settings import NO_DATABASE

    if name == "database":
        return "://" not in value and value != NO_DATABASE
    return name in SETTINGS and SETTINGS[name].metavar in ("FILE", "DIR")


def _act(configuration: Configuration, folder: Path) -> None:
    from numberplate.actions import Actions

    ended = threading.Event()

    def end() -> None:
        ended.set()
        actions.stop()

    with Sightings(configuration.database, at_once=False) as store:
        actions = Actions(configuration, store, folder)
        _on_signals(end)
        if _is_there(store, ended):
            actions.run()


def _keep_for(retention: KeepFor, configuration: Configuration) -> None:
    ended = threading.Event()
    _on_signals(ended.set)
    with Sightings(configuration.database, at_once=False) as store:
        while _is_there(store, ended):
            try:
                purged = store.purge(retention.retention())
                if purged.sightings or purged.pictures:
                    log.warning("deleted %d sightings and %d pictures", purged.sightings, purged.pictures)
            except RemainsError as error:
                log.warning("%s", error)
            except SightingsError as error:
                log.error("what is to be kept no longer is not deleted yet: %s", error)
            ended.wait(retention.every)


def _is_there(store: Sightings, ended: threading.Event) -> bool:
    """Waits for the database, which may come later than we do; False where we end before."""
    fault = False
    while not ended.is_set():
        try:
            store.open()
        except SightingsError as error:
            if not fault:
                log.error("waits for the database: %s", error)
            fault = True
            ended.wait(_LOOKING)
        else:
            if fault:
                log.warning("the database is there")
            return True
    return False


def _on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop())


def _end_with_supervisor() -> None:
    """A supervisor that was killed can tell its parts nothing, but their standard input ends."""
    with suppress(OSError, ValueError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)  # which wakes the main thread
