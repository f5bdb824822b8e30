import copy
import json
import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from numberplate.models.bundle import load_detector, load_manifest, load_recognizer, load_window
from numberplate.models.cards.acceptance import Turned, WholePicture
from numberplate.models.cards.detector import SecondLook
from numberplate.models.cards.recognizer import (
    Band,
    Bands,
    Head,
    Jitter,
    Lines,
    MissedEnds,
    MissedRow,
    Refinement,
    Scripts,
    Span,
)
from numberplate.models.cards.vote import VoteCard
from numberplate.models.initial import (
    ACCEPTANCE,
    DETECTOR,
    EMPTY,
    RECOGNIZER,
    VOTE,
    WINDOW,
    converted,
    with_heads,
    with_network,
)
from numberplate.models.manifest import MANIFEST, VERSION, Fit, Manifest
from numberplate.models.onnx_file import ModelError, check_self_contained
from numberplate.reading import Plate, PlateReader, WeightsError
from numberplate.reading.cascade import Cascade

from ..reading.conftest import MakeWeights, change_card

FIT = Fit(("vote.floor", "vote.fused"), "negative log-likelihood", 1.5, 1.25, "40 clips", 7)


@pytest.mark.parametrize("name", ["detector.onnx", "recognizer.onnx", MANIFEST])
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


HEAD = asdict(replace(RECOGNIZER.latin, unknown=False))
PRIOR, REFINEMENT, SCRIPTS = map(asdict, (RECOGNIZER.prior, RECOGNIZER.refinement, RECOGNIZER.scripts))
LOOK = asdict(DETECTOR.second_look)
ALONE, TURNED = map(asdict, (ACCEPTANCE.whole_picture, ACCEPTANCE.turned))


@pytest.mark.parametrize(
    ("network", "changes", "reason"),
    [
        ("detector", {"stride": None}, r"detector\.stride: expected a number, got None"),
        ("detector", {"stride": 8.5}, r"detector\.stride: expected a whole number, got 8\.5"),
        ("detector", {"corner_scale": "32"}, r"detector\.corner_scale: expected a number, got '32'"),
        ("detector", {"temperature": 0}, r"detector\.temperature: expected a number above 0"),
        ("detector", {"temperature": True}, r"detector\.temperature: expected a number, got True"),
        ("detector", {"temperatur": 1}, r"detector\.temperatur: no such key; known: stride, "),
        ("detector", {"second_look": {"faint": 0.1}}, r"detector\.second_look\.height: missing"),
        ("detector", {"second_look": []}, r"detector\.second_look: expected a JSON object"),
        # Each level is a quarter of the one before: plates between two levels would be seen at neither.
        ("detector", {"min_width": 80}, "four times"),
        ("recognizer", {"head": "slots"}, r"recognizer\.head: no such key; known: height, "),
        ("recognizer", {"width": 160}, r"expected shape \(None, 48, 160, 1\)"),
        ("recognizer", {"heads": []}, r"recognizer\.heads: expected one at least"),
        ("recognizer", {"heads": [HEAD | {"output": "texts"}]}, "expected an output called texts"),
        ("recognizer", {"heads": [HEAD | {"unknown": True}]}, r"logits: expected shape \(None, None, 38\)"),
        ("recognizer", {"heads": [HEAD | {"unknown": 0}]}, r"heads\[0\]\.unknown: expected true or false"),
        ("recognizer", {"heads": [HEAD | {"alphabet": "ABA"}]}, r"heads\[0\]\.alphabet: expected characters"),
        ("recognizer", {"heads": [HEAD, HEAD]}, "expected each output once"),
        (
            "recognizer",
            {"heads": [HEAD | {"script": "han"}]},
            r"recognizer\.heads: expected latin first, got han$",
        ),
        ("recognizer", {"heads": [HEAD, HEAD | {"output": "other"}]}, "each script once, got latin, latin"),
        ("recognizer", {"views": [{"scale": 0, "right": 1, "down": 1}]}, r"views\[0\]\.scale: expected"),
        ("acceptance", {"presence": -1}, r"acceptance\.presence: expected a number above 0"),
        ("acceptance", {"threshold": 1}, r"acceptance\.threshold: expected a probability between 0 and 1"),
        ("vote", {"independence": 2}, r"vote\.independence: expected 0\.\.1"),
        ("vote", {"shown": 0}, r"vote\.shown: expected a probability"),
        ("detector", {"tolerance": 0.9}, r"detector\.tolerance: expected 1 or more"),
        ("recognizer", {"prior": PRIOR | {"least": 1}}, r"prior\.least: expected a probability"),
        ("recognizer", {"prior": PRIOR | {"power": 2000}}, r"prior\.power: expected 0\.\.16"),
        (
            "detector",
            {"second_look": LOOK | {"height": 97}},
            r"second_look\.height, width: expected multiples",
        ),
        ("recognizer", {"scripts": SCRIPTS | {"heads": 0}}, r"scripts\.heads: expected a number above 0"),
        ("recognizer", {"refinement": REFINEMENT | {"clearer": 0}}, r"refinement\.clearer: expected 1 or"),
        ("recognizer", {"refinement": REFINEMENT | {"split_to": 0.1}}, r"split_from, split_to: expected"),
        ("acceptance", {"whole_picture": ALONE | {"margin": 9}}, r"whole_picture\.margin: expected a share"),
        ("acceptance", {"whole_picture": ALONE | {"insets": [0.5]}}, r"insets: expected 1 to 16 shares"),
        ("acceptance", {"turned": TURNED | {"side": 1e9}}, r"turned\.side: expected a number above 0"),
    ],
)
def test_manifest_that_does_not_fit(
    make_weights: MakeWeights, network: str, changes: dict, reason: str
) -> None:
    folder = make_weights()
    change_card(folder, network, **changes)
    with pytest.raises(WeightsError, match=reason):
        PlateReader(folder)


