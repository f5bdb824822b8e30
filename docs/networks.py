"""Draws docs/network-NAME.svg, a diagram of each network that ships: `python docs/networks.py`.

The diagrams are read from the ONNX files of the package, never drawn by hand: what is computed, its kernels
and strides, and the size of what comes out, which ONNX Runtime gives for a picture of a usual size. What only
rounds, reshapes or transposes is left out; a convolution and the addition of what it came from are one box;
equal boxes that follow each other, and equal branches, are one. `--check` draws nothing and exits with 1
where a diagram is out of date.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import onnx
import onnxruntime
from onnx import helper

DOCS = Path(__file__).resolve().parent
WEIGHTS = DOCS.parent / "src" / "numberplate" / "weights"

INPUTS = {
    "detector": ((1, 96, 160, 16), "a picture of 640 × 384, in blocks of 4 × 4 pixels"),
    "recognizer": ((1, 48, 144, 1), "a crop of 144 × 48"),
    "window": ((1, 92, 148, 1), "a window of 128 × 64 and its margin"),
}
"""Shape and description of the input that each network is drawn for."""

BOX, LINE, GAP, MARGIN, BESIDE = 320, 17, 26, 24, 26
"""Pixels: a box's width, the height of a line, between boxes, around everything, beside boxes for arrows."""

COLOURS = {"conv": "#e3eefb", "pool": "#fdeeda", "add": "#e6f4ea", "data": "#f3f4f6"}

_DENSE = ("Gemm", "MatMul", "MatMulIntegerToFloat")
_SHAPES = ("Shape", "Size")


@dataclass(frozen=True)
class Layer:
    """A box: what it computes, a line each, from which other boxes, and the shape of what comes out.

    `inputs`: their numbers. `kind`: its colour. `outputs`: names of the network's outputs that it gives.
    """

    kind: str
    lines: tuple[str, ...]
    inputs: tuple[int, ...]
    shape: tuple[int, ...]
    outputs: tuple[str, ...] = ()


Layers = dict[int, Layer]


@dataclass
class _Graph:
    """An ONNX graph while it is read. `shapes`: of all tensors; `source`: the layer that each comes from."""

    shapes: dict[str, tuple[int, ...]]
    source: dict[str, int] = field(default_factory=dict)
    layers: Layers = field(default_factory=dict)


def layers_of(path: Path, shape: tuple[int, ...]) -> Layers:
    """What a network computes, in order, for an input of that shape."""
    model = onnx.load(path)
    graph = _Graph(_shapes(model, shape))
    (given,) = model.graph.input
    graph.source[given.name] = 0
    graph.layers[0] = Layer("data", (given.name,), (), shape)
    skipped: set[str] = set()
    for node in model.graph.node:
        tensors = [name for name in node.input if name in graph.source and name not in skipped]
        if node.op_type in _SHAPES or not tensors:
            skipped.update(node.output)
            continue
        sources = tuple(dict.fromkeys(graph.source[name] for name in tensors))
        layer = _layer(node, sources, graph)
        if layer is None:
            number = sources[0]
        else:
            number = 1 + max(graph.layers)
            graph.layers[number] = layer
        for name in node.output:
            graph.source[name] = number
    for output in model.graph.output:
        number = graph.source[output.name]
        found = graph.layers[number]
        name = "" if output.name.startswith("Identity") else output.name
        graph.layers[number] = replace(found, outputs=(*found.outputs, name or "output"))
    return graph.layers


