"""Rules: which sightings set something off, and what."""

import re
from datetime import time
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from numberplate.configuration.mqtt import check_topic
from numberplate.configuration.template import check_template
from numberplate.configuration.values import (
    Codes,
    FilePath,
    Name,
    Names,
    Probability,
    Seconds,
    Table,
    Timeout,
    several,
)
from numberplate.results.sighting import Direction
from numberplate.sightings.wildcard import WildcardError, normalize_wildcard

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

OPENING_MAX_AGE = 10.0
"""Seconds: an older sighting opens nothing, if its rule says nothing else."""

Span = tuple[time, time]
"""A time of day from which, and one until which; the latter may be of the next day."""


def _span(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        start, end = (time.fromisoformat(part.strip()) for part in value.split("-"))
    except ValueError:
        raise ValueError(f"{value!r}: expected a time of day such as 06:00-22:00") from None
    if start.tzinfo or end.tzinfo or start == end:
        raise ValueError(f"{value!r}: expected two times of day of this machine's zone")
    return start, end


class When(Table):
    """`[action.when]`: a sighting that meets every condition that is given.

    Attributes:
        list: hits one of these watch lists: "allow", "alert", or one of the file's by name.
        not_list: hits none of these.
        text: the text, or a pattern with the wildcards ? and *.
        camera: is of one of these.
        zone: was in one of these.
        direction: went there.
        region: its region, which is more likely than not, is one of these; `us` includes `us-tx`.
        time: was first seen at that time of day, of this machine's zone.
        days: was first seen on one of these days; `mon-fri`.
        min_confidence: its text is as probable as that.
        not_again_within: the same text set this action off in none of so many seconds before, or after.
        max_age: was last seen no longer ago than so many seconds.
    """

    list: Names = ()
    not_list: Names = ()
    text: Names = ()
    camera: Names = ()
    zone: Names = ()
    direction: Annotated[tuple[Direction, ...], BeforeValidator(several)] = ()
    region: Codes = ()
    time: Annotated[Span, BeforeValidator(_span)] | None = None
    days: Names = ()
    min_confidence: Probability | None = None
    not_again_within: Seconds | None = None
    max_age: Seconds | None = None

    @field_validator("text")
    @classmethod
    def _patterns(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(map(normalize_wildcard, texts))
        except WildcardError as error:
            raise ValueError(str(error)) from error

    @field_validator("days")
    @classmethod
    def _days(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        found: set[str] = set()
        for text in given:
            first, _, last = text.lower().partition("-")
            if first not in DAYS or (last or first) not in DAYS:
                raise ValueError(f"{text!r}: expected a day such as mon, or several such as mon-fri")
            start = DAYS.index(first)
            count = (DAYS.index(last or first) - start) % 7 + 1
            found.update(DAYS[(start + i) % 7] for i in range(count))
        return tuple(day for day in DAYS if day in found)


class MqttMessage(Table):
    """`mqtt`: a message to the broker of `[mqtt]`. `topic` and `payload` may name fields: `{text}`."""

    topic: str
    payload: str = "{json}"
    retain: bool = False
    qos: Literal[0, 1, 2] = 1

    @field_validator("topic", "payload")
    @classmethod
    def _fields(cls, text: str) -> str:
        return check_template(text)

    @field_validator("topic")
    @classmethod
    def _topic(cls, topic: str) -> str:
        return check_topic(topic)


class Webhook(Table):
    """`webhook`: a POST to an address.

    Attributes:
        url: http or https.
        format: "numberplate": our JSON; "platerecognizer": as Plate Recognizer Stream sends it, multipart;
            "openalpr": as OpenALPR's agent sends it, with a heartbeat every minute.
        secret_file: its first line signs each request (Standard Webhooks: webhook-id, webhook-timestamp,
            webhook-signature).
        headers: sent in addition.
        header_files: headers whose value is the first line of a file, such as Authorization.
        pictures: whether pictures are sent: the frame to "platerecognizer", crop and frame to the others.
        ca_file: PEM; the certificates to trust in place of the system's.
        timeout: seconds that the receiver may take.
    """

    url: str
    format: Literal["numberplate", "platerecognizer", "openalpr"] = "numberplate"
    secret_file: FilePath | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    header_files: dict[str, FilePath] = Field(default_factory=dict)
    pictures: bool = True
    ca_file: FilePath | None = None
    timeout: Timeout = 10.0

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        if not re.fullmatch(r"https?://[^/\s]+(/\S*)?", url):
            raise ValueError("expected an address such as https://example.org/plates")
        return url

    @field_validator("headers")
    @classmethod
    def _lines(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not re.fullmatch(r"[A-Za-z0-9-]+", name) or re.search(r"[\r\n]", value):
                raise ValueError(f"{name!r}: expected the name and the one line of a header")
        return headers


class Command(Table):
    """`command`: a program, started without a shell.

    Attributes:
        arguments: the program and its arguments; they may name fields: `{text}`.
        timeout: seconds after which it is ended, with all that it started.
        folder: where it runs; the file's own by default.
    """

    arguments: tuple[str, ...]
    timeout: Timeout = 10.0
    folder: FilePath | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"arguments": value} if isinstance(value, (list, tuple)) else value

    @field_validator("arguments")
    @classmethod
    def _fields(cls, arguments: tuple[str, ...]) -> tuple[str, ...]:
        if not arguments or not arguments[0]:
            raise ValueError("expected a program, and its arguments")
        return tuple(map(check_template, arguments))


class Email(Table):
    """`email`: a message by the server of `[mail]`. `subject` and `text` may name fields: `{text}`."""

    to: Names = Field(min_length=1)
    subject: str = "{text} at {camera}"
    text: str = "{text}, {percent} %, was seen at {camera}, {local_time}.\n\n{hits}\n"
    pictures: bool = True

    @field_validator("to")
    @classmethod
    def _addresses(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        for address in to:
            if not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", address):
                raise ValueError(f"{address!r}: expected an address such as gate@example.org")
        return to

    @field_validator("subject", "text")
    @classmethod
    def _fields(cls, text: str) -> str:
        return check_template(text)


class File(Table):
    """`file`: a file in a folder, as other programs watch folders for them.

    Attributes:
        folder: made where it is not there.
        name: with fields, such as `{camera}/{date}/{text}.jpg`: its ending says what is written: .jpg the
            `picture`, .json all that is known, .txt a line.
        picture: "frame" or "crop", of a .jpg.
    """

    folder: FilePath
    name: str = "{date}_{time}_{camera}_{text}.jpg"
    picture: Literal["frame", "crop"] = "frame"

    @field_validator("name")
    @classmethod
    def _ending(cls, name: str) -> str:
        check_template(name)
        if not name.lower().endswith((".jpg", ".jpeg", ".json", ".txt")):
            raise ValueError("expected a name that ends in .jpg, .json or .txt")
        if name.startswith("/") or ".." in name.split("/"):
            raise ValueError("expected a name within the folder")
        return name


Target = MqttMessage | Webhook | Command | Email | File


class Action(Table):
    """`[[action]]`: a rule, with one of the five things to do.

    Attributes:
        name: by which it is listed and tested.
        opens: whether it opens something. Such a rule states its least confidence, and fires only for a text
            that is whole and hit as it is, of a vehicle that was there OPENING_MAX_AGE ago at most; the log
            says why it does not fire. Its message is not retained.
        when: which sightings; all of them by default.
        retry_for: seconds for which a delivery that fails is tried again, after growing pauses; then it is
            put aside and listed by `numberplate actions`.
    """

    name: Name
    opens: bool = False
    when: When = When()
    retry_for: Seconds = 86400.0
    mqtt: MqttMessage | None = None
    webhook: Webhook | None = None
    command: Command | None = None
    email: Email | None = None
    file: File | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = [name for name in TARGETS if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"expected one of {', '.join(TARGETS)}, got {found}")
        if self.opens and self.when.min_confidence is None:
            raise ValueError("when: min_confidence is missing: what opens something states it")
        if self.opens and self.mqtt is not None and self.mqtt.retain:
            raise ValueError(
                "mqtt: retain: a message that stays at the broker opens for the next vehicle too"
            )
        return self

    @property
    def kind(self) -> str:
        """The one of TARGETS that it does."""
        return next(name for name in TARGETS if getattr(self, name) is not None)

    @property
    def max_age(self) -> float | None:
        """Seconds since a vehicle was last seen; None for any."""
        if self.when.max_age is None and self.opens:
            return OPENING_MAX_AGE
        return self.when.max_age


TARGETS = ("mqtt", "webhook", "command", "email", "file")

assert len(TARGETS) == len(get_args(Target))
