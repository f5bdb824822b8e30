"""numberplate.toml: what may stand in it, and what is said of one that is wrong."""

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.configuration import Configuration, ConfigurationError, load_configuration
from numberplate.configuration.lines import key_lines, line_of
from numberplate.configuration.template import FIELDS, check_template, fill
from numberplate.configuration.values import slug

WHOLE = """
database = "gate.db"

[retention]
age = "30d"
picture_count = 500

[[camera]]
name = "gate"
source = "rtsp://admin:S3CRET@camera/stream"
regions = "gb,ie"
zones = ["drive=0.1,0.4 0.9,1 width=60"]
masks = ["0,0 0.4,0.05"]
line = "0,0.7 1,0.7"
report_after = "3s"
hold = 1

[[camera]]
name = "yard"
source_file = "yard.address"

[[watch_list]]
name = "residents"
kind = "allow"
plates = [
    "AB12 CDE",  # the blue one
    "GÖ-KX 417",
]

[mqtt]
host = "broker"
tls = true

[mail]
host = "mail.example.org"
sender = "gate@example.org"

[server]
port = 9000

[[action]]
name = "open the gate"
opens = true
mqtt = { topic = "gate/open", payload = "{text}" }
[action.when]
list = "residents"
camera = "gate"
zone = "drive"
direction = "in"
time = "22:00-06:00"
days = ["fri-mon", "wed"]
min_confidence = 0.95
not_again_within = "1m"

[[action]]
name = "tell"
email = { to = "me@example.org" }

[[action]]
name = "log"
command = ["./log", "{text}"]
"""


def load(folder: Path, text: str) -> Configuration:
    (folder / "numberplate.toml").write_text(text, encoding="utf-8")
    return load_configuration(folder / "numberplate.toml")


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, text)
    lines = str(caught.value).splitlines()
    name = f"{folder / 'numberplate.toml'}: "
    assert all(line.startswith(name) for line in lines)
    return [line.removeprefix(name) for line in lines]


def test_all_of_it(tmp_path: Path) -> None:
    found = load(tmp_path, WHOLE)
    gate, yard = found.camera
    assert found.database == str(tmp_path / "gate.db")
    options = gate.watch_options()
    assert (options.report_after, options.hold, options.zones[0].min_width) == (3, 1, 60)
    assert (gate.source_options().name, gate.source_options().wait) == ("gate", True)
    assert gate.address() == "rtsp://admin:S3CRET@camera/stream"
    (tmp_path / "yard.address").write_text("http://yard\n")
    assert yard.address() == "http://yard"
    assert found.watch_list[0].patterns() == ("AB12CDE", "GÖKX417")
    assert found.mqtt is not None
    assert found.mqtt.address == ("broker", 8883)
    assert found.retention is not None
    assert found.retention.retention().picture_count == 500
    opening, tell, log = found.action
    assert opening.when.days == ("mon", "wed", "fri", "sat", "sun")
    assert (opening.kind, tell.kind, log.kind) == ("mqtt", "email", "command")
    assert opening.max_age == 10


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("gate.mp4", "{folder}/gate.mp4"),
        ("videos/gate.mp4", "{folder}/videos/gate.mp4"),
        ("/srv/gate.mp4", "/srv/gate.mp4"),
        ("0", "0"),
        ("1", "{folder}/1"),
        ("/dev/video0", "/dev/video0"),
        ("rtsp://camera/1", "rtsp://camera/1"),
    ],
)
def test_a_cameras_path_starts_at_the_files_folder(tmp_path: Path, source: str, found: str) -> None:
    (tmp_path / "1").mkdir()  # digits name a folder where there is one
    (gate,) = load(tmp_path, f'[[camera]]\nname = "gate"\nsource = "{source}"\n').camera
    assert gate.address() == found.format(folder=tmp_path)


def test_a_path_may_start_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    found = load(tmp_path, 'database = "~/gate.db"\nweights = "~/weights"\n')
    assert found.database == str(tmp_path / "home" / "gate.db")
    assert found.weights == tmp_path / "home" / "weights"