def _shapes(model: onnx.ModelProto, shape: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor that a network computes for an input of that shape."""
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    known = {output.name for output in whole.graph.output}
    names = [name for node in whole.graph.node for name in node.output if name and name not in known]
    whole.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        whole.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    (given,) = session.get_inputs()
    kind = np.uint8 if "uint8" in given.type else np.float32
    values = session.run(None, {given.name: np.zeros(shape, kind)})
    constants = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    outputs = session.get_outputs()
    return constants | {output.name: np.shape(value) for output, value in zip(outputs, values, strict=True)}


def _layer(node: onnx.NodeProto, sources: tuple[int, ...], graph: _Graph) -> Layer | None:
    """The layer that a node is; None for one that changes only how numbers are held."""
    settings = {item.name: helper.get_attribute_value(item) for item in node.attribute}
    shape, before = graph.shapes[node.output[0]], graph.layers[sources[0]]
    if node.op_type == "Conv":
        batch, maps, rows, columns = shape
        kernel = _by(graph.shapes[node.input[1]][2:])
        text = f"convolution {kernel}{_stride(settings)}, {maps} channels"
        return Layer("conv", (text,), sources, (batch, rows, columns, maps))
    if node.op_type == "MaxPool":
        batch, maps, rows, columns = shape
        text = f"max pooling {_by(settings['kernel_shape'])}"
        return Layer("pool", (text,), sources, (batch, rows, columns, maps))
    if node.op_type in _DENSE:
        text = f"convolution 1 × 1, {shape[-1]} channels" if len(shape) == 4 else f"dense, {shape[-1]}"
        return Layer("conv", (text,), sources, shape)
    if node.op_type == "Div" and all(name in graph.source for name in node.input):
        return Layer("add", ("less its mean, by its standard deviation",), sources, shape)
    if node.op_type == "Reshape" and len(shape) == 4 and np.prod(shape) == 4 * np.prod(before.shape):
        return Layer("pool", ("upsampling 2 × 2",), sources, shape)
    if node.op_type == "Add" and len(sources) == 2:
        first, second = (graph.layers[number] for number in sources)
        if first == second:  # a product in two halves, which 8 bits alone do not hold
            del graph.layers[sources[1]]
            return None
        return Layer("add", ("add",), sources, first.shape)
    return None


def _by(sizes: Sequence[int]) -> str:
    return " × ".join(map(str, sizes))


def _stride(settings: Mapping[str, Sequence[int]]) -> str:
    strides = settings.get("strides", (1, 1))
    return "" if set(strides) == {1} else f", stride {_by(strides)}"


def condensed(layers: Layers) -> Layers:
    """The same with residual blocks, repetitions and equal branches in one box each."""
    found = dict(layers)
    for step in (_residual, _repeated, _branches):
        while (changed := step(found)) is not None:
            found = changed
    return found


def _users(layers: Layers) -> dict[int, list[int]]:
    users: dict[int, list[int]] = {number: [] for number in layers}
    for number, layer in layers.items():
        for given in layer.inputs:
            users[given].append(number)
    return users


def _without(layers: Layers, gone: set[int], number: int, layer: Layer) -> Layers:
    """With one layer in the place of `number` and of those in `gone`."""
    return {n: layer if n == number else other for n, other in layers.items() if n not in gone}


def _residual(layers: Layers) -> Layers | None:
    users = _users(layers)
    for number, layer in layers.items():
        if layer.lines != ("add",):
            continue
        for end, begin in (layer.inputs, layer.inputs[::-1]):
            chain: list[int] = []
            place = end
            while layers[place].kind == "conv" and users[place] == [chain[-1] if chain else number]:
                chain.append(place)
                (place,) = layers[place].inputs
            if chain and place == begin:
                lines = [line for part in reversed(chain) for line in layers[part].lines]
                lines[-1] += ", residual"
                joined = replace(layer, lines=tuple(lines), inputs=(begin,))
                return _without(layers, set(chain), number, joined)
    return None


def _repeated(layers: Layers) -> Layers | None:
    users = _users(layers)
    for number, layer in layers.items():
        if len(layer.inputs) != 1:
            continue
        (given,) = layer.inputs
        before = layers[given]
        count, lines = _count(before.lines)
        inside = users[given] == [number] and before.inputs and not before.outputs
        if inside and lines == layer.lines and lines[-1].endswith("residual"):
            joined = replace(layer, lines=(f"{count + 1} times:", *lines), inputs=before.inputs)
            return _without(layers, {given}, number, joined)
    return None


def _count(lines: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    first = lines[0].split()
    return (int(first[0]), lines[1:]) if lines[0].endswith("times:") else (1, lines)


def _branches(layers: Layers) -> Layers | None:
    """Branches from one place that end in outputs and differ only in how many numbers these have."""
    users = _users(layers)

    def branch(number: int) -> list[int] | None:
        found = [number]
        while not layers[found[-1]].outputs:
            if len(users[found[-1]]) != 1 or len(layers[users[found[-1]][0]].inputs) != 1:
                return None
            found.append(users[found[-1]][0])
        return found if not users[found[-1]] else None

    for beginnings in users.values():
        alike: dict[tuple[tuple[str, ...], ...], list[list[int]]] = {}
        for number in beginnings:
            if (found := branch(number)) is not None:
                key = tuple(layers[part].lines for part in found[:-1])
                key += (tuple(line.split(",")[0] for line in layers[found[-1]].lines),)
                alike.setdefault(key, []).append(found)
        for key, ways in alike.items():
            if len(ways) < 2:
                continue
            begin, end = ways[0][0], ways[0][-1]
            last = [layers[way[-1]] for way in ways]
            outputs = sorted(f"{name}: {layer.shape[-1]}" for layer in last for name in layer.outputs)
            joined = replace(
                layers[end],
                lines=(f"{len(ways)} branches:", *(line for part in key for line in part)),
                inputs=layers[begin].inputs,
                shape=layers[end].shape[:-1],
                outputs=tuple(outputs),
            )
            return _without(layers, {part for way in ways for part in way} - {end}, end, joined)
    return None


@dataclass(frozen=True)
class _Place:
    x: float
    y: float
    height: float


def drawing(name: str, layers: Layers, title: str, given: str) -> str:
    """The diagram, as SVG: what comes in at the top, outputs at the bottom of their branches."""
    texts = {number: list(_texts(layer, given)) for number, layer in layers.items()}
    columns = _columns(layers)
    places: dict[int, _Place] = {}
    ends: dict[int, float] = {}
    for number, layer in layers.items():
        column = columns[number]
        top = max([places[i].y + places[i].height + GAP for i in layer.inputs] + [MARGIN + 2 * LINE])
        top = max(top, ends.get(column, 0.0) + GAP)
        places[number] = _Place(MARGIN + column * (BOX + 2 * BESIDE), top, LINE * len(texts[number]) + 12)
        ends[column] = top + places[number].height
    passing = [
        (i, number) for number, layer in layers.items() for i in layer.inputs if _passes(i, number, columns)
    ]
    width = 2 * MARGIN + (max(columns.values()) + 1) * (BOX + 2 * BESIDE) + BESIDE * (len(passing) > 1)
    height = max(place.y + place.height for place in places.values()) + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        'font-family="sans-serif" font-size="13">',
        f"<title>The {name}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="#6b7280"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="{MARGIN + 4}" font-weight="bold">{escape(title)}</text>',
    ]
    for number, layer in layers.items():
        for i in layer.inputs:
            beside = passing.index((i, number)) + 1 if (i, number) in passing else 0
            lines.append(_arrow(places[i], places[number], beside))
    for number, layer in layers.items():
        lines += _box(places[number], texts[number], COLOURS[layer.kind])
    return "\n".join([*lines, "</svg>"]) + "\n"


def _texts(layer: Layer, given: str) -> Iterator[str]:
    yield from (given,) if not layer.inputs else layer.lines
    if layer.outputs and len(layer.outputs) > 1:
        rows = _by(layer.shape[1:])
        yield f"outputs{f', {rows} each' if rows else ''}:"
        yield from (", ".join(layer.outputs[i : i + 2]) for i in range(0, len(layer.outputs), 2))
    else:
        yield "→ " + _by(layer.shape[1:]) + (f": {layer.outputs[0]}" if layer.outputs else "")


def _columns(layers: Layers) -> dict[int, int]:
    """A column for each branch: of what uses a layer, the one that goes on furthest stays below it."""
    users = _users(layers)
    length: dict[int, int] = {}
    for number in reversed(layers):
        length[number] = 1 + max((length[user] for user in users[number]), default=0)
    columns: dict[int, int] = {}

    def place(number: int, column: int) -> int:
        """Puts a layer and what uses it into columns from this one on; returns the next free one."""
        columns[number] = column
        free = column + 1
        for user in sorted(users[number], key=lambda user: -length[user]):
            if max(layers[user].inputs) == number:
                below = column not in {columns[other] for other in users[number] if other in columns}
                free = max(free, place(user, column if below else free))
        return free

    place(0, 0)
    return columns


def _passes(begin: int, end: int, columns: Mapping[int, int]) -> bool:
    """Whether an arrow goes past other boxes of its column."""
    column = columns[begin]
    return column == columns[end] and any(begin < n < end and columns[n] == column for n in columns)


def _arrow(begin: _Place, end: _Place, beside: int) -> str:
    if beside:
        right = begin.x + BOX
        out = right + beside * BESIDE * 0.8
        y, to = begin.y + begin.height / 2, end.y + end.height / 2
        path = f"M{right:.0f} {y:.0f}H{out:.0f}V{to:.0f}H{right + 1:.0f}"
    elif begin.x == end.x:
        x = begin.x + BOX / 2
        path = f"M{x:.0f} {begin.y + begin.height:.0f}V{end.y:.0f}"
    else:
        y = begin.y + begin.height + GAP / 2
        path = (
            f"M{begin.x + BOX / 2:.0f} {begin.y + begin.height:.0f}V{y:.0f}H{end.x + BOX / 2:.0f}V{end.y:.0f}"
        )
    return f'<path d="{path}" fill="none" stroke="#6b7280" stroke-width="1.3" marker-end="url(#tip)"/>'


def _box(place: _Place, texts: Sequence[str], colour: str) -> Iterator[str]:
    yield (
        f'<rect x="{place.x:.0f}" y="{place.y:.0f}" width="{BOX}" height="{place.height:.0f}" rx="6" '
        f'fill="{colour}" stroke="#374151"/>'
    )
    for line, text in enumerate(texts):
        y = place.y + 6 + LINE * (line + 0.75)
        yield (f'<text x="{place.x + BOX / 2:.0f}" y="{y:.0f}" text-anchor="middle">{escape(text)}</text>')


def diagram(name: str) -> str:
    """The diagram of a network that ships, as SVG."""
    shape, given = INPUTS[name]
    card = json.loads((WEIGHTS / f"{name}.json").read_text(encoding="utf-8"))
    layers = condensed(layers_of(WEIGHTS / f"{name}.onnx", shape))
    title = f"The {name}: {card['weights']:,} weights. Sizes are rows × columns × channels."
    return drawing(name, layers, title, given)


def main() -> None:
    """Draws the diagrams, or says which are out of date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say whether a diagram is out of date")
    given = parser.parse_args()
    late = []
    for name in INPUTS:
        path, fresh = DOCS / f"network-{name}.svg", diagram(name)
        if not given.check:
            path.write_text(fresh, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != fresh:
            late.append(path.name)
    if late:
        sys.exit(f"{', '.join(late)}: out of date; run python docs/networks.py")


if __name__ == "__main__":
    main()
