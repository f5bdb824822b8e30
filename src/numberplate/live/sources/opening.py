"""Which kind of source a name stands for."""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from av.container import InputContainer

from numberplate.live.options import SourceOptions
from numberplate.live.sources.base import Source, SourceError
from numberplate.live.sources.folder import Folder
from numberplate.live.sources.recording import Recording, open_container
from numberplate.live.sources.snapshots import Snapshots
from numberplate.live.sources.stream import Stream
from numberplate.pictures.addresses import is_web_address
from numberplate.results.address import without_secrets

_NETWORK = re.compile(r"(rtsps?|rtmps?|https?|udp|tcp|srt)://", re.IGNORECASE)


def is_network(address: str) -> bool:
    """Whether a source is an address, which `open_source` connects to unless it is that of a snapshot."""
    return _NETWORK.match(address) is not None


def open_source(
    address: str | os.PathLike[str],
    options: SourceOptions | None = None,
    say: Callable[[str], None] = lambda line: None,
    **changes: Any,
) -> Source:
    """The source at this address.

    - A folder of pictures, or a video file.
    - The number of a webcam, such as `0`, or its device, such as `/dev/video0`. Digits name a folder or a
      file if one of that name is there.
    - An address: RTSP, over TCP, or HTTP and others. What has an end is a recording.
    - With `every`, the address of a snapshot, which is asked for again and again.

    Args:
        options: how it is opened; None for the defaults.
        say: called with a line when a stream is lost and when it is back.
        changes: options by name, such as `rate=5`, in place of those of `options`.

    Raises SourceError when there is no such thing, or when an address cannot be reached; whether a file is a
    video shows when its frames are read. Raises ValueError for an option out of range.
    """
    options = replace(options or SourceOptions(), **changes)
    source = _open(os.fspath(address), options, say)
    if options.name is not None:
        source.name = options.name
    return source


def _open(name: str, options: SourceOptions, say: Callable[[str], None]) -> Source:
    rate, start, timeout, wait = options.rate, options.start, options.timeout, options.wait
    if options.every is not None:
        if not is_web_address(name):
            raise SourceError(name, "a snapshot is asked for at an http or https address")
        return Snapshots(name, options.every, timeout, wait, say)
    if os.path.isdir(name):
        return Folder(name, rate, start)
    is_device = name.startswith("/dev/") and not os.path.isfile(name)  # as one in /dev/shm is
    if is_device or (name.isdecimal() and not os.path.exists(name)):
        address, format = _device(name)
        if format == "v4l2" and not os.path.exists(address):
            raise SourceError(name, "no such device")
        return Stream(name, address, format=format, timeout=timeout, wait=wait, say=say)
    hardware = options.hardware
    if is_network(name):
        shown = without_secrets(name)
        given = {"rtsp_transport": "tcp"} if name.lower().startswith("rtsp") else {}
        try:
            container = open_container(name, timeout, given, hardware=hardware)
        except SourceError:
            if not wait:
                raise
            return Stream(shown, name, given, timeout=timeout, wait=True, say=say, hardware=hardware)
        if _is_picture(container):
            container.close()
            raise SourceError(name, "a picture, not a video: with `every` it is asked for again and again")
        if container.duration and not name.lower().startswith("rtsp"):
            return Recording(shown, start, container, hardware)
        return Stream(
            shown, name, given, timeout=timeout, wait=wait, say=say, container=container, hardware=hardware
        )
    if not os.path.exists(name):
        raise SourceError(name, "no such file, folder or device")
    return Recording(name, start, hardware=hardware)


def _is_picture(container: InputContainer) -> bool:
    # Pictures one after the other look the same, but for that nobody knows how long they are in all.
    kind = container.format.name
    return kind == "image2" or (kind.endswith("_pipe") and container.size > 0)


def _device(name: str) -> tuple[str, str]:
    """What PyAV opens for a webcam on this system, and its format."""
    if sys.platform == "darwin":
        return name, "avfoundation"
    if sys.platform == "win32":
        return name if name.startswith("video=") else f"video={name}", "dshow"
    return (f"/dev/video{name}" if name.isdecimal() else name), "v4l2"