@pytest.mark.parametrize(
    "content", ["", "[1, 2]", "{", "{}", f'{{"version": {VERSION}}}', "[" * 100_000, '{"version": NaN}']
)
def test_manifest_that_is_none(make_weights: MakeWeights, content: str) -> None:
    path = make_weights() / MANIFEST
    path.write_text(content)
    with pytest.raises(WeightsError, match=r"bundle\.json: not a manifest"):
        PlateReader(path.parent)


@pytest.mark.parametrize("missing", ["detector", "recognizer", "acceptance", "vote"])
def test_bundle_that_lacks_a_part(make_weights: MakeWeights, missing: str) -> None:
    folder = make_weights()
    replace(load_manifest(folder), **{missing: None}).write(folder / MANIFEST)
    with pytest.raises(WeightsError, match="without"):
        PlateReader(folder)
    PlateReader(folder, scheme="windows")


def test_networks_that_are_swapped(make_weights: MakeWeights) -> None:
    folder: Path = make_weights()
    (folder / "detector.onnx").write_bytes((folder / "recognizer.onnx").read_bytes())
    with pytest.raises(WeightsError, match=r"expected shape \(None, None, None, 9\), got"):
        PlateReader(folder)


@pytest.mark.parametrize("threads", [0, -1, 100_000])
def test_threads_out_of_range(make_weights: MakeWeights, threads: int) -> None:
    with pytest.raises(ValueError, match=f"threads: expected 1 to 1024, got {threads}"):
        load_recognizer(make_weights(), threads)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_empty_batches_are_never_run(make_weights: MakeWeights, threads: int) -> None:
    # ONNX Runtime ends the process there, of networks with several threads.
    for folder in (None, make_weights()):
        recognizer, card = load_recognizer(folder, threads)
        given = recognizer.outputs(np.zeros((0, card.height, card.width, 1), np.float32))
        assert given["logits"].shape == (0, 36, card.latin.classes)
        assert given["logits"].dtype == np.float32
        detector, _ = load_detector(folder, threads)
        assert detector(
            np.zeros((0, 24, 16, 16), np.uint8) if folder is None else np.zeros((0, 96, 64, 1), np.float32)
        ).shape == (0, 12, 8, 9)
        window, _ = load_window(folder, threads)
        assert window(np.zeros((0, 92, 148, 1), np.float32)).shape == (0, 1, 1, 253)


def test_networks_are_copied_and_pickled(make_weights: MakeWeights, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_weights()
    monkeypatch.chdir(folder.parent)
    network, card = load_recognizer(folder.name)
    batch = np.zeros((2, card.height, card.width, 1), np.float32)
    assert copy.copy(network) is network
    assert copy.deepcopy(network) is network
    pickled = pickle.dumps(network)
    assert len(pickled) < 1000
    monkeypatch.chdir("/")
    assert (pickle.loads(pickled).outputs(batch)["logits"] == network.outputs(batch)["logits"]).all()


def test_network_that_fails_as_it_runs(make_weights: MakeWeights) -> None:
    network, _ = load_window(make_weights())
    with pytest.raises(WeightsError, match=r"window\.onnx: fails on \(1, 3, 3, 1\)"):
        network(np.zeros((1, 3, 3, 1), np.float32))


def _saved(folder: Path, change: Callable[[onnx.ModelProto], None]) -> None:
    path = folder / "detector.onnx"
    model = onnx.load(path)
    change(model)
    path.write_bytes(model.SerializeToString())


def _external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "/etc/passwd"), ("offset", "0"), ("length", "72")):
        tensor.external_data.add(key=key, value=value)


