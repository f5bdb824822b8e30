"""The whole file."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationInfo, field_validator, model_validator

from numberplate.configuration.action import Action
from numberplate.configuration.camera import Camera
from numberplate.configuration.mail import Mail
from numberplate.configuration.mqtt import Mqtt
from numberplate.configuration.retention import KeepFor
from numberplate.configuration.values import FOLDER, FilePath, Table, placed, slug
from numberplate.configuration.watch_list import ListedPlates


class Configuration(Table):
    """All of `numberplate.toml`; use `load_configuration`.

    Attributes:
        database: an SQLite file or a URL; None: the user's own, as of `numberplate sightings`.
        weights: folder of the networks; None for the package's own.
        device: what the networks run on; see `numberplate.models.device`.
        camera, watch_list, action: their tables, in order.
        retention, mqtt, mail: None where the file has none.
        server: settings of `numberplate serve`; None where no server is to run. The server checks them.
    """

    database: str | None = None
    weights: FilePath | None = None
    device: str = "cpu"
    camera: tuple[Camera, ...] = ()
    watch_list: tuple[ListedPlates, ...] = ()
    action: tuple[Action, ...] = ()
    retention: KeepFor | None = None
    mqtt: Mqtt | None = None
    mail: Mail | None = None
    server: dict[str, Any] | None = None

    @field_validator("database")
    @classmethod
    def _file(cls, database: str | None, info: ValidationInfo) -> str | None:
        if database is None or "://" in database:
            return database
        return str(placed(Path(database), (info.context or {}).get(FOLDER)))

    @field_validator("camera", "watch_list", "action")
    @classmethod
    def _once(cls, tables: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [slug(table.name) for table in tables]
        for i, name in enumerate(names):
            if name in names[:i]:
                other = tables[names.index(name)].name
                raise ValueError(f"{i}: name: is the same as {other!r} where only letters and digits count")
        return tables

    @model_validator(mode="after")
    def _names(self) -> Self:
        cameras = [camera.name for camera in self.camera]
        zones = [zone.name for camera in self.camera for zone in camera.zones]
        lists = ["allow", "alert", *(listed.name for listed in self.watch_list)]
        for i, action in enumerate(self.action):
            when = action.when
            for key, given, known in (
                ("list", when.list, lists),
                ("not_list", when.not_list, lists),
                ("camera", when.camera, cameras),
                ("zone", when.zone, zones),
            ):
                _known(f"action: {i}: when: {key}", given, known)
            lines = any(camera.line is not None for camera in self.camera)
            if {*when.direction} & {"in", "out"} and not lines:
                raise ValueError(f"action: {i}: when: direction: no camera has a line that is crossed")
            for kind, needed in (("mqtt", self.mqtt), ("email", self.mail)):
                if action.kind == kind and needed is None:
                    table = "mqtt" if kind == "mqtt" else "mail"
                    raise ValueError(f"action: {i}: {kind}: the table [{table}] is missing")
        return self


def _known(key: str, given: Iterable[str], known: list[str]) -> None:
    for name in given:
        if name not in known:
            there = f"there are {', '.join(known)}" if known else "there are none"
            raise ValueError(f"{key}: no {name!r}; {there}")
