"""`numberplate frigate`: beside Frigate, its plate reader."""

import hashlib
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from numberplate.cli.errors import extra, usable
from numberplate.cli.keeping import Keeper
from numberplate.cli.options import Database, Device, ExpectedRegions, Save, Threads, Weights, named_path
from numberplate.cli.output.lines import complain, plate_text, say, shown
from numberplate.frigate.options import OBJECTS

if TYPE_CHECKING:
    from numberplate.configuration import Mqtt
    from numberplate.frigate import BridgeOptions, Event
    from numberplate.results.sighting import Sighting

_PASSWORD = "NUMBERPLATE_FRIGATE_PASSWORD_FILE"


def frigate(
    context: typer.Context,
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="Frigate's address: http://frigate:5000, or https://frigate:8971."
        ),
    ],
    broker: Annotated[
        str | None,
        typer.Option(metavar="HOST[:PORT]", show_default=False, help="The MQTT broker that Frigate uses."),
    ] = None,
    broker_user: Annotated[str | None, typer.Option(show_default=False, help="Of the broker.")] = None,
    broker_password_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", show_default=False, help="Its first line is the password.", parser=named_path
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Take the broker from the table [mqtt] of this file.",
            parser=named_path,
        ),
    ] = None,
    user: Annotated[
        str | None, typer.Option(show_default=False, help="Of Frigate, where it asks who one is.")
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar=_PASSWORD,
            show_default=False,
            help="Its first line is that user's password.",
            parser=named_path,
        ),
    ] = None,
    ca_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="PEM: certificates to trust in place of the system's.",
            parser=named_path,
        ),
    ] = None,
    topic: Annotated[str, typer.Option(help="Frigate's own prefix of topics.")] = "frigate",
    result_topic: Annotated[
        str, typer.Option(help="Below it, where plates are published.")
    ] = "plate_recognizer",
    retain: Annotated[
        bool,
        typer.Option(
            "--retain/--no-retain",
            help="Let the broker keep the last plate, for whoever subscribes later; open no gate by that.",
        ),
    ] = True,
    camera: Annotated[
        list[str] | None, typer.Option(show_default="all", help="Only of this camera. May be given again.")
    ] = None,
    zone: Annotated[
        list[str] | None, typer.Option(show_default="all", help="Only in this zone. May be given again.")
    ] = None,
    objects: Annotated[
        list[str] | None,
        typer.Option(
            "--object", show_default=", ".join(OBJECTS), help="Only of this label. May be given again."
        ),
    ] = None,
    region: ExpectedRegions = None,
    min_confidence: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Tell no text that is less probable than this.")
    ] = 0.8,
    clips: Annotated[
        bool,
        typer.Option("--clips/--no-clips", help="Read the clip too, where snapshots are not clear."),
    ] = True,
    missed: Annotated[
        str,
        typer.Option(
            metavar="AGE",
            help="Ask Frigate for events that were missed while the broker, Frigate or this was away, no "
            "older than that; 0s asks for none. Their plates are kept and sent to Frigate, not published.",
        ),
    ] = "24h",
    sub_label: Annotated[
        bool,
        typer.Option("--sub-label/--no-sub-label", help="Give events the plate as their sub label."),
    ] = True,
    save: Save = False,
    database: Database = None,
    weights: Weights = None,
    threads: Threads = 1,
    device: Device = "cpu",
) -> None:
    """Read the vehicles that Frigate sees, and send it their plates.

    It listens to Frigate's events by MQTT, fetches each vehicle's snapshots, and its clip where these are not
    clear, and reads them by a vote. The plate becomes the event's sub label and recognized license plate in
    Frigate, and is published as frigate_plate_recognizer does, to frigate/plate_recognizer. With --save, the
    vehicles are kept as sightings, and those of the watch lists are published as watched.

    \b
      numberplate frigate http://frigate:5000 --broker mqtt.local --region gb
    """
    with extra("frigate"):
        from numberplate.actions.mqtt.connection import Connection
        from numberplate.configuration.values import read_secret
        from numberplate.frigate import Bridge, BridgeOptions, Frigate
        from numberplate.frigate.memory import Memory
        from numberplate.sightings.times import parse_age
    from numberplate.models.device import AUTO
    from numberplate.reading.cascade import Cascade
    from numberplate.reading.devices import on_device

    logging.basicConfig(format="numberplate: %(message)s", level=logging.WARNING, stream=sys.stderr)
    try:
        missed_for = parse_age(missed).total_seconds()
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--missed") from error
    with usable(ValueError):
        mqtt = _broker(broker, broker_user, broker_password_file, config)
        options = BridgeOptions(
            topic=topic,
            result_topic=result_topic,
            retain=retain,
            cameras=tuple(camera or ()),
            zones=tuple(zone or ()),
            objects=tuple(objects or OBJECTS),
            min_confidence=min_confidence,
            clips=clips,
            sub_label=sub_label,
            missed_for=missed_for,
            regions=",".join(region or ()),
        )
        password = None if password_file is None else read_secret(password_file)
        server = Frigate(url, user, password, ca_file)
        connection = Connection(mqtt)
        cascade, used = on_device(lambda name: Cascade(weights, threads, device=name), device)
        keep = Keeper(context, save, database)
        memory = Memory(_memory_file(server.name, options)) if missed_for else None
        bridge = Bridge(
            connection,
            server,
            cascade,
            options,
            lambda sighting, event: keep.add(sighting, f"frigate-{event}"),
            keep.hits,
            _say,
            memory,
        )
    if device == AUTO:
        complain(f"numberplate: device: {used}")
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: bridge.close())
    host, port = mqtt.address
    complain(
        f"numberplate: listening to {options.topic}/events at {host}:{port}, pictures from {server.name}"
    )
    try:
        bridge.run()
    finally:
        keep.close()
    if keep.failed:
        raise typer.Exit(1)


