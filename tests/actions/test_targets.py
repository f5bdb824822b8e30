"""Commands, e-mail and files."""

import json
import os
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from numberplate.actions import Delivery, DeliveryError
from numberplate.actions.sample import sample
from numberplate.actions.targets.command import CommandTarget
from numberplate.actions.targets.email import EmailTarget
from numberplate.actions.targets.file import FileTarget
from numberplate.configuration import Command, Email, File, Mail
from numberplate.sightings import Sightings

from ..sightings.conftest import sighting
from .conftest import at_work, certificate, free_port, wait_until

unix = pytest.mark.skipif(os.name == "nt", reason="the commands are of Unix")


def run_command(folder: Path, *arguments: str, delivery: Delivery | None = None, timeout: float = 10) -> None:
    command = Command(arguments=arguments, timeout=timeout)
    CommandTarget(command, folder).deliver(delivery or sample("x", "gate"))


SHOW = """
import json, os, sys
values = {k: v for k, v in os.environ.items() if k.startswith("NUMBERPLATE_")}
values["crop"] = open(values["NUMBERPLATE_CROP"], "rb").read(3).hex()
json.dump([sys.argv[1:], values, os.getcwd()], open("out.json", "w"))
"""


def test_a_command_has_the_sighting_in_its_arguments_and_its_environment(tmp_path: Path) -> None:
    hostile = sample("x", "$(touch gone); `x`")
    run_command(tmp_path, sys.executable, "-c", SHOW, "{text}/{camera}", "{{text}}", "*", delivery=hostile)
    arguments, values, folder = json.loads((tmp_path / "out.json").read_text())
    assert arguments == ["TEST123/$(touch gone); `x`", "{text}", "*"]  # there is no shell
    assert values["NUMBERPLATE_TEXT"] == "TEST123"
    assert values["NUMBERPLATE_DIRECTION"] == "towards"
    assert json.loads(values["NUMBERPLATE_JSON"])["sighting"]["text"] == "TEST123"
    assert values["crop"] == "ffd8ff"
    assert not Path(values["NUMBERPLATE_CROP"]).exists()
    assert folder == str(tmp_path)


@unix
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["sh", "-c", "echo no such door >&2; exit 3"], "sh: ended with 3: no such door"),
        (["sh", "-c", "kill -9 $$"], "was ended by signal 9"),
        (["./no-such-program"], "No such file"),
        (["a\0b"], "null byte"),
    ],
)
def test_a_command_that_fails_is_not_run_again(tmp_path: Path, arguments: list[str], reason: str) -> None:
    with pytest.raises(DeliveryError, match=reason) as caught:
        run_command(tmp_path, *arguments)
    assert not caught.value.again


