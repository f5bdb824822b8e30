"""What the pages say of numberplate.toml, of the service and of containers, tried."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from numberplate.configuration import (
    Action,
    Camera,
    Command,
    ConfigurationError,
    Email,
    File,
    KeepFor,
    ListedPlates,
    Mail,
    Mqtt,
    MqttMessage,
    Webhook,
    When,
    load_configuration,
)
from numberplate.configuration.template import FIELDS

ROOT = Path(__file__).parents[2]
INSTALLATION, ACTIONS = ROOT / "docs" / "installation.md", ROOT / "docs" / "actions.md"


def blocks(page: Path, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.M)


CAMERA = '[[camera]]\nname = "gate"\nsource = "0"\n'


@pytest.mark.parametrize(
    "text", [*blocks(INSTALLATION, "toml"), *(CAMERA + text for text in blocks(ACTIONS, "toml"))]
)
def test_each_example_of_the_file_can_be_used(tmp_path: Path, text: str) -> None:
    (tmp_path / "numberplate.toml").write_text(text, encoding="utf-8")
    assert load_configuration(tmp_path / "numberplate.toml").action


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        (0, {"regions =": "regoins =", "min_confidence = 0.95": "min_confidence = 95"}),
        (1, {'list = "residents"': 'list = "resident"'}),
    ],
)
def test_faults_are_named_as_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, changes: dict[str, str]
) -> None:
    (text,) = blocks(INSTALLATION, "toml")
    shown = re.findall(r"(?:^    numberplate\.toml: .*\n)+", INSTALLATION.read_text(encoding="utf-8"), re.M)
    for right, wrong in changes.items():
        text = text.replace(right, wrong, 1)
    monkeypatch.chdir(tmp_path)
    Path("numberplate.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(Path("numberplate.toml"))
    assert str(caught.value).splitlines() == [line.strip() for line in shown[place].splitlines()]


def test_what_stands_within_a_line_can_be_used(tmp_path: Path) -> None:
    text = ACTIONS.read_text(encoding="utf-8")
    lines = re.findall(r"`((?:mqtt|file|command) = [\[{].*[\]}])`", text)
    assert len(lines) == 3
    for line in lines:
        rule = f'[mqtt]\nhost = "broker"\n[[action]]\nname = "x"\n{line}\n'
        (tmp_path / "numberplate.toml").write_text(rule, encoding="utf-8")
        load_configuration(tmp_path / "numberplate.toml")


@pytest.mark.parametrize(
    ("page", "table"),
    [
        *((INSTALLATION, table) for table in (Camera, KeepFor, ListedPlates)),
        *(
            (ACTIONS, table)
            for table in (Mqtt, Mail, Action, When, MqttMessage, Webhook, Command, Email, File)
        ),
    ],
)
def test_each_key_is_on_its_page(page: Path, table: type[BaseModel]) -> None:
    text = page.read_text(encoding="utf-8")
    missing = [key for key in table.model_fields if not re.search(rf"\b{key}\b", text)]
    assert missing == []


def test_each_field_of_a_text_is_on_the_page() -> None:
    text = ACTIONS.read_text(encoding="utf-8")
    assert [field for field in FIELDS if f"`{{{field}}}`" not in text] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("fault", [False, True])
def test_systemd_takes_the_unit(tmp_path: Path, fault: bool) -> None:
    (unit,) = blocks(INSTALLATION, "ini")
    assert "LoadCredential=" in INSTALLATION.read_text(encoding="utf-8")
    program = shutil.which("true")
    unit = unit.replace("/opt/numberplate/bin/numberplate", str(program))
    unit = unit.replace("[Service]", "[Service]\nLoadCredential=mqtt:/etc/numberplate/mqtt.password")
    if fault:
        unit = unit.replace("Restart=always", "Restart=whenever")
    file = tmp_path / "numberplate.service"
    file.write_text(unit)
    done = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True, check=False)
    of_ours = [line for line in done.stderr.splitlines() if "numberplate" in line]
    assert bool(of_ours) is fault, done.stderr


def test_the_container_installs_extras_that_there_are_and_runs_the_command() -> None:
    (text,) = blocks(INSTALLATION, "dockerfile")
    lines = dict(line.split(" ", 1) for line in text.splitlines())
    extras = re.findall(r"/src\[([\w,]+)\]", text)[0].split(",")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {*extras} <= {*project["optional-dependencies"]}
    assert yaml.safe_load(lines["ENTRYPOINT"])[0] in project["scripts"]
    assert yaml.safe_load(lines["CMD"])[0] == "run"


def test_the_compose_file_mounts_what_the_container_reads() -> None:
    (text,) = blocks(INSTALLATION, "yaml")
    one = yaml.safe_load(text)["services"]["numberplate"]
    (dockerfile,) = blocks(INSTALLATION, "dockerfile")
    command = yaml.safe_load(re.search(r"^CMD (.*)$", dockerfile, re.M)[1])  # type: ignore[index]
    targets = [volume.split(":")[1] for volume in one["volumes"]]
    assert str(Path(command[-1]).parent) in targets
    assert set(yaml.safe_load(text)["volumes"]) == {"data"}
    # A new volume has the owner of the image's folder in its place, or is root's where there is none.
    as_user = dockerfile[dockerfile.index("USER numberplate") :]
    (folder,) = (volume.split(":")[1] for volume in one["volumes"] if volume.startswith("data:"))
    assert f"WORKDIR {Path(folder).parent}\nRUN mkdir {Path(folder).name}\n" in as_user


def test_an_image_is_built_before_it_is_run() -> None:
    text = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
    (name,) = re.findall(r"docker run .*?(\S+)$", text, re.M)
    assert f"docker build -t {name} " in text
