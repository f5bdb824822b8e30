"""The MQTT broker."""

import re
from typing import Self

from pydantic import Field, field_validator, model_validator

from numberplate.configuration.values import FilePath, Host, Seconds, Table


def check_topic(topic: str) -> str:
    """The topic, fit to publish to. Raises ValueError for another."""
    if not topic or len(topic.encode()) > 1024 or re.search(r"[#+\0]", topic) or topic.strip("/") != topic:
        raise ValueError(
            f"{topic!r}: expected a topic without the wildcards # and +, and no slash at its ends"
        )
    return topic


class Mqtt(Table):
    """`[mqtt]`: the broker, and what is published about every sighting.

    Attributes:
        host, port: 1883, or 8883 with `tls`.
        username, password_file: the password is the file's first line.
        tls: whether the connection is encrypted, and the broker's certificate checked.
        ca_file: PEM; the certificates to trust in place of the system's.
        client_certificate, client_key: PEM, where the broker asks for them.
        client_id: its name at the broker.
        topic: all topics begin with it.
        publish: whether every sighting is published, in addition to what actions do.
        pictures: whether the crops are published.
        discovery: the prefix of Home Assistant's discovery; "" takes devices away that were announced.
        clear_after: seconds after which the last plate of a camera is cleared.
        max_age: an older sighting, of a time without the broker, is published as such, but sets off nothing:
            neither the sensors nor the event.
    """

    host: Host
    port: int | None = Field(None, ge=1, le=65535)
    username: str | None = None
    password_file: FilePath | None = None
    tls: bool = False
    ca_file: FilePath | None = None
    client_certificate: FilePath | None = None
    client_key: FilePath | None = None
    client_id: str = "numberplate"
    topic: str = "numberplate"
    publish: bool = True
    pictures: bool = True
    discovery: str = "homeassistant"
    clear_after: Seconds = Field(30.0, ge=1)
    max_age: Seconds = 60.0

    @field_validator("topic", "discovery")
    @classmethod
    def _topics(cls, topic: str) -> str:
        return check_topic(topic) if topic else topic

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.topic:
            raise ValueError("topic: expected one")
        if self.password_file is not None and self.username is None:
            raise ValueError("username: is missing, password_file needs it")
        if not self.tls and (self.ca_file or self.client_certificate):
            raise ValueError("tls: expected true, with ca_file or client_certificate")
        if (self.client_certificate is None) != (self.client_key is None):
            raise ValueError("client_key: it and client_certificate need each other")
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or (8883 if self.tls else 1883)
