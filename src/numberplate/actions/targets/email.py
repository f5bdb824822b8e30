"""Sends e-mail."""

import smtplib
import ssl
from contextlib import closing, suppress
from email.message import EmailMessage
from email.utils import formatdate

from numberplate.actions.delivery import Delivery, DeliveryError
from numberplate.actions.targets.target import PlainTarget
from numberplate.configuration.action import Email
from numberplate.configuration.mail import Mail
from numberplate.configuration.template import fill
from numberplate.configuration.values import read_secret
from numberplate.results.printable import printable


class EmailTarget(PlainTarget):
    """Hands a message to an SMTP server. Raises ValueError where a file that it needs cannot be used."""

    def __init__(self, email: Email, mail: Mail):
        self._email, self._mail = email, mail
        self._taken: tuple[str, frozenset[str]] = ("", frozenset())
        """Of a delivery that the server did not take for all: for whom it did."""
        self._password = None if mail.password_file is None else read_secret(mail.password_file)
        if not f"{mail.username or ''}{self._password or ''}".isascii():
            raise ValueError(f"{mail.password_file}: SMTP takes names and passwords of ASCII alone")
        try:
            self._context = ssl.create_default_context(cafile=mail.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"{mail.ca_file}: {error.strerror or error}") from error

    def deliver(self, delivery: Delivery) -> None:
        """Raises DeliveryError where the server does not take it, or not for all. When it is tried again,
        it goes to those that are left.
        """
        message = self._message(delivery)
        taken = self._taken[1] if self._taken[0] == delivery.id else frozenset()
        to = [address for address in self._email.to if address not in taken]
        host, port = self._mail.address
        try:
            # Not smtplib's own `with`: of what was taken, it would say that it failed, over a wrong farewell.
            with closing(self._connected(host, port)) as server:
                if self._mail.username is not None and self._password is not None:
                    server.login(self._mail.username, self._password)
                refused = server.send_message(message, to_addrs=to)
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
        except smtplib.SMTPResponseException as error:
            # A wrong password is set right by somebody: it is no reason to lose what waits.
            again = 400 <= error.smtp_code < 500 or isinstance(error, smtplib.SMTPAuthenticationError)
            raise DeliveryError(f"{host}: {_said(error.smtp_code, error.smtp_error)}", again) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(f"{host}: {getattr(error, 'strerror', None) or error}") from error
        if refused:
            self._taken = delivery.id, frozenset(self._email.to) - refused.keys()
            said = "; ".join(f"{address}: {_said(*reply)}" for address, reply in refused.items())
            raise DeliveryError(f"{host}: {said}", any(400 <= code < 500 for code, _ in refused.values()))

    def _connected(self, host: str, port: int) -> smtplib.SMTP:
        if self._mail.security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=self._mail.timeout, context=self._context)
        server = smtplib.SMTP(host, port, timeout=self._mail.timeout)
        if self._mail.security == "starttls":
            try:
                server.starttls(context=self._context)
            except (smtplib.SMTPException, OSError):
                server.close()
                raise
        return server

    def _message(self, delivery: Delivery) -> EmailMessage:
        values, message = delivery.fields(), EmailMessage()
        message["Subject"] = printable(fill(self._email.subject, values))
        message["From"] = self._mail.sender
        message["To"] = ", ".join(self._email.to)
        message["Date"] = formatdate(delivery.sighting.added.timestamp(), localtime=True)
        message["Message-ID"] = f"<{delivery.id}@{self._mail.sender.partition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(fill(self._email.text, values))
        for kind in ("crop", "frame") if self._email.pictures else ():
            jpeg = delivery.picture(kind)
            if jpeg is not None:
                name = f"{delivery.sighting.text}-{kind}.jpg"
                message.add_attachment(jpeg, maintype="image", subtype="jpeg", filename=name)
        return message


def _said(code: int, text: bytes | str) -> str:
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {printable(shown.replace(chr(10), ' '))}"
