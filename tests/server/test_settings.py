"""Flags over the environment over a file, and one table that tells of all."""

import re
from inspect import signature
from pathlib import Path

import pytest

from numberplate.cli.serve import serve
from numberplate.server import Settings, SettingsError, load_settings
from numberplate.server.tokens import digest

DOCUMENT = Path(__file__).parents[2] / "docs" / "server.md"


def test_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "server.toml"
    file.write_text('port = 1\nqueue = 1\nworkers = 1\nregions = ["gb", "ie"]\n')
    monkeypatch.setenv("NUMBERPLATE_SERVER_QUEUE", "2")
    monkeypatch.setenv("NUMBERPLATE_SERVER_WORKERS", "2")
    settings = load_settings(file, workers=3, stop_seconds=None)
    assert (settings.port, settings.queue, settings.workers) == (1, 2, 3)
    assert settings.regions == ("gb", "ie")
    assert settings.stop_seconds == Settings.model_fields["stop_seconds"].default
    monkeypatch.setenv("NUMBERPLATE_SERVER_REGIONS", "de, at")
    assert load_settings(file).regions == ("de", "at")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("port = 70000", "port: "),
        ("prot = 80", "prot: no such setting"),
        ("port =", "server.toml: "),
        ("a = " + "[" * 9999, "server.toml: has too many parts within each other"),
        ('tokens = ["secret"]', "SHA-256"),
        ('cors_origins = ["*"]', "expected an origin"),
        ('tls_key = "key.pem"', "one needs the other"),
        ('keep_uploads = true\ndatabase = "none"', "no database"),
        ('log_format = "xml"', "log_format"),
        ("read_seconds = inf", "read_seconds: "),
        ("upload_seconds = 1e9", "upload_seconds: "),
        ("max_upload_megabytes = inf\nupload_memory_megabytes = inf", "max_upload_megabytes: "),
    ],
)
def test_file_that_cannot_be_used(tmp_path: Path, content: str, reason: str) -> None:
    file = tmp_path / "server.toml"
    file.write_text(content)
    with pytest.raises(SettingsError, match=re.escape(reason)) as error:
        load_settings(file)
    assert "secret" not in str(error.value)


def test_no_file_and_unknown_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load_settings(tmp_path / "none.toml")
    monkeypatch.setenv("NUMBERPLATE_SERVER_PROT", "80")
    with pytest.raises(SettingsError, match="NUMBERPLATE_SERVER_PROT: no such setting"):
        load_settings()


def test_tokens_are_never_in_the_settings() -> None:
    assert load_settings(tokens=digest("secret")).tokens == (digest("secret"),)


def test_every_setting_is_a_flag() -> None:
    assert set(signature(serve).parameters) - {"config", "new_token", "role", "expires"} == set(
        Settings.model_fields
    )


def test_the_table_of_the_document_is_that_of_the_settings() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [name for name, _, _ in rows] == list(Settings.model_fields)
    for name, default, description in rows:
        field = Settings.model_fields[name]
        assert description == field.description
        value = field.default
        shown = {None: "", (): "", False: "false"}.get(
            value, f"{value:g}" if isinstance(value, float) else str(value)
        )
        assert default.strip("`") == shown, name