def _memory_file(server: str, options: "BridgeOptions") -> Path:
    """Where it is kept which events were dealt with: another one for whoever listens to others."""
    from platformdirs import user_data_path

    listens = (server, options.topic, options.result_topic, options.cameras, options.zones, options.objects)
    name = hashlib.sha256(repr(listens).encode()).hexdigest()[:16]
    return user_data_path("numberplate", appauthor=False) / "frigate" / f"{name}.json"


def _say(sighting: "Sighting", event: "Event") -> None:
    when = f"{event.start:%Y-%m-%d %H:%M:%S}"
    say(f"{when}  {plate_text(sighting.text):<10} {sighting.confidence:.1%}  {shown(event.camera)}")


def _broker(
    broker: str | None,
    user: str | None,
    password_file: Path | None,
    config: Path | None,
) -> "Mqtt":
    from pydantic import ValidationError

    from numberplate.configuration import ConfigurationError, Mqtt, load_configuration

    names = {"topic": "numberplate/frigate", "client_id": f"numberplate-frigate-{os.getpid()}"}
    if config is not None:
        if (broker, user, password_file) != (None, None, None):
            raise typer.BadParameter(
                "names the broker by itself: give no --broker, --broker-user or --broker-password-file",
                param_hint="--config",
            )
        try:
            found = load_configuration(config).mqtt
        except ConfigurationError as error:
            raise ValueError(str(error)) from error
        if found is None:
            raise ValueError(f"{config}: the table [mqtt] is missing")
        return found.model_copy(update=names)
    if broker is None:
        raise typer.BadParameter(
            "expected the broker, or --config FILE with a table [mqtt]", param_hint="--broker"
        )
    host, colon, port = broker.rpartition(":")
    try:
        return Mqtt.model_validate(
            {
                "host": host if colon else broker,
                "port": int(port) if colon and port.isdecimal() else port if colon else None,
                "username": user,
                "password_file": password_file,
                **names,
            }
        )
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(map(str, d['loc']))}: {d['msg']}" for d in error.errors())
        raise typer.BadParameter(reasons, param_hint="--broker") from error