def _external_without_a_place(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].data_location = TensorProto.EXTERNAL


def _external_in_attribute(model: onnx.ModelProto) -> None:
    node = helper.make_node(
        "Constant", [], ["far off"], value=numpy_helper.from_array(np.zeros(3, np.float32))
    )
    node.attribute[0].t.external_data.add(key="location", value="../secret")
    model.graph.node.append(node)


def _nested(model: onnx.ModelProto) -> None:
    graph = helper.make_graph([], "innermost", [], [])
    for i in range(20):
        node = helper.make_node(
            "If", ["condition"], [f"out {i}"], then_branch=graph, else_branch=graph.__class__()
        )
        graph = helper.make_graph([node], f"level {i}", [], [])
    model.graph.node.extend(graph.node)


def _functions(model: onnx.ModelProto) -> None:
    opset = [helper.make_opsetid("", 13)]
    model.functions.append(helper.make_function("own", "F", ["x"], ["y"], [], opset))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_external, "a part of it lies in another file"),
        (_external_without_a_place, "a part of it lies in another file"),
        (_external_in_attribute, "a part of it lies in another file"),
        (_nested, "graphs within its graph"),
        (_functions, "functions of its own"),
    ],
)
def test_network_that_is_not_whole_in_itself(
    make_weights: MakeWeights, change: Callable[[onnx.ModelProto], None], reason: str
) -> None:
    folder = make_weights()
    _saved(folder, lambda model: None)
    load_detector(folder)
    _saved(folder, change)
    with pytest.raises(WeightsError, match=rf"detector\.onnx: not a network that can be run: .*{reason}"):
        load_detector(folder)


def test_network_that_is_one_of_another_format_as_well(make_weights: MakeWeights, tmp_path: Path) -> None:
    folder = make_weights()
    path = folder / "detector.onnx"
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "detector.ort")
    options.add_session_config_entry("session.save_model_format", "ORT")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    data = (tmp_path / "detector.ort").read_bytes()
    # ONNX Runtime's format begins with where its root lies: far enough on, that is two fields of ONNX's, and
    # the rest is a third one.
    shift = 0x040A0000
    root = int.from_bytes(data[:4], "little") + shift
    length = shift + len(data) - 14
    varint = bytes([length >> 7 * i & 0x7F | 0x80 for i in range(4)] + [length >> 28])
    polyglot = root.to_bytes(4, "little") + b"ORTM\x7a" + varint + bytes(shift - 6) + data[8:] + b"\x3a\0"
    check_self_contained(polyglot)
    path.write_bytes(polyglot)
    with pytest.raises(WeightsError, match="not a network that can be run"):
        load_detector(folder)


def _of_two_inputs(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("another", TensorProto.FLOAT, [1]))


def _of_no_input(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.zeros((1, 32, 32, 1), np.float32), "given"))
    model.graph.node.insert(0, helper.make_node("Identity", ["given"], [model.graph.input[0].name]))
    del model.graph.input[:]


def _of_doubles(model: onnx.ModelProto) -> None:
    output = model.graph.output[0]
    model.graph.node.append(helper.make_node("Cast", [output.name], ["wide"], to=TensorProto.DOUBLE))
    output.name, output.type.tensor_type.elem_type = "wide", TensorProto.DOUBLE


@pytest.mark.parametrize("change", [_of_two_inputs, _of_no_input, _of_doubles])
def test_network_of_other_inputs_and_outputs(
    make_weights: MakeWeights, change: Callable[[onnx.ModelProto], None]
) -> None:
    folder = make_weights()
    _saved(folder, change)
    with pytest.raises(
        WeightsError, match=r"detector\.onnx: expected one input, of float or uint8, and outputs"
    ):
        load_detector(folder)