def test_codes_of_regions_are_the_formats(tmp_path: Path) -> None:
    found = load(tmp_path, WHOLE.replace('camera = "gate"', 'region = "UK, us"'))
    assert found.action[0].when.region == ("gb", "us")
    assert found.camera[0].regions == ("gb", "ie")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            'regions = "gb,ie"',
            'regoins = "gb"',
            "line 11: camera.gate.regoins: no such key; did you mean regions?",
        ),
        ('regions = "gb,ie"', 'regions = "zz"', "line 11: camera.gate.regions: no region 'zz'"),
        (
            "0.1,0.4 0.9,1 width",
            "0.1,0.4 0.9,7 width",
            "line 12: camera.gate.zones[1]: zone drive: expected points",
        ),
        (
            'report_after = "3s"',
            'report_after = "soon"',
            "line 15: camera.gate.report_after: 'soon' is not an age",
        ),
        ("hold = 1", "hold = -1", "line 16: camera.gate.hold: "),
        ("hold = 1", "threads = 100000", "line 16: camera.gate.threads: input should be less than"),
        ("hold = 1", "min_width = inf", "line 16: camera.gate.min_width: input should be a finite number"),
        (
            "hold = 1",
            'every = "10ms"',
            "line 16: camera.gate.every: expected seconds, 0.05 to 1000000, got 0.01",
        ),
        (
            'masks = ["0,0 0.4,0.05"]',
            "masks = [1]",
            "line 13: camera.gate.masks[1]: expected a text, as of the option",
        ),
        (
            'masks = ["0,0 0.4,0.05"]',
            'masks = "0,0 1,1"',
            "line 13: camera.gate.masks: expected a list, in brackets",
        ),
        ("[[watch_list]]", "[watch_list]", "line 22: watch_list: expected [[watch_list]], with two brackets"),
        ("rtsp://admin:S3CRET@camera/stream", "", "camera.gate.source: "),
        ('"AB12 CDE",', '"AB_12",', "line 25: watch_list.residents.plates: 'AB_12'"),
        ('kind = "allow"', "", "watch_list.residents.kind: is missing"),
        ('name = "yard"', 'name = "Gate"', "line 19: camera.Gate.name: is the same as 'gate'"),
        ('camera = "gate"', 'region = "zz"', "line 47: action.open the gate.when.region: no region 'zz'"),
        ("[mail]", "[post]", "line 34: post: no such key"),
        (
            'list = "residents"',
            'list = "resident"',
            "line 46: action.open the gate.when.list: no 'resident'; there are",
        ),
        ('camera = "gate"', 'camera = "door"', "line 47: action.open the gate.when.camera: no 'door'"),
        ("min_confidence = 0.95", "", "action.open the gate.when: min_confidence is missing"),
        ("min_confidence = 0.95", "min_confidence = 95", "line 52: action.open the gate.when.min_confidence"),
        ("mqtt = {", "mqtt = { retain = true,", "line 44: action.open the gate.mqtt.retain: a message that"),
        ("22:00-06:00", "late", "line 50: action.open the gate.when.time: 'late'"),
        ("fri-mon", "fri-moon", "line 51: action.open the gate.when.days: 'fri-moon'"),
        ('payload = "{text}"', 'payload = "{txet}"', "line 44: action.open the gate.mqtt.payload: {txet}"),
        ('"gate/open"', '"gate/#"', "line 44: action.open the gate.mqtt.topic: 'gate/#'"),
        ('email = { to = "me@example.org" }', "", "action.tell: expected one of mqtt, webhook"),
        ('line = "0,0.7 1,0.7"', "", "action.open the gate.when.direction: no camera has a line"),
        ('host = "broker"\ntls = true', 'host = "broker"\nca_file = "x"', "mqtt.tls: expected true"),
        ('source_file = "yard.address"', "", "camera.yard.source: expected it or source_file"),
        ("[server]", "[server", "is no TOML: "),
        ("[server]", "a = " + "[" * 9999, "has too many parts within each other"),
        ('age = "30d"', "age = 30", "line 5: retention.age: expected an age such as"),
        ("hold = 1", 'hold = "99999w"', "line 16: camera.gate.hold: input should be less than"),
        (
            "hold = 1",
            'every = "30d"',
            "line 16: camera.gate.every: expected seconds, 0.05 to 1000000, got",
        ),
        ("hold = 1", 'timeout = "30d"', "line 16: camera.gate.timeout: input should be less than"),
        ('host = "broker"', 'host = "a..b"', "line 31: mqtt.host: 'a..b': expected the name or the address"),
        (
            'database = "gate.db"',
            'database = "~nobody.at.all/x"',
            "line 2: database: ~nobody.at.all/x: no such",
        ),
        (
            'database = "gate.db"',
            'weights = "~nobody.at.all/x"',
            "line 2: weights: ~nobody.at.all/x: no such",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in WHOLE
    found = problems(tmp_path, WHOLE.replace(before, after, 1))
    assert any(said in line for line in found), found


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = WHOLE.replace("hold = 1", "holds = 1").replace('kind = "allow"', 'kind = "all"')
    found = problems(tmp_path, text)
    assert [line.partition(":")[0] for line in found] == ["line 16", "line 24"]


def test_a_password_is_not_repeated(tmp_path: Path) -> None:
    text = WHOLE.replace("hold = 1", 'source_file = "rtsp://a:S3CRET@b/"\nhold = "rtsp://a:S3CRET@b/"')
    assert "S3CRET" not in " ".join(problems(tmp_path, text))


def test_a_mark_before_the_first_line_is_none_of_it(tmp_path: Path) -> None:
    (tmp_path / "yard.address").write_text("\ufeffhttp://yard\n", encoding="utf-8")
    assert load(tmp_path, WHOLE).camera[1].address() == "http://yard"
    assert load(tmp_path, f"\ufeff{WHOLE}") == load(tmp_path, WHOLE)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_configuration(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="is no text in UTF-8"):
        load_configuration(tmp_path / "bytes.toml")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero: Linux has it")
def test_what_never_ends_is_not_read_for_ever(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="larger than 10 MB"):
        load_configuration(Path("/dev/zero"))
    text = '[[watch_list]]\nname = "residents"\nkind = "allow"\nfile = "/dev/zero"\n'
    with pytest.raises(ValueError, match="/dev/zero: larger than 10 MB"):
        load(tmp_path, text).watch_list[0].patterns()


def test_a_watch_lists_own_file(tmp_path: Path) -> None:
    text = '[[watch_list]]\nname = "residents"\nkind = "allow"\nfile = "residents.csv"\n'
    listed = load(tmp_path, text).watch_list[0]
    with pytest.raises(ValueError, match=r"residents\.csv: No such file"):
        listed.patterns()
    (tmp_path / "residents.csv").write_text("\ufeff# ours\nab12 cde, the blue one\n\nXY9* # vans\nAB12CDE\n")
    assert listed.patterns() == ("AB12CDE", "XY9*")
    (tmp_path / "residents.csv").write_text("AB12CDE\nAB_12\n")
    with pytest.raises(ValueError, match=r"residents\.csv, line 2: 'AB_12'"):
        listed.patterns()


KEYS = st.from_regex(r"[a-z_][a-z0-9_-]{0,5}", fullmatch=True) | st.text(min_size=1, max_size=5).filter(
    lambda text: '"' not in text and "'" not in text and text.isprintable() and text.strip() == text
)
VALUES = st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=8), max_size=3) | st.booleans()
FLAT = st.dictionaries(KEYS, VALUES, max_size=4)


