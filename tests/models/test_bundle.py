import json
from pathlib import Path

import pytest

from numberplate.reading import PlateReader, WeightsError

from ..reading.conftest import MakeWeights


@pytest.mark.parametrize("name", ["detector.onnx", "detector.json", "recognizer.onnx", "recognizer.json"])
def test_missing_file_is_named(make_weights: MakeWeights, name: str) -> None:
    folder = make_weights()
    (folder / name).unlink()
    with pytest.raises(WeightsError, match=name):
        PlateReader(folder)


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x08\x08"])
def test_file_that_is_no_network(make_weights: MakeWeights, content: bytes) -> None:
    folder = make_weights()
    (folder / "recognizer.onnx").write_bytes(content)
    with pytest.raises(WeightsError, match=r"recognizer\.onnx: not a network"):
        PlateReader(folder)


def test_truncated_network(make_weights: MakeWeights) -> None:
    path = make_weights() / "detector.onnx"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(WeightsError, match=r"detector\.onnx"):
        PlateReader(path.parent)


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("detector", {"stride": None}, "stride must be a number"),
        ("detector", {"stride": 8.5}, "stride must be a whole number"),
        ("detector", {"corner_scale": "32"}, "corner_scale must be a number"),
        ("detector", {"temperature": 0}, "temperature must be a number above 0"),
        # Each level is a quarter of the one before: plates between two levels would be seen at neither.
        ("detector", {"min_width": 80}, "four times"),
        ("recognizer", {"head": "attention"}, "head must be 'ctc' or 'slots'"),
        ("recognizer", {"width": 160}, r"expected shape \(None, 48, 160, 1\)"),
    ],
)
def test_card_that_does_not_fit(make_weights: MakeWeights, name: str, changes: dict, reason: str) -> None:
    path = make_weights() / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(WeightsError, match=reason):
        PlateReader(path.parent)


@pytest.mark.parametrize("content", ["", "[1, 2]", "{"])
def test_card_that_is_none(make_weights: MakeWeights, content: str) -> None:
    path = make_weights() / "detector.json"
    path.write_text(content)
    with pytest.raises(WeightsError, match=r"detector\.json: not a card"):
        PlateReader(path.parent)


def test_networks_that_are_swapped(make_weights: MakeWeights) -> None:
    folder: Path = make_weights()
    (folder / "detector.onnx").write_bytes((folder / "recognizer.onnx").read_bytes())
    with pytest.raises(WeightsError, match=r"expected shape \(None, None, None, 9\), got"):
        PlateReader(folder)