def test_network_that_gives_another_number_than_it_is_given(make_weights: MakeWeights) -> None:
    def always_two(model: onnx.ModelProto) -> None:
        output = model.graph.output[0]
        model.graph.node.append(helper.make_node("Concat", [output.name, output.name], ["doubled"], axis=0))
        output.name = "doubled"
        output.type.tensor_type.shape.dim[0].dim_param = "twice"

    folder = make_weights()
    _saved(folder, always_two)
    network, _ = load_detector(folder)
    shape = [size if isinstance(size, int) else 64 for size in network.input_shape[1:]]
    batch = np.zeros((1, *shape), np.uint8 if network.takes_bytes else np.float32)
    with pytest.raises(WeightsError, match=r"detector\.onnx: gives doubled of shape \(2, "):
        network(batch)


@given(st.binary(max_size=300))
def test_any_bytes_for_a_network(data: bytes) -> None:
    with suppress(ModelError):
        check_self_contained(data)


@pytest.mark.parametrize("value", [10**400, 1e300, 2049, 1e-9, -1, True, "1e3"])
def test_numbers_of_a_manifest_are_bounded(make_weights: MakeWeights, value: object) -> None:
    folder = make_weights()
    change_card(folder, "detector", temperature=value)
    with pytest.raises(
        WeightsError, match=r"bundle\.json: not a manifest: detector\.temperature: expected a number"
    ):
        load_detector(folder)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, " " * 4_000_001])
def test_manifest_without_end(make_weights: MakeWeights, text: str) -> None:
    path = make_weights() / MANIFEST
    path.write_text(text)
    with pytest.raises(WeightsError, match=r"bundle\.json: not a manifest"):
        load_detector(path.parent)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    for card in (DETECTOR, RECOGNIZER, WINDOW):
        manifest = replace(with_network(EMPTY, card), fits=(FIT,))
        manifest.write(tmp_path / MANIFEST)
        assert load_manifest(tmp_path) == manifest


def test_folder_of_an_earlier_version_is_refused_and_converted(make_weights: MakeWeights) -> None:
    folder = make_weights()
    before = load_manifest(folder)
    (folder / MANIFEST).unlink()
    card = {"stride": 8, "corner_scale": 32.0, "min_width": 20, "max_width": 256, "recipe": {"seed": 1}}
    (folder / "detector.json").write_text(json.dumps(card))
    card = {"head": "ctc", "height": 48, "width": 144, "temperature": 1.5}
    (folder / "recognizer.json").write_text(json.dumps(card))
    card = {"width": 128, "height": 64, "margin_x": 10, "margin_y": 14, "stride": 8, "characters": 7}
    (folder / "window.json").write_text(json.dumps(card))
    with pytest.raises(WeightsError, match=f"no bundle.json, .*`numberplate calibrate --convert {folder}`"):
        PlateReader(folder)
    after = converted(folder)
    assert after.window == before.window
    assert after.recognizer is not None
    assert [head.temperature for head in after.recognizer.heads] == [1.5]
    assert not after.recognizer.latin.unknown
    assert after.acceptance == ACCEPTANCE
    assert after.vote == VOTE
    after.write(folder / MANIFEST)
    PlateReader(folder)
    PlateReader(folder, scheme="windows")


def test_recognizer_of_slots_is_not_converted(make_weights: MakeWeights) -> None:
    folder = make_weights()
    (folder / MANIFEST).unlink()
    (folder / "recognizer.json").write_text(json.dumps({"head": "slots", "height": 48, "width": 144}))
    (folder / "detector.onnx").unlink()
    with pytest.raises(WeightsError, match=r"recognizer\.json: not a card: head: 'slots' is read no more"):
        converted(folder)


@pytest.mark.parametrize(
    ("card", "reason"),
    [(None, "No such file"), ("{", "not a card"), ("[]", "not a card"), ('{"stride": "x"}', "not a card")],
)
def test_card_that_cannot_be_converted(make_weights: MakeWeights, card: str | None, reason: str) -> None:
    folder = make_weights()
    (folder / MANIFEST).unlink()
    if card is not None:
        (folder / "detector.json").write_text(card)
    with pytest.raises(WeightsError, match=rf"detector\.json: {reason}"):
        converted(folder)


def test_folder_without_networks_cannot_be_converted(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=f"{tmp_path}: no detector.onnx"):
        converted(tmp_path)