@settings(max_examples=40)
@given(FLAT, st.lists(FLAT, max_size=3), st.dictionaries(KEYS, FLAT, max_size=3), st.integers(0, 3))
def test_each_key_has_its_line(
    root: dict[str, Any], items: list[dict[str, Any]], tables: dict[str, dict[str, Any]], blank: int
) -> None:
    text = tomlkit.dumps({**root, "many things": items, "t": tables})
    text = text.replace("\n", "\n" * (blank + 1))
    lines, rows = key_lines(text), text.split("\n")

    def has(path: tuple[str | int, ...]) -> None:
        number = line_of(path, lines)
        assert number is not None, repr((path, text))
        row = rows[number - 1]
        assert tomlkit.key(str(path[-1])).as_string() in row, repr((path, text))

    for key in {*root} - {"t", "many things"}:
        has((key,))
    for i, item in enumerate(items):
        for key in item:
            has(("many things", i, key))
    for name, table in tables.items():
        for key in table:
            has(("t", name, key))


def test_values_of_several_lines_hold_no_keys() -> None:
    text = 'a = """\nb = 1\n[c]\n"""\nd = [\n  "e = 1",\n]\nf = 2\n'
    assert key_lines(text) == {("a",): 1, ("d",): 5, ("f",): 8}


def test_brackets_and_quotes_in_strings_and_comments_end_no_value() -> None:
    values = {
        "a": 'a = [ # ] "\n  "]", \']"\', # [\n]',
        "b": "b = '''\n]'''''",
        "c": 'c = { d = "}" }',
        "e": r'e = "\\" # "',
        "f": r'f = """"\""""',
        "g": "g = 1",
    }
    text = "\n".join(values.values())
    assert [*tomllib.loads(text)] == [*values]
    assert key_lines(text) == {("a",): 1, ("b",): 4, ("c",): 6, ("e",): 7, ("f",): 8, ("g",): 9}


def test_the_lines_of_a_long_list_are_soon_known() -> None:
    # Twice the plates once took four times as long: for these it was a minute.
    plates = "".join(f'  "AB{i:05d}",\n' for i in range(5000))
    began = time.process_time()
    assert key_lines(f"plates = [\n{plates}]\nfuzzy = true\n") == {("plates",): 1, ("fuzzy",): 5003}
    assert time.process_time() - began < 5


def test_fields_are_filled_and_braces_stay() -> None:
    values = {name: f"<{name}>" for name in FIELDS}
    assert fill("{{{text}}} {camera}", values) == "{<text>} <camera>"
    assert fill(check_template('{{"a": {json}}}'), values) == '{"a": <json>}'
    with pytest.raises(ValueError, match="no such field"):
        check_template("{text.__class__}{}")


@given(st.text(max_size=20), st.text(max_size=20))
def test_names_that_differ_in_more_than_signs_have_other_slugs(one: str, other: str) -> None:
    assert slug(one)
    assert slug(one).isascii()
    plain = ["".join(c for c in name.lower() if c.isalnum()) for name in (one, other)]
    if plain[0] != plain[1] and all(name.isascii() and name for name in plain):
        letters = [slug(name).replace("_", "") for name in (one, other)]
        assert letters[0] != letters[1] or not (one.isascii() and other.isascii())


def test_signs_that_end_lines_elsewhere_end_none_in_toml() -> None:
    assert key_lines('a = "\x85\u2028"\r\nb = 1\n') == {("a",): 1, ("b",): 2}


def test_a_table_without_a_line_has_that_of_the_first_within_it() -> None:
    assert key_lines("\n[a.b]\nc = 1\n") == {("a",): 2, ("a", "b"): 2, ("a", "b", "c"): 3}
