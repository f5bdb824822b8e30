"""What can be set of the server: each setting's default and description, said here once.

The command line, the settings themselves and the table in docs/server.md have them from here. Nothing but the
standard library is imported, so that `numberplate --help` needs no extra.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Setting:
    """`metavar`: what the command line calls its value; None for the name of its type."""

    default: Any
    description: str
    metavar: str | None = None


SETTINGS: dict[str, Setting] = {
    "host": Setting("127.0.0.1", "Address to listen on. Any but loopback needs tokens."),
    "port": Setting(8000, "Port to listen on; 0 takes a free one."),
    "tokens": Setting(
        (),
        "SHA-256 digests of the tokens that are accepted, as `numberplate serve --new-token` makes them; "
        "each may be followed by :ROLES and :EXPIRY.",
        "LIST",
    ),
    "allowed_hosts": Setting(
        (),
        "Names by which clients may address the server. Empty: localhost's names on loopback, any name "
        "elsewhere.",
        "LIST",
    ),
    "cors_origins": Setting(
        (), "Origins of other sites whose pages may use the interfaces, such as https://example.org.", "LIST"
    ),
    "tls_certificate": Setting(None, "PEM file: serve HTTPS with this certificate.", "FILE"),
    "tls_key": Setting(None, "PEM file with the certificate's key.", "FILE"),
    "workers": Setting(None, "Pictures that are read at a time. Unset: the processor's cores."),
    "queue": Setting(32, "Pictures that may wait; beyond it clients are refused, with `Retry-After`."),
    "queue_seconds": Setting(
        0.8, "A picture that would have to wait longer is refused, as one beyond the queue."
    ),
    "max_upload_megabytes": Setting(20.0, "Larger requests are refused."),
    "upload_memory_megabytes": Setting(
        100.0,
        "Of all uploads together, until they are read; beyond it the one that has been arriving longest "
        "is given up.",
    ),
    "max_megapixels": Setting(50.0, "Larger pictures are refused before they are decoded."),
    "read_seconds": Setting(
        10.0, "A picture whose reading takes longer is refused, and its process replaced."
    ),
    "read_megabytes": Setting(
        600, "Memory that reading one picture may take, where the system limits it (Linux)."
    ),
    "upload_seconds": Setting(30.0, "A request has to have arrived in this time."),
    "write_seconds": Setting(10.0, "A client that takes no more of its reply for this long is disconnected."),
    "max_connections": Setting(
        1000,
        "Open connections; fewer where the system allows fewer. Beyond it the one that has been idle "
        "longest is closed.",
    ),
    "stop_seconds": Setting(30, "When it is stopped, what was accepted has this long to be finished."),
    "weights": Setting(None, "Use the networks of this folder instead of those of the package.", "DIR"),
    "device": Setting(
        "cpu",
        "What networks run on: cpu, cuda, openvino, coreml, directml or migraphx, as this ONNX Runtime has "
        "them, or auto: that of them which proves fastest.",
        "NAME",
    ),
    "regions": Setting((), "Regions whose plates are expected, such as gb,de; none is forbidden.", "CODES"),
    "min_confidence": Setting(
        None,
        "Plates whose text is less probable are left out. Unset: those below 0.1, unless they are plainly "
        "plates.",
    ),
    "candidates": Setting(5, "Texts that each plate offers at most."),
    "database": Setting(
        None,
        "Sightings to show: an SQLite file or a URL. Unset: what NUMBERPLATE_DATABASE names, or the "
        "user's own database, as of `numberplate sightings`. none: no sightings.",
        "FILE|URL",
    ),
    "keep_uploads": Setting(False, "Whether plates of uploaded pictures are kept as sightings."),
    "max_sources": Setting(
        1000,
        "Sources of kept uploads: with as many in the database, a new name (`source`, `camera_id`) is "
        "refused.",
    ),
    "waiting": Setting(
        None,
        "Folder where kept uploads wait for the database. Unset: beside the SQLite file, or in the "
        "user's folder for data of programs.",
        "DIR",
    ),
    "waiting_megabytes": Setting(256.0, "Of kept uploads that wait; what comes then is read, but not kept."),
    "fetch_urls": Setting(
        False,
        "Whether `upload_url` and `image_url` are followed, to public addresses only; refused otherwise.",
    ),
    "log_format": Setting("text", "Log lines for people or for programs."),
    "log_plates": Setting(False, "Whether log lines tell which plates were read."),
}
