"""The server that e-mail is handed to."""

from typing import Literal, Self

from pydantic import Field, model_validator

from numberplate.configuration.values import FilePath, Host, Table, Timeout


class Mail(Table):
    """`[mail]`: an SMTP server.

    Attributes:
        host, port: 587 with "starttls", 465 with "tls", 25 with "none".
        security: how the connection is encrypted.
        username, password_file: the password is the file's first line.
        ca_file: PEM; the certificates to trust in place of the system's.
        sender: the address in From.
        timeout: seconds that the server may take for each reply.
    """

    host: Host
    port: int | None = Field(None, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password_file: FilePath | None = None
    ca_file: FilePath | None = None
    sender: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    timeout: Timeout = Field(30.0, ge=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.password_file is None) != (self.username is None):
            raise ValueError("username: it and password_file need each other")
        if self.username is not None and self.security == "none":
            raise ValueError('security: expected "starttls" or "tls": a password is to be sent')
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]