@unix
def test_a_command_that_takes_too_long_ends_with_all_it_started(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(DeliveryError, match="took longer than"):
        run_command(tmp_path, "sh", "-c", "(sleep 2; touch late) & sleep 60", timeout=0.5)
    assert time.monotonic() - began < 30
    time.sleep(2)
    assert not (tmp_path / "late").exists()


@unix
def test_a_folder_that_is_missing_is_named_and_not_the_program(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="nowhere: No such file"):
        run_command(tmp_path / "nowhere", "true")


@unix
def test_a_command_that_prints_without_end_is_ended_and_fills_no_disk(tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(DeliveryError, match="yes: printed more than 10000000 bytes") as raised:
        run_command(tmp_path, "yes", timeout=60)
    assert not raised.value.again
    assert time.monotonic() - begun < 30


def test_a_command_that_could_not_begin_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    with pytest.raises(DeliveryError, match=r"full.*: No such file") as caught:
        run_command(tmp_path, sys.executable, "-c", "open('begun', 'w')")
    assert caught.value.again
    assert not (tmp_path / "begun").exists()


@unix
def test_a_command_that_our_end_cuts_off_is_not_run_again(store: Sightings, tmp_path: Path) -> None:
    command = ["sh", "-c", "echo $NUMBERPLATE_TEXT >> begun; sleep 60"]
    action = {"name": "open", "command": {"arguments": command, "timeout": "60s"}}
    with at_work(store, tmp_path, action=[action]):
        store.add(sighting())
        wait_until((tmp_path / "begun").exists)
    with at_work(store, tmp_path, action=[action]):
        wait_until(store.progress.failures)
    assert "was ended, as actions were" in store.progress.failures()[0].reason
    assert (tmp_path / "begun").read_text() == "AB12CDE\n"


def test_a_fault_in_one_delivery_ends_no_action(store: Sightings, tmp_path: Path) -> None:
    # A folder that no system has: pathlib refuses it with an error of its own.
    action = {"name": "drop", "file": {"folder": str(tmp_path / "a\0b"), "name": "{text}.txt"}}
    with at_work(store, action=[action]):
        store.add(sighting("AAA111"))
        store.add(sighting("BBB222"))
        wait_until(lambda: len(store.progress.failures()) == 2)
    assert "null byte" in store.progress.failures()[0].reason


class Mailbox(MessageHandler):
    """A mail server's handler that keeps what comes. `refuse`: the reply to every recipient, if any;
    `refused`: the replies to some.
    """

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Any] = []
        self.refuse: str | None = None
        self.refused: dict[str, str] = {}
        self.farewell = "221 Bye"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return self.farewell

    def handle_message(self, message: Any) -> None:
        self.messages.append(message)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refuse = self.refuse or self.refused.get(address)
        if refuse is None:
            envelope.rcpt_tos.append(address)
        return refuse or "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    server = Controller(box, "127.0.0.1", port)
    server.start()
    yield box, port
    server.stop()


def mail(port: int, **keys: Any) -> Mail:
    return Mail(host="127.0.0.1", port=port, security="none", sender="gate@example.org", **keys)


def test_e_mail_with_its_pictures(mailbox: tuple[Mailbox, int], store: Sightings) -> None:
    box, port = mailbox
    store.watch_list.add("AB12CDE", "alert", note="stolen\nBcc: x@example.org")
    one = store.add(sighting())
    delivery = Delivery("tell", one, ("alert",), lambda kind: store.picture(one.id, kind))
    email = Email(to=("a@example.org", "b@example.org"), subject="{text} {notes}")
    EmailTarget(email, mail(port)).deliver(delivery)
    (message,) = box.messages
    subject = str(make_header(decode_header(message["Subject"])))
    assert subject == "AB12CDE stolen\N{REPLACEMENT CHARACTER}Bcc: x@example.org"
    assert message["Bcc"] is None
    assert message["To"] == "a@example.org, b@example.org"
    assert message["Message-ID"] == f"<{delivery.id}@example.org>"
    body, crop, frame = message.get_payload()
    assert "AB12CDE, 90.0 %, was seen at gate" in body.get_payload(decode=True).decode()
    assert crop.get_payload(decode=True) == store.picture(one.id, "crop")
    assert frame.get_filename() == "AB12CDE-frame.jpg"


@pytest.mark.parametrize(("reply", "again"), [("450 busy", True), ("550 no such box", False)])
def test_e_mail_that_is_refused(mailbox: tuple[Mailbox, int], reply: str, again: bool) -> None:
    box, port = mailbox
    box.refuse = reply
    with pytest.raises(DeliveryError, match=reply) as caught:
        EmailTarget(Email(to=("a@example.org",)), mail(port)).deliver(sample("tell", "gate"))
    assert caught.value.again is again


def test_e_mail_that_was_taken_is_delivered_however_the_server_takes_its_leave(
    mailbox: tuple[Mailbox, int],
) -> None:
    box, port = mailbox
    box.farewell = "421 too busy to say more"
    EmailTarget(Email(to=("a@example.org",)), mail(port)).deliver(sample("tell", "gate"))
    assert len(box.messages) == 1


def test_e_mail_that_is_refused_for_one_of_two_comes_to_that_one_later(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    target = EmailTarget(Email(to=("a@example.org", "b@example.org")), mail(port))
    delivery = sample("tell", "gate")
    box.refused = {"b@example.org": "450 busy"}
    with pytest.raises(DeliveryError, match=r"b@example\.org: 450 busy") as caught:
        target.deliver(delivery)
    assert caught.value.again
    box.refused = {}
    target.deliver(delivery)
    target.deliver(sample("tell", "yard"))
    assert [message["X-RcptTo"] for message in box.messages] == [
        "a@example.org",
        "b@example.org",
        "a@example.org, b@example.org",
    ]
    box.refused = {"a@example.org": "550 no such box"}
    with pytest.raises(DeliveryError, match=r"a@example\.org: 550 no such box") as caught:
        target.deliver(sample("tell", "gate"))
    assert not caught.value.again


def test_a_mail_server_that_is_away_or_speaks_no_tls(mailbox: tuple[Mailbox, int]) -> None:
    with pytest.raises(DeliveryError, match="refused") as caught:
        EmailTarget(Email(to=("a@example.org",)), mail(free_port())).deliver(sample("tell", "gate"))
    assert caught.value.again
    plain = Mail(host="127.0.0.1", port=mailbox[1], sender="gate@example.org")
    with pytest.raises(DeliveryError, match="STARTTLS"):
        EmailTarget(Email(to=("a@example.org",)), plain).deliver(sample("tell", "gate"))
    assert not mailbox[0].messages


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[tuple[Mailbox, int]]:
    """A mail server that takes passwords, and those after STARTTLS alone."""
    certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    box, port = Mailbox(), free_port()
    server = Controller(
        box,
        "127.0.0.1",
        port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=lambda *given: AuthResult(success=given[-1].password == b"S3CRET", handled=False),
    )
    server.start()
    yield box, port
    server.stop()


def test_e_mail_with_a_password_after_starttls(locked: tuple[Mailbox, int], tmp_path: Path) -> None:
    box, port = locked
    keys = {"username": "gate", "password_file": tmp_path / "password", "ca_file": tmp_path / "cert.pem"}
    server = Mail(host="127.0.0.1", port=port, sender="gate@example.org", **keys)
    (tmp_path / "password").write_text("wrong\n")
    with pytest.raises(DeliveryError, match="535") as caught:
        EmailTarget(Email(to=("a@example.org",)), server).deliver(sample("tell", "gate"))
    assert caught.value.again
    (tmp_path / "password").write_text("S3CRET\n")
    EmailTarget(Email(to=("a@example.org",)), server).deliver(sample("tell", "gate"))
    assert len(box.messages) == 1


class TlsController(Controller):
    """A mail server that speaks TLS alone. `trusted`: the certificate by which it is known when it runs."""

    trusted: Path

    def _trigger_server(self) -> None:
        context = ssl.create_default_context(cafile=self.trusted)
        with (
            socket.create_connection((self.hostname, self.port), 10) as plain,
            context.wrap_socket(plain, server_hostname=self.hostname) as connection,
        ):
            connection.recv(1024)


def test_e_mail_over_tls_from_the_start(tmp_path: Path) -> None:
    certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    box, port = Mailbox(), free_port()
    server = TlsController(box, "127.0.0.1", port, ssl_context=context)
    server.trusted = tmp_path / "cert.pem"
    server.start()
    try:
        keys = {"host": "127.0.0.1", "port": port, "security": "tls", "sender": "gate@example.org"}
        with pytest.raises(DeliveryError, match="certificate verify failed"):
            EmailTarget(Email(to=("a@example.org",)), Mail(**keys)).deliver(sample("tell", "gate"))
        trusting = Mail(**keys, ca_file=tmp_path / "cert.pem")
        EmailTarget(Email(to=("a@example.org",)), trusting).deliver(sample("tell", "gate"))
        assert len(box.messages) == 1
    finally:
        server.stop()


def test_a_password_that_smtp_cannot_send_is_said_before_it_is(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("gäte\n")
    server = Mail(host="h", sender="a@b.org", username="u", password_file=tmp_path / "password")
    with pytest.raises(ValueError, match="ASCII") as caught:
        EmailTarget(Email(to=("a@example.org",)), server)
    assert "gäte" not in str(caught.value)


def test_files_of_each_kind(tmp_path: Path, store: Sightings) -> None:
    one = store.add(sighting(source="../cam/1"))
    delivery = Delivery("drop", one, (), lambda kind: store.picture(one.id, kind))
    for name in ("{camera}/{text}.jpg", "{id}.json", "{text}.txt"):
        FileTarget(File(folder=tmp_path / "drop", name=name)).deliver(delivery)
    found = {str(path.relative_to(tmp_path / "drop")): path for path in (tmp_path / "drop").rglob("*.*")}
    picture = found.pop("_cam_1/AB12CDE.jpg")  # within the folder, whatever a source is called
    assert picture.read_bytes() == store.picture(one.id, "frame")
    assert found.pop("AB12CDE.txt").read_text() == "AB12CDE\n"
    (left,) = found.values()
    assert json.loads(left.read_text())["id"] == delivery.id


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(DeliveryError, match="taken"):
        FileTarget(File(folder=tmp_path / "taken" / "drop")).deliver(sample("drop", "gate"))
    # Else all that come after one with a long name would wait for it, for a day.
    with pytest.raises(DeliveryError, match="too long") as caught:
        FileTarget(File(folder=tmp_path, name="{camera}.txt")).deliver(sample("drop", 100 * "摄"))
    assert not caught.value.again
    gone = Delivery("drop", sample("drop", "gate").sighting)
    with pytest.raises(DeliveryError, match="its frame is not kept any more") as caught:
        FileTarget(File(folder=tmp_path)).deliver(gone)
    assert not caught.value.again
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