@pytest.mark.parametrize("version", range(1, VERSION))
def test_manifest_of_an_earlier_version_is_refused_and_brought_up_to_date(
    make_weights: MakeWeights, version: int
) -> None:
    folder = make_weights()
    before = load_manifest(folder)
    path = folder / MANIFEST
    with pytest.raises(WeightsError, match=r"bundle\.json: is there already"):
        converted(folder)
    values = json.loads(path.read_text()) | {"version": version}
    missing = (
        ("detector", "tolerance"),
        ("recognizer", "scripts"),
        ("recognizer", "bands"),
        ("recognizer", "lines"),
        ("recognizer", "missed_ends"),
        ("vote", "made_up"),
    )
    for card, key in missing:
        del values[card][key]
    del values["recognizer"]["prior"]["least"], values["acceptance"]["turned"]
    values["vote"]["certain"] = 0.9
    look = values["detector"]["second_look"]
    del look["first"], look["again"], look["bias"]
    look["surer"] = 0.5  # as versions up to 5 had it
    path.write_text(json.dumps(values))
    with pytest.raises(WeightsError, match=f"earlier version: `numberplate calibrate --convert {folder}`"):
        PlateReader(folder)
    assert before.vote is not None
    assert converted(folder) == replace(before, vote=replace(before.vote, certain=0.9))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"version": 1, "vote": []}', "detector: missing"),
        ('{"version": 5, "detector": []}', "not a manifest"),
        ('{"version": 1', "not a manifest"),
    ],
)
def test_manifest_that_cannot_be_brought_up_to_date(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(WeightsError, match=rf"bundle\.json: .*{reason}"):
        converted(tmp_path)


def test_another_network_takes_what_was_fitted_to_the_one_before_with_it() -> None:
    fitted = replace(with_network(EMPTY, DETECTOR), fits=(FIT, replace(FIT, numbers=("window.temperature",))))
    assert [fit.numbers for fit in with_network(fitted, RECOGNIZER).fits] == [("window.temperature",)]
    assert with_network(fitted, WINDOW).fits == (FIT,)
    assert with_network(fitted, RECOGNIZER).detector == DETECTOR


def test_heads_that_learnt_alone_leave_all_else_as_it_was_fitted() -> None:
    latin, han, thai = (
        Head(script, script, letters, True, 1.0, 1.0)
        for script, letters in (("latin", "AB"), ("han", "京"), ("thai", "ก"))
    )
    fits = tuple(replace(FIT, numbers=(f"recognizer.heads[{i}].temperature",)) for i in range(2))
    old = replace(RECOGNIZER, heads=(replace(latin, temperature=2.0), replace(han, temperature=3.0)))
    fitted = replace(with_network(EMPTY, old), fits=(*fits, FIT))

    def heads(*new: Head, learnt: str) -> tuple[Head, ...] | None:
        found = with_heads(fitted, replace(RECOGNIZER, heads=new), (learnt,))
        if found is None:
            return None
        assert found.recognizer is not None
        kept = fits[:1] if learnt == "han" else fits
        assert found == replace(
            fitted, recognizer=replace(old, heads=found.recognizer.heads), fits=(*kept, FIT)
        )
        return found.recognizer.heads

    assert heads(latin, han, thai, learnt="thai") == (*old.heads, thai)
    assert heads(latin, han, learnt="han") == (old.heads[0], han)
    # What else is another head's, or is there no more, is of another recognizer.
    assert heads(latin, thai, learnt="latin") is None
    assert heads(latin, replace(han, alphabet="京津"), thai, learnt="thai") is None
    assert heads(latin, learnt="latin") is None
    assert with_heads(EMPTY, old, ("han",)) is None


def said(plate: Plate) -> tuple:
    """All but its corners, which are an array."""
    return plate.text, plate.confidence, plate.detection_confidence, plate.characters, plate.candidates


def numbers(value: object, place: str = "") -> dict[str, object]:
    """All of a manifest's values by their places."""
    if is_dataclass(value):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
    elif isinstance(value, tuple):
        parts = dict(enumerate(value))
    else:
        return {place: value}
    return {key: v for name, part in parts.items() for key, v in numbers(part, f"{place}.{name}").items()}


OTHER = Manifest(
    VERSION,
    replace(
        DETECTOR,
        min_width=21.0,
        max_width=250.0,
        mean=1.0,
        temperature=0.7,
        threshold=0.3,
        hint=1e-30,
        tolerance=1.5,
        least_height=2.0,
        second_look=SecondLook(0.1, 64, 128, 0.45, 3.0, 0.6, 0.4, -0.1),
    ),
    replace(
        RECOGNIZER,
        heads=(
            replace(
                RECOGNIZER.latin,
                alphabet=RECOGNIZER.latin.alphabet[::-1],
                unknown=False,
                temperature=2.0,
                views_temperature=1.5,
            ),
        ),
        views=(Jitter(1.02, 1.0, 1.0),),
        prior=replace(RECOGNIZER.prior, power=0.1, bound=5.0, least=0.001),
        refinement=Refinement(
            off=0.04,
            still_off=0.02,
            cuts=2,
            below=0.9,
            clearer=200.0,
            alignments=20.0,
            one_line=0.8,
            two_lines=0.01,
            split_from=0.3,
            split_to=0.7,
            edge=1.0,
            edge_heights=0.1,
            views_below=0.8,
            hopeless=0.4,
        ),
        scripts=Scripts(doubt=0.2, heads=3, known=0.6, unknown=0.25, row=3),
        bands=Bands(
            (Band(0.1, 0.6),),
            below=0.9,
            plate=0.3,
            presence=0.4,
            weight=0.7,
            shorter=1.5,
            confidence=0.9,
            agreement=0.5,
            in_band=-1.0,
            bias=0.2,
            most=0.99,
        ),
        lines=Lines(confidence=1.2, bias=0.4, most=0.99),
        missed_row=MissedRow(Band(-0.9, 1.0), Band(0.0, 1.8), longest=7, least_aspect=2.0, confidence=0.4),
        missed_ends=MissedEnds((Span(-0.3, 1.1),), above=0.1, below=0.9, confidence=0.8),
    ),
    replace(
        ACCEPTANCE,
        presence=1.1,
        text=0.2,
        letters=-1.0,
        digits=-0.5,
        unknown=-0.7,
        format=0.3,
        bias=0.1,
        most_presence=0.99,
        most_text=0.95,
        most_odds=100.0,
        threshold=0.3,
        least_text=0.2,
        plain=0.8,
        whole_picture=WholePicture(500, 250, 1.1, 8.0, 0.7, 0.8, 0.25, (0.1, 0.2), 0.8),
        turned=Turned(below=0.4, upright=0.6, plain=0.8, side=320, presence=0.6, confidence=0.9, length=5),
    ),
    VoteCard(
        independence=0.4,
        fused=1.0,
        floor=1e-2,
        another=1e-3,
        temperature=1.4,
        made_up=0.4,
        shown=0.6,
        certain=0.9,
    ),
)
"""A bundle of the same networks whose fitted numbers are all others."""

SIZES = {"stride", "corner_scale", "head", "height", "width", "script", "output"}
"""What the networks' files decide: it cannot differ between bundles of the same networks."""


@pytest.mark.slow
def test_two_bundles_that_differ_in_every_number_each_read_with_their_own(tmp_path: Path) -> None:
    from ..reading.conftest import save_detector, save_recognizer

    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        save_detector(folder)
        save_recognizer(folder, "AB123")
    OTHER.write(other / MANIFEST)
    first, second = numbers(load_manifest(one)), numbers(OTHER)
    same = {
        place for place, value in first.items()
        if second.get(place) == value and place.rpartition(".")[2] not in SIZES
        and value is not None and place not in (".version", ".recognizer.heads.0.unknown")
        and not place.startswith(".recognizer.views")
    }  # fmt: skip
    assert not same - {".detector.second_look.height", ".detector.second_look.width"}

    picture = np.zeros((160, 320, 3), np.uint8)
    picture[80:88, 160:168, 0] = 255
    alone = {folder: PlateReader(folder, min_confidence=0).read(picture) for folder in (one, other)}
    readers = {folder: PlateReader(folder, min_confidence=0) for folder in (one, other, one)}
    for _ in range(2):  # in turn, so that neither leaves anything behind
        for folder, reader in readers.items():
            assert [said(plate) for plate in reader.read(picture)] == [said(p) for p in alone[folder]]
    (mine,), (theirs,) = alone.values()
    # The same network, but the alphabet the other way round: 0 is Z, 1 is Y, A is P.
    assert (mine.text, theirs.text) == ("AB123", "POYXW")
    assert mine.confidence != theirs.confidence
    assert mine.detection_confidence != theirs.detection_confidence
    schemes = [reader.scheme for reader in readers.values()]
    assert all(isinstance(scheme, Cascade) for scheme in schemes)
    assert [s.threshold for s in schemes if isinstance(s, Cascade)] == [0.4, 0.3]
    assert schemes[1].faintest != schemes[0].faintest  # type: ignore[union-attr]
    assert len(schemes[1].recognizer.card.views) == 1  # type: ignore[union-attr]
