"""The parts of an installation, as a program runs them."""

from pathlib import Path

import pytest

from numberplate.configuration import load_configuration
from numberplate.installation import PartError, check, parts, run_part
from numberplate.sightings import Sightings

from ..sightings.conftest import sighting


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Of an installation that keeps nothing."""
    found = tmp_path / "numberplate.toml"
    found.write_text("database = 'sightings.db'\n[retention]\ncount = 0\n")
    return found


@pytest.mark.parametrize("name", ["retension", "camera:gate", "server", ""])
def test_a_part_that_there_is_not_deletes_nothing(file: Path, name: str) -> None:
    with Sightings(file.parent / "sightings.db") as store:
        store.add(sighting())
        with pytest.raises(PartError, match=f"no '{name}'; there are retention"):
            run_part(name, load_configuration(file), file)
        assert len(store.search().sightings) == 1


def test_the_file_is_named_by_its_path_as_text_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_configuration(str(file)) == load_configuration(file)
    assert check(str(file))[1] == []
    monkeypatch.chdir(file.parent)
    assert parts(load_configuration("numberplate.toml")) == ["retention"]
